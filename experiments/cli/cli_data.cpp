#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/fetch.h"
#include "core/data/spec_check.h"
#include "core/foreign/token_folder.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/data_report.h"
#include "experiments/cli/stop_signals.h"

namespace scanline {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

/// data list | info | fetch | tokenize.
class DataCommand : public Command {
 public:
  explicit DataCommand(CLI::App& app) : Command(app, "data", "List, fetch, look at and tokenize data sets") {
    verb().require_subcommand(1);
    list_ = add("list", "List the data sets that can be read, and where they are");
    info_ = add("info", "Read a data set and show its splits, classes and colours");
    addSource(*info_);
    fetch_ = add("fetch", "Fetch a data set from its makers, check it and unpack it");
    std::vector<std::string> names;
    for (const FetchPlan& plan : fetchPlans()) names.emplace_back(plan.name);
    fetch_->add_option("NAME", name_, "Which")->required()->check(CLI::IsMember(names));
    fetch_->add_option("--to", to_, "Folder to put it into [$XDG_DATA_HOME/scanline/data/NAME]")->type_name("DIR");
    fetch_->add_option("--mirror", mirror_, "Another address to fetch the same files from")->type_name("URL");
    tokenize_ = add("tokenize", "Write a data set as token files, in the layout that OpenAI released");
    addSource(*tokenize_);
    tokenize_->add_option("--to", to_, "Folder to write to")->type_name("DIR")->required();
  }

  int run() override {
    if (list_->parsed()) return list();
    StopSignals signals;
    try {
      if (info_->parsed()) return info(signals);
      if (fetch_->parsed()) return fetch(signals);
      return tokenizeFiles(signals);
    } catch (const Stopped&) {
      fmt::print(stderr, "Stopped. The same command goes on from here.\n");
      return 128 + signals.received();
    }
  }

 private:
  CLI::App* add(const char* name, const char* help) {
    CLI::App* sub = verb().add_subcommand(name, help);
    sub->fallthrough();  // --json belongs to the verb
    return sub;
  }
  void addSource(CLI::App& sub) {
    std::vector<std::string> names;
    for (const DatasetInfo& info : datasetRegistry()) names.emplace_back(info.name);
    sub.add_option("NAME", name_, "Which; its place is given by --set data.path=...")
        ->required()
        ->check(CLI::IsMember(names));
    sub.add_option("--set", settings_, "Change one setting of data or palette, such as data.side or palette.size")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
  }

  RunSpec spec() const {
    RunSpec spec;
    spec.data.name = name_;
    for (const std::string& setting : settings_) {
      const auto [key, text] = splitSetting(setting);
      setField(spec, key, text);
    }
    validate(spec);
    return spec;
  }

  int list() const {
    if (json())
      printJson(registryJson());
    else
      fmt::print("{}", registryText());
    return kDone;
  }

  int info(const StopSignals& signals) const {
    const RunSpec wanted = spec();
    ProgressLine line(signals.token(), json());
    const DataReport found = reportData(wanted, {}, true, line);
    line.end();
    if (json())
      printJson(datasetJson(wanted, found));
    else
      fmt::print("{}", datasetText(wanted, found));
    return kDone;
  }

  int fetch(const StopSignals& signals) const {
    const FetchPlan& plan = fetchPlan(name_);
    const fs::path folder = to_.empty() ? fetchedFolder(plan.dataset) : fs::absolute(to_);
    ProgressLine line(signals.token(), json());
    const fs::path path = fetchDataset(
        plan, folder, mirror_, [&](const std::string& doing) { line.begin(doing); }, line.control());
    line.end();
    if (json()) {
      printJson({{"name", plan.name}, {"dataset", plan.dataset}, {"path", path.string()}, {"note", plan.note}});
      return kDone;
    }
    if (!plan.note.empty()) fmt::print("{}\n", plan.note);
    fmt::print("{} is in {}. Runs take it with\n  --set data.name={} --set data.path={}\n", plan.name, folder.string(),
               plan.dataset, path.string());
    if (to_.empty() && plan.pathSuffix.empty())
      fmt::print("and, since it lies where it is looked for, without data.path.\n");
    return kDone;
  }

  int tokenizeFiles(const StopSignals& signals) const {
    const auto start = std::chrono::steady_clock::now();
    const RunSpec wanted = spec();
    const fs::path folder = fs::absolute(to_);
    fs::create_directories(folder);
    const bool goesOn = claim(folder, wanted);
    const fs::path paletteFile = folder / "kmeans_centers.npy";
    ProgressLine line(signals.token(), json());
    const auto [data, warnings, uses, error] = reportData(wanted, goesOn ? paletteFile : fs::path(), false, line);
    for (const std::string& warning : warnings) fmt::print(stderr, "warning: {}\n", warning);
    if (!goesOn) savePalette(paletteFile, *data.palette);

    Json files = Json::array();
    int64_t images = 0;
    for (const auto& [part, set] :
         {std::pair{"tr", &data.train}, std::pair{"va", &data.validation}, std::pair{"te", &data.test}}) {
      if (set->count == 0) continue;
      const fs::path tokens = folder / fmt::format("{}_{}X.npy", name_, part),
                     labels = folder / fmt::format("{}_{}Y.npy", name_, part);
      images += set->count;
      files.push_back(tokens.string());
      if (!set->labels.empty()) files.push_back(labels.string());
      if (goesOn && fs::exists(tokens)) continue;
      line.begin(fmt::format("Writing {}", tokens.filename().string()));
      writeTokenPart(tokens, labels, *set, std::ssize(data.images.classNames), line.control());
    }
    line.end();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report(data, files, images, seconds, folder);
    return kDone;
  }

  void report(const PreparedData& data, const Json& files, int64_t images, double seconds,
              const fs::path& folder) const {
    if (json()) {
      printJson({{"files", files},
                 {"palette", (folder / "kmeans_centers.npy").string()},
                 {"images", images},
                 {"side", data.width},
                 {"paletteSize", data.palette->size()},
                 {"seconds", seconds}});
      return;
    }
    fmt::print(
        "{} images of {} x {} in {} colours are in {}; {:.0f} images a second. Runs take them with\n"
        "  --set data.name=tokens --set data.path={}\n",
        images, data.width, data.height, data.palette->size(), folder.string(), static_cast<double>(images) / seconds,
        (folder / name_).string());
  }

  /// Notes in the folder the source of its tokens. Whether they are being gone on with; throws Error if they are of
  /// something else.
  bool claim(const fs::path& folder, const RunSpec& wanted) const {
    const fs::path note = folder / fmt::format("{}_settings.toml", name_);
    const std::string text = toToml(wanted);
    if (!fs::exists(note)) {
      writeFileAtomically(note, text);
      return false;
    }
    constexpr uint64_t kLargest = 1 << 20;
    if (readFile(note, kLargest) != text)
      throw Error(
          fmt::format("{} holds tokens of other settings; {} says which. Give another folder, or remove its files.",
                      folder.string(), note.string()));
    return true;
  }

  CLI::App *list_, *info_, *fetch_, *tokenize_;
  std::string name_, to_, mirror_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> makeDataCommand(CLI::App& app) {
  return std::make_unique<DataCommand>(app);
}

}  // namespace scanline
