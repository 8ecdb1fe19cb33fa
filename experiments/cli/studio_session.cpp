#include "experiments/cli/studio_session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/user_folders.h"
#include "core/data/background.h"
#include "core/data/image_file.h"
#include "core/jobs/studio_images.h"
#include "core/jobs/studio_mask.h"
#include "core/spec/spec_text.h"
#include "core/store/find_checkpoint.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/from_checkpoint.h"

namespace scanline {

namespace fs = std::filesystem;

void StudioOptions::addModel(CLI::App& verb) {
  verb.add_option("--model", model, "A run of the workspace, a checkpoint file, or a model's folder of other software")
      ->required()
      ->type_name("MODEL");
  verb.add_option("--step", step, "The run's checkpoint of this step [the best]")->check(CLI::NonNegativeNumber);
}

void StudioOptions::addData(CLI::App& verb) {
  verb.add_option("--data", data, "Another data set than the run's: a name of `data list`, or `images` for a folder");
  verb.add_option("--path", path, "Where that data set or folder lies")->type_name("PATH");
}

void StudioOptions::addPictures(CLI::App& verb) {
  verb.add_option("--image", images, "Pictures of your own, brought to the model's size and colours")
      ->type_name("FILE...");
  verb.add_option("--split", split, "Pictures of the run's data: train, validation or test [validation]")
      ->check(CLI::IsMember({"train", "validation", "test"}));
  verb.add_option("--index", indices, "Their numbers in the split, from 0")->type_name("N...");
  verb.add_option("--class", label, "Those of a class, by its name or number");
  verb.add_flag("--worst", worst, "Those that the model predicts worst, the worst first");
  verb.add_flag("--random", random, "Those that --seed draws");
  verb.add_option("--count", count, "How many pictures of a split [1]")->check(CLI::Range(1, 100'000));
  verb.add_option("--most", most, "--worst looks at so many pictures at most, drawn by --seed [512]")
      ->check(CLI::Range(1, 10'000'000));
  verb.add_option("--seed", seed, "Decides everything random [1]");
  addData(verb);
}

void StudioOptions::addMask(CLI::App& verb, const std::string& help) {
  verb.add_option("--mask", mask,
                  help +
                      ": lower, upper, left, right, centre, random, each also with a share as in random:0.3, "
                      "checkerboard, or a .png or .npy")
      ->type_name("MASK");
  verb.add_option("--mask-seed", maskSeed, "Draws the pixels of a random mask [1]");
}

void StudioOptions::addOut(CLI::App& verb, std::span<const std::string> kinds) {
  verb.add_option("--out", outs, fmt::format("The result is written here, by its ending: {}", fmt::join(kinds, ", ")))
      ->type_name("FILE...");
  verb.add_option("--scale", scale, "Size of a pixel in figures; 0 chooses [0]")->check(CLI::Range(0, 64));
}

StudioSession::StudioSession(const fs::path& workspace, const StudioOptions& options, const Control& control,
                             ProgressLine& progress)
    : workspace_(workspace), options_(options), control_(control), progress_(progress), engine_(makeEngine()) {
  std::error_code error;
  const bool isFile = fs::exists(options.model, error) && options.model.find('/') != std::string::npos;
  if (options.step >= 0 && isFile)
    throw Error(fmt::format("--step chooses a checkpoint of a run, and {} is one file.", options.model));
  file_ = findCheckpoint(
      workspace, options.step >= 0 ? fmt::format("{}@{}", options.model, options.step) : options.model, sayTaken);
  if (fs::exists(workspace / "scanline.db", error))
    if (const auto owner = ownerOf(RunStore(workspace, StoreMode::ReadOnly), file_)) run_ = owner->first;
  progress_.begin(fmt::format("Opening {}", file_.string()));
  model_ = engine_->openModel(file_);
  progress_.end();
}

RunStore StudioSession::store() const {
  return openForReading(workspace_);
}

bool StudioSession::namesPictures() const {
  return !options_.images.empty() || !options_.split.empty() || !options_.indices.empty() || !options_.label.empty() ||
         options_.worst || options_.random || !options_.data.empty() || !options_.path.empty();
}

DataSplit StudioSession::split() const {
  return options_.split.empty() ? DataSplit::Validation : splitNamed(options_.split);
}

Control StudioSession::begin(const std::string& doing) {
  progress_.begin(doing);
  return progress_.control();
}

const StudioData& StudioSession::data() {
  if (data_) return *data_;
  const bool isNamed = !options_.data.empty() || !options_.path.empty();
  const std::string toml = run_ ? store().details(*run_).specToml : std::string();
  const RunSpec spec =
      isNamed ? dataSpecOf(facts(), options_.data, expandHome(options_.path)) : dataSpecOf(facts(), toml);
  data_.emplace(model_, spec,
                PrepareContext{.begin = [this](const std::string& doing) { progress_.begin(doing); },
                               .control = progress_.control(),
                               .warn = [](const std::string& text) { fmt::print(stderr, "warning: {}\n", text); }});
  progress_.end();
  return *data_;
}

std::vector<int64_t> StudioSession::rows() {
  if (!options_.indices.empty()) return options_.indices;
  PictureChoice choice{.split = split()};
  if (!options_.label.empty()) choice.label = classNamed(data(), options_.label);
  if (options_.worst) {
    const StudioData& all = data();
    const Control control = begin("Looking for the worst predicted pictures");
    std::vector<int64_t> rows;
    for (const auto& [row, nats] : worstRows(all, choice, options_.count, options_.most, options_.seed, control))
      rows.push_back(row);
    progress_.end();
    return rows;
  }
  if (options_.random) return randomRows(data(), choice, options_.count, options_.seed);
  auto rows = chosenRows(data(), choice);
  rows.resize(std::min(rows.size(), static_cast<size_t>(options_.count)));
  return rows;
}

std::vector<AskedPicture> StudioSession::pictures() {
  if (!namesPictures())
    throw Error("Name a picture: --image FILE, or of the run's data --split, --index, --class, --worst or --random.");
  std::vector<AskedPicture> asked;
  if (!options_.images.empty()) {
    const Rgb background =
        facts().specToml.empty()
            ? kWhite
            : backgroundColour(fromToml(facts().specToml, "the checkpoint's settings").data.background);
    for (const std::string& file : options_.images)
      asked.push_back({.name = fs::path(file).filename().string(),
                       .tokens = model_->tokensOf(readImage(expandHome(file), background)),
                       .row = {}});
    return asked;
  }
  for (const int64_t row : rows()) {
    DataPicture picture = data().picture(split(), row);
    asked.push_back({.name = fmt::format("{} {}", nameOf(split()), row),
                     .tokens = std::move(picture.tokens),
                     .row = row,
                     .label = picture.label});
  }
  return asked;
}

PaintMask StudioSession::mask() const {
  return maskOf(options_.mask.empty() ? "lower" : expandHome(options_.mask), facts().across, facts().down,
                options_.maskSeed);
}

std::vector<Image> StudioSession::images(std::span<const std::vector<Token>> tokens) const {
  return imagesOf(model_->picturesOf(tokens));
}

Image StudioSession::image(const std::vector<Token>& tokens) const {
  return std::move(images(std::span(&tokens, 1)).front());
}

int64_t StudioSession::scale() const {
  return options_.scale > 0 ? options_.scale : figureScale(facts().pixelsAcross);
}

int64_t positionOf(const std::string& text, const ModelFacts& facts) {
  const auto fail = [&] {
    return Error(fmt::format(
        "There is no position \"{}\". Give one of 0 to {} in raster order, or x,y with x below {} and y below {}.",
        text, facts.across * facts.down - 1, facts.across, facts.down));
  };
  const auto number = [&](std::string_view part) {
    int64_t value = -1;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || value < 0) throw fail();
    return value;
  };
  const std::string_view all = text;
  const size_t comma = all.find(',');
  if (comma == std::string::npos) {
    const int64_t position = number(all);
    if (position >= facts.across * facts.down) throw fail();
    return position;
  }
  const int64_t x = number(all.substr(0, comma)), y = number(all.substr(comma + 1));
  if (x >= facts.across || y >= facts.down) throw fail();
  return y * facts.across + x;
}

void checkOuts(const StudioOptions& options, std::span<const std::string> kinds) {
  for (const std::string& out : options.outs) {
    const std::string ending = fs::path(out).extension().string();
    if (std::ranges::find(kinds, ending) == kinds.end())
      throw Error(fmt::format("{} ends in \"{}\". Name it by its format: {}.", out, ending, fmt::join(kinds, ", ")));
  }
}

void writeOuts(const StudioOptions& options, const StudioWriters& writers) {
  for (const std::string& out : options.outs) {
    const fs::path file = expandHome(out);
    const std::string ending = file.extension().string();
    if (ending == ".json")
      writeFileAtomically(file,
                          writers.json().dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    else if (ending == ".npy")
      writers.npy(file);
    else if (ending == ".csv")
      writers.csv(file);
    else if (ending == ".gif" || ending == ".apng")
      writers.gif(file);
    else
      writers.png(file);
  }
}

std::string classText(const StudioData& data, int32_t label) {
  if (label < 0) return {};
  const auto place = static_cast<size_t>(label);
  return place < data.classNames().size() ? data.classNames()[place] : fmt::format("class {}", label);
}

nlohmann::ordered_json modelJson(const StudioSession& session) {
  const ModelFacts& facts = session.facts();
  return {{"model", session.file().string()},
          {"step", facts.step},
          {"objective", facts.objective == Objective::Bert ? "bert" : "autoregressive"},
          {"across", facts.across},
          {"down", facts.down}};
}

}  // namespace scanline
