#include <fmt/format.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/spec/fields.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/study.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

class StudyCommand : public Command {
 public:
  explicit StudyCommand(CLI::App& app)
      : Command(app, "study", "Run a study to its figure and table; runs that are done are not done again") {
    addWorkspaceOption();
    verb().add_option("STUDY", study_, "Folder with a study.toml, as in experiments/studies")->required();
    verb().add_option("--to", to_, "Folder for figure.svg, table.md and numbers.csv [WORKSPACE/studies/NAME]");
    verb()
        .add_option("--set", settings_, "Change one setting of all runs, such as data.path")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
    addBesideOption();
  }

  int run() override {
    const Study study = readStudy(fs::path(study_) / "study.toml", settings_);
    Training training(workspace(), {.quiet = json(), .beside = beside()});
    std::vector<RunId> runs;
    for (const StudyRun& each : study.runs) {
      const auto [run, code] = runToEnd(training, each);
      if (code != kDone) return code;
      runs.push_back(run);
    }
    const RunStore store(workspace(), StoreMode::ReadOnly);
    write(study, report(study, store, runs));
    return kDone;
  }

 private:
  std::pair<RunId, int> runToEnd(Training& training, const StudyRun& wanted) const {
    RunStore store(workspace(), StoreMode::ReadWrite);
    store.markInterrupted();
    if (const auto stored = findStored(store, wanted.spec)) {
      const RunSummary summary = store.run(*stored);
      if (summary.state == RunState::Finished) return {*stored, kDone};
      if (!summary.resumable)
        throw Error(fmt::format("\"{}\" is at work already, or cannot be resumed.", summary.name));
      say(fmt::format("{}: goes on from step {}", summary.name, summary.step));
      return {*stored, training.runToEnd(*stored, true)};
    }
    say(isFieldUsed(wanted.spec, wanted.spec.train.steps)
            ? fmt::format("{}: {} steps", wanted.spec.name, wanted.spec.train.steps)
            : wanted.spec.name);
    if (wanted.parent.empty()) {
      const RunId run = store.create(toToml(wanted.spec));
      return {run, training.runToEnd(run, false)};
    }
    const RunId parent = findRunToStartFrom(store, wanted.parent);
    const auto checkpoints = store.checkpoints(parent);
    if (checkpoints.empty()) throw Error(fmt::format("\"{}\" has no checkpoint to go on from.", wanted.parent));
    const RunId run = store.fork(parent, checkpoints.back().step, toToml(wanted.spec));
    return {run, training.runToEnd(run, true)};
  }

  void say(const std::string& line) const {
    if (json()) return;
    fmt::print("\n{}\n", line);
    std::fflush(stdout);
  }

  void write(const Study& study, const StudyReport& result) const {
    const fs::path folder = to_.empty() ? workspace() / "studies" / study.name : fs::absolute(to_);
    fs::create_directories(folder);
    writeFileAtomically(folder / "table.md", result.table);
    writeFileAtomically(folder / "numbers.csv", result.csv);
    writeFileAtomically(folder / "figure.svg", result.figure);
    if (json()) {
      printJson({{"study", study.name}, {"folder", folder.string()}, {"table", result.table}});
    } else {
      fmt::print("\n{}\n\n{}\nwritten to {}\n", study.title, result.table, folder.string());
    }
  }

  std::string study_, to_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> makeStudyCommand(CLI::App& app) {
  return std::make_unique<StudyCommand>(app);
}

}  // namespace scanline
