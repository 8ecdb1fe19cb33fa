// scanline-cli pause, stop: of a run that any process trains, a window or another terminal, or that waits in the queue.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "experiments/cli/ask_process.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/cluster_look.h"
#include "experiments/cli/run_json.h"

namespace scanline {

namespace {

bool isDone(RunState state, RunCommand command) {
  switch (command) {
    case RunCommand::Pause:
      return state == RunState::Paused || !isActive(state);
    case RunCommand::Resume:
      return state != RunState::Paused;
    default:
      return !isActive(state);
  }
}

/// Passes the command on, and waits for what the run writes.
RunSummary askCluster(RunStore& store, RunId run, RunCommand command) {
  using namespace std::chrono_literals;
  ClusterRuns cluster = lookAfterCluster(store.workspace());
  for (const auto end = std::chrono::steady_clock::now() + 30s;;) {
    for (const std::string& warning : cluster.poll(store).warnings) fmt::print(stderr, "warning: {}\n", warning);
    const RunSummary summary = store.run(run);
    const bool waits = summary.state == RunState::Queued && command != RunCommand::Pause;
    if ((isDone(summary.state, command) && !waits) || std::chrono::steady_clock::now() > end) return summary;
    std::this_thread::sleep_for(500ms);
  }
}

class AskCommand : public Command {
 public:
  AskCommand(CLI::App& app, const std::string& name, const std::string& help, RunCommand command)
      : Command(app, name, help), command_(command) {
    addWorkspaceOption();
    verb().add_option("RUN", run_, "Name, uuid, or the beginning of a uuid")->required();
  }

  int run() override {
    RunStore store(existingWorkspace(), StoreMode::ReadWrite);
    store.markInterrupted();
    const RunId run = findRun(store, run_);
    const bool pauses = command_ == RunCommand::Pause;
    const bool wasWaiting = pauses ? store.holdJob(run, true) : store.cancelJob(run);
    const RunSummary before = store.run(run);
    if (!wasWaiting && !isActive(before.state) && !before.onCluster)
      throw Error(fmt::format("\"{}\" is {}; there is nothing to {}.", before.name, stateName(before.state),
                              pauses ? "pause" : "stop"));
    const RunSummary after = wasWaiting ? before : askAndWait(store, run, command_);
    if (json())
      printJson(toJson(after));
    else
      tell(after, wasWaiting);
    return wasWaiting || isDone(after.state, command_) ? kDone : kFailed;
  }

 private:
  void tell(const RunSummary& run, bool wasWaiting) const {
    const std::string name = fmt::format("{} ({})", run.name, run.uuid.substr(0, 8));
    if (wasWaiting)
      fmt::print("{}: {}\n", name,
                 command_ == RunCommand::Pause ? "is held in the queue" : "was taken out of the queue");
    else if (!isDone(run.state, command_))
      fmt::print("{}: was asked to {}, and has not done so yet. It does at the end of its step.\n", name,
                 command_ == RunCommand::Pause ? "pause" : "stop");
    else
      fmt::print("{}: {} at {} {} of {}\n", name, stateName(run.state),
                 run.kind == RunKind::Search ? "learning rate" : "step", run.step, run.steps);
  }

  RunCommand command_;
  std::string run_;
};

}  // namespace

RunSummary askAndWait(RunStore& store, RunId run, RunCommand command) {
  using namespace std::chrono_literals;
  store.ask(run, command);
  if (store.run(run).onCluster) return askCluster(store, run, command);
  RunSummary summary = store.run(run);
  for (const auto end = std::chrono::steady_clock::now() + 30s;
       !isDone(summary.state, command) && std::chrono::steady_clock::now() < end; summary = store.run(run))
    std::this_thread::sleep_for(50ms);
  return summary;
}

std::unique_ptr<Command> makePauseCommand(CLI::App& app) {
  return std::make_unique<AskCommand>(app, "pause", "Pause a run, also one of another process; resume goes on",
                                      RunCommand::Pause);
}
std::unique_ptr<Command> makeStopCommand(CLI::App& app) {
  return std::make_unique<AskCommand>(app, "stop", "Stop a run after a checkpoint, also one of another process",
                                      RunCommand::StopWithCheckpoint);
}

}  // namespace scanline
