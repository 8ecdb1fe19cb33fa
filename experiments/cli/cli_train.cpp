#include <fmt/format.h>

#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/ask_process.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/processes.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/search_report.h"
#include "experiments/cli/shared_detached.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace {

class TrainCommand : public Command {
 public:
  explicit TrainCommand(CLI::App& app)
      : Command(app, "train", "Train a model from a spec file or a preset. Ctrl+C checkpoints first") {
    addWorkspaceOption();
    verb().add_option("SPEC", spec_, "A TOML file, or the name of a preset")->required()->check(specMistake);
    verb()
        .add_option("--set", settings_, "Change one setting; 1e-3,3e-3 or 1..4 makes a run for each value")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
    addDetachOption();
    processes_.addOptions(verb());
  }

  int run() override {
    if (const auto code = processes_.follow(detach())) return *code;
    std::vector<RunSpec> specs = withSettings(readSpec(spec_), settings_);
    for (RunSpec& spec : specs) {
      processes_.fit(spec);
      validate(spec);
    }
    if (detach()) return startDetached(specs);
    const auto others = processes_.start();
    Training training(workspace(), {.quiet = json(), .beside = beside(), .group = processes_.place()});
    auto results = nlohmann::ordered_json::array();
    const auto make = [&](RunStore& store, const RunSpec& spec) {
      const RunId run = store.create(toToml(spec));
      if (!json())
        fmt::print("{} ({}): {} steps, in {}\n", spec.name, store.run(run).uuid.substr(0, 8), spec.train.steps,
                   workspace().string());
      return run;
    };
    const int code = training.runSweep(specs, make, [&](const RunStore& store, RunId run) {
      if (!json() && store.run(run).kind == RunKind::Search) fmt::print("{}", searchTable(store, run));
      results.push_back(toJson(store.run(run)));
    });
    if (json()) printJson(results);
    return code;
  }

 private:
  int startDetached(std::span<const RunSpec> specs) {
    if (processes_.areStartedHere()) return startSharedDetached(specs);
    std::vector<std::string> texts;
    for (const RunSpec& spec : specs) texts.push_back(toToml(spec));
    RunStore store(workspace(), StoreMode::ReadWrite);
    trainDetached(store, store.createQueued(texts, {}, {.ownProcess = true}));
    return kDone;
  }

  int startSharedDetached(std::span<const RunSpec> specs) {
    std::vector<RunId> runs;
    {
      RunStore store(workspace(), StoreMode::ReadWrite);
      for (const RunSpec& spec : specs) runs.push_back(store.create(toToml(spec)));
    }
    const int code = trainNewShared(workspace(), runs, processes_);
    if (code == kDone) tellDetached(RunStore(workspace(), StoreMode::ReadOnly), runs);
    return code;
  }

  std::string spec_;
  std::vector<std::string> settings_;
  Processes processes_;
};

class ResumeCommand : public Command {
 public:
  explicit ResumeCommand(CLI::App& app)
      : Command(app, "resume", "Go on with a run that was stopped, failed, or was interrupted") {
    addWorkspaceOption();
    verb().add_option("RUN", run_, "Name, uuid, or the beginning of a uuid")->required();
    verb()
        .add_option("--set", setting_, "The new place of data that were moved; no other setting can change")
        ->type_name("data.path=PLACE")
        ->check([](const std::string& text) {
          constexpr std::string_view kOnly = "data.path=";
          return text.starts_with(kOnly) ? std::string()
                                         : "A run goes on with its own settings; only data.path=PLACE can be given.";
        });
    addDetachOption();
    processes_.addOptions(verb());
  }

  int run() override {
    if (const auto code = processes_.follow(detach())) return *code;
    std::optional<RunStore> opened(std::in_place, workspace(), StoreMode::ReadWrite);
    RunStore& store = *opened;
    store.markInterrupted();
    const RunId run = findRun(store, run_);
    const RunSummary summary = store.run(run);
    if (summary.state == RunState::Finished) {
      // An early stop, a search that found its rate and a probe end before a last step.
      const std::string steps =
          summary.step == summary.steps ? fmt::format(" all its {} steps", summary.steps) : std::string();
      throw Error(fmt::format("\"{}\" has finished{}; there is nothing to go on with.", summary.name, steps));
    }
    if (summary.trashed) throw Error(fmt::format("\"{}\" is in the trash. Take it out first.", summary.name));
    if (isActive(summary.state)) return goOnElsewhere(store, summary);
    for (const Job& job : store.jobs())
      if (job.run == run) return letWait(store, summary, job.ownProcess);
    if (!setting_.empty()) store.setDataPath(run, splitSetting(setting_).second);
    if (!json())
      fmt::print("{} ({}): goes on from {} {} of {}\n", summary.name, summary.uuid.substr(0, 8),
                 summary.kind == RunKind::Search ? "learning rate" : "step", summary.step, summary.steps);
    processes_.requireFit(specOf(store, run));
    if (detach() && processes_.areStartedHere()) {
      opened.reset();
      const int code = trainSharedDetached(workspace(), std::span(&run, 1), /*resume=*/true, processes_);
      if (code == kDone) tellDetached(RunStore(workspace(), StoreMode::ReadOnly), std::span(&run, 1));
      return code;
    }
    if (detach()) {
      store.enqueue(run, true, {.ownProcess = true});
      trainDetached(store, std::span(&run, 1));
      return kDone;
    }
    const auto others = processes_.start();
    const int code =
        Training(workspace(), {.quiet = json(), .beside = beside(), .group = processes_.place()}).runToEnd(run, true);
    if (json()) printJson(toJson(store.run(run)));
    return code;
  }

 private:
  /// It is in the queue: one that is held there waits for its turn again.
  int letWait(RunStore& store, const RunSummary& summary, bool ownProcess) const {
    if (!store.holdJob(summary.id, false))
      throw Error(fmt::format("\"{}\" waits in the queue already. It is trained here by: scanline-cli work --run {}",
                              summary.name, summary.uuid.substr(0, 8)));
    if (ownProcess) {
      trainDetached(store, std::span(&summary.id, 1));
    } else if (json()) {
      printJson(toJson(store.run(summary.id)));
    } else {
      fmt::print("{} ({}): waits for its turn in the queue again\n", summary.name, summary.uuid.substr(0, 8));
    }
    return kDone;
  }

  /// Another process holds it: it alone can let it go on.
  int goOnElsewhere(RunStore& store, const RunSummary& summary) const {
    if (summary.state != RunState::Paused)
      throw Error(fmt::format("\"{}\" goes on already, in another process: it is {} at step {} of {}.", summary.name,
                              stateName(summary.state), summary.step, summary.steps));
    if (!setting_.empty())
      throw Error(fmt::format("\"{}\" is paused in another process. Stop it first, to give its data a new place.",
                              summary.name));
    const RunSummary now = askAndWait(store, summary.id, RunCommand::Resume);
    if (json())
      printJson(toJson(now));
    else
      fmt::print("{} ({}): was paused in another process, which {}\n", now.name, now.uuid.substr(0, 8),
                 now.state == RunState::Paused ? "was asked to go on and has not yet" : "goes on with it");
    return now.state == RunState::Paused ? kFailed : kDone;
  }

  std::string run_, setting_;
  Processes processes_;
};

}  // namespace

std::unique_ptr<Command> makeTrainCommand(CLI::App& app) {
  return std::make_unique<TrainCommand>(app);
}
std::unique_ptr<Command> makeResumeCommand(CLI::App& app) {
  return std::make_unique<ResumeCommand>(app);
}

}  // namespace scanline
