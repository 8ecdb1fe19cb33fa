#include <fmt/format.h>

#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/jobs/search_rule.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"
#include "core/store/find_checkpoint.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/search_report.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace {

class SearchCommand : public Command {
 public:
  explicit SearchCommand(CLI::App& app)
      : Command(app, "search",
                "Search the learning rate as the paper does: rates in order, until the final validation loss rises") {
    addWorkspaceOption();
    verb().add_option("SPEC", spec_, "A TOML file, a preset, or a search that has run")->required();
    verb().add_option("--rates", rates_, "Learning rates to try, as in 0.01,0.003,0.001 [the paper's]");
    verb().add_option("--from", from_, "For kinds that start from a model: RUN or RUN@STEP")->type_name("RUN");
    addSettings("--set", settings_, "Change one setting of all trials");
    verb().add_flag("--start", start_,
                    "Then train with the best rate, held-out images included where there are test images");
    addSettings("--then", later_, "Change one setting of that last run, as in train.steps=100000");
    addBesideOption();
  }

  int run() override {
    Training training(workspace(), {.quiet = json(), .beside = beside()});
    std::optional<RunId> search = knownSearch();
    int code = kDone;
    if (!search) {
      search = makeSearch();
      code = training.runToEnd(*search, false);
    }
    const RunStore store(workspace(), StoreMode::ReadOnly);
    const auto winner = searchWinner(store, *search);
    if (!json()) fmt::print("{}", searchTable(store, *search));
    nlohmann::ordered_json result{{"search", toJson(store.run(*search))}, {"trials", searchJson(store, *search)}};
    if (code == kDone && winner) {
      RunSpec spec = winnersSpec(store, *search, *winner);
      for (const std::string& setting : later_) apply(spec, setting);
      if (start_) {
        const RunId full = makeRun(spec, *winner);
        code = training.runToEnd(full, false);
        result["started"] = toJson(store.run(full));
      } else if (!json()) {
        fmt::print("Train in full with {} = {:g}: scanline-cli search {} --start\n", searchedField(spec), winner->rate,
                   store.run(*search).uuid.substr(0, 8));
      }
    }
    if (json()) printJson(result);
    return code;
  }

 private:
  void addSettings(const std::string& option, std::vector<std::string>& settings, const std::string& help) {
    verb().add_option(option, settings, help)->type_name("KEY=VALUE")->allow_extra_args(false)->check(settingMistake);
  }

  static void apply(RunSpec& spec, const std::string& setting) {
    const auto [key, text] = splitSetting(setting);
    setField(spec, key, text);
  }

  std::optional<RunId> knownSearch() const {
    if (specMistake(spec_).empty() || !std::filesystem::exists(workspace() / "scanline.db")) return std::nullopt;
    const RunStore store(workspace(), StoreMode::ReadOnly);
    const auto run = store.find(spec_);
    if (run && store.run(*run).kind != RunKind::Search)
      throw Error(fmt::format("\"{}\" is no learning-rate search. Give a spec file, a preset, or a search.", spec_));
    if (run && store.run(*run).state != RunState::Finished)
      throw Error(fmt::format("The search \"{}\" has not finished. Go on with it: scanline-cli resume {}", spec_,
                              store.run(*run).uuid.substr(0, 8)));
    return run;
  }

  RunSpec readSettings() const {
    if (const std::string mistake = specMistake(spec_); !mistake.empty()) throw Error(mistake);
    RunSpec spec = readSpec(spec_);
    const auto applyAll = [&] {
      for (const std::string& setting : settings_) apply(spec, setting);
    };
    applyAll();
    if (spec.search.rates.empty()) {
      spec = searchSpec(spec);  // which looks at the kind
      applyAll();               // its name is as it was set
    }
    if (!rates_.empty()) spec.search.rates = rates_;
    validate(spec);
    return spec;
  }

  RunId makeSearch() const {
    const RunSpec spec = readSettings();
    RunStore store(workspace(), StoreMode::ReadWrite);
    store.markInterrupted();
    const RunId search = from_.empty() ? store.create(toToml(spec)) : forkFrom(store, toToml(spec));
    if (!json())
      fmt::print("{} ({}): learning rates {}, in {}\n", spec.name, store.run(search).uuid.substr(0, 8),
                 spec.search.rates, workspace().string());
    return search;
  }

  RunId forkFrom(RunStore& store, const std::string& toml) const {
    const auto [parent, row] = findStoredCheckpoint(store, from_, sayTaken);
    return store.fork(parent, row.step, toml);
  }

  /// A child of the winning trial: it has the model that kinds which need one start from.
  RunId makeRun(const RunSpec& spec, const SearchWinner& winner) const {
    validate(spec);
    RunStore store(workspace(), StoreMode::ReadWrite);
    const RunId run = startWinner(store, spec, winner);
    if (!json()) fmt::print("{} ({})\n", spec.name, store.run(run).uuid.substr(0, 8));
    return run;
  }

  std::string spec_, rates_, from_;
  std::vector<std::string> settings_, later_;
  bool start_ = false;
};

}  // namespace

std::unique_ptr<Command> makeSearchCommand(CLI::App& app) {
  return std::make_unique<SearchCommand>(app);
}

}  // namespace scanline
