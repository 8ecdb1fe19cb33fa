#include <fmt/format.h>

#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/run_report.h"

namespace scanline {
namespace {

void printDetails(const RunStore& store, const RunDetails& details) {
  const RunSummary& run = details.summary;
  const RunSpec spec = specOf(details);
  fmt::print("{} ({})\n{}\n", run.name, run.uuid, runOutcome(run, spec));
  fmt::print("created {}, started {}, ended {}\n", timeText(run.createdMs), timeText(run.startedMs),
             timeText(run.endedMs));
  if (run.parent) fmt::print("goes on from {}, step {}\n", store.run(*run.parent).name, run.parentStep);
  if (!run.note.empty()) fmt::print("note: {}\n", run.note);
  if (run.parameters > 0) {
    const bool inCodes = !hasColours(spec);
    fmt::print("{} parameters; {} training and {} validation images of {} x {} in {} {}\n", countText(run.parameters),
               details.prepared.trainImages, details.prepared.validationImages, details.prepared.width,
               details.prepared.height, details.prepared.paletteSize, inCodes ? "codes" : "colours");
  }
  fmt::print("folder {}\n", details.folder);

  fmt::print("\nsettings that differ from the defaults\n");
  for (const SpecDifference& each : differences(RunSpec{}, spec)) fmt::print("  {} = {}\n", each.key, each.right);
  if (!details.prepared.environment.empty()) fmt::print("\nenvironment\n");
  for (const auto& [name, value] : details.prepared.environment) fmt::print("  {}: {}\n", name, value);
  if (!details.checkpoints.empty()) fmt::print("\ncheckpoints\n");
  for (const CheckpointRow& row : details.checkpoints) {
    fmt::print("  step {:>8}  {:>8.1f} MB  {:<8} {}\n", row.step, static_cast<double>(row.bytes) / 1e6, row.reason,
               row.file);
  }
}

class ShowCommand : public Command {
 public:
  explicit ShowCommand(CLI::App& app)
      : Command(app, "show", "Show all of one run: settings, curves, probes, samples, log") {
    addWorkspaceOption();
    verb().add_option("RUN", run_, "Name, uuid, or the beginning of a uuid")->required();
    verb().add_flag("--log", withLog_, "Also the whole log");
  }

  int run() override {
    const RunStore store = openForReading(existingWorkspace());
    const RunId run = findRun(store, run_);
    if (json()) {
      printJson(detailsJson(store, run));
      return kDone;
    }
    printDetails(store, store.details(run));
    fmt::print("{}", runPictures(store, run, Terminal::ofStdout()));
    if (withLog_) fmt::print("\nlog\n");
    for (const LogRow& row : withLog_ ? store.log(run, 0) : std::vector<LogRow>()) {
      fmt::print("  {}  {}\n", timeText(row.timeMs), row.line.text);
    }
    return kDone;
  }

 private:
  std::string run_;
  bool withLog_ = false;
};

}  // namespace

std::unique_ptr<Command> makeShowCommand(CLI::App& app) {
  return std::make_unique<ShowCommand>(app);
}

}  // namespace scanline
