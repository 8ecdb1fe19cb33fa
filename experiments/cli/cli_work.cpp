// scanline-cli work: takes runs from the queue; lanes: how many train at the same time; kill: ends a process.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "core/base/error.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/detach.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace {

class WorkCommand final : public Command {
 public:
  explicit WorkCommand(CLI::App& app)
      : Command(app, "work", "Train the runs of the queue, one after the other, until none waits") {
    addWorkspaceOption();
    addBesideOption();
    auto* run = verb().add_option("--run", run_, "Only this run, which waits in the queue: a name or uuid");
    auto* wait = verb().add_flag("--wait", wait_, "Stay, and take runs that are queued later, until a signal comes");
    auto* own = verb().add_flag("--own", own_, "Only runs that are to train in a process of their own");
    run->excludes(wait)->excludes(own);
    verb().add_flag("--detach", detach_, "In the background, without this terminal");
  }

  int run() override {
    const auto folder = existingWorkspace();
    if (!detach_) return work(folder, [] {});
    return runDetached(folder, [&](const std::function<void()>& ready) { return work(folder, ready); });
  }

 private:
  /// `folder` is absolute: --workspace may not be, and a detached process works in another folder.
  int work(const std::filesystem::path& folder, const std::function<void()>& ready) const {
    Training training(folder, {.quiet = json(), .beside = beside(), .logs = detach_});
    if (run_.empty()) return training.serve(own_ ? Serves::OwnProcess : Serves::Any, wait_, ready);
    const RunId run = findRun(RunStore(folder, StoreMode::ReadOnly), run_);
    const int code = training.runQueued(run, ready);
    if (json()) printJson(toJson(RunStore(folder, StoreMode::ReadOnly).run(run)));
    return code;
  }

  std::string run_;
  bool wait_ = false, own_ = false, detach_ = false;
};

class LanesCommand final : public Command {
 public:
  explicit LanesCommand(CLI::App& app)
      : Command(app, "lanes", "How many runs of a workspace train at the same time, in all windows and terminals") {
    addWorkspaceOption();
    verb().add_option("NUMBER", lanes_, "From now on so many")->check(CLI::Range(int64_t{1}, RunStore::kMostLanes));
  }

  int run() override {
    RunStore store(existingWorkspace(), lanes_ == 0 ? StoreMode::ReadOnly : StoreMode::ReadWrite);
    if (lanes_ != 0) store.setLanes(lanes_);
    if (json())
      printJson({{"lanes", store.lanes()}});
    else
      fmt::print("{}\n", store.lanes());
    return kDone;
  }

 private:
  int64_t lanes_ = 0;
};

class KillCommand final : public Command {
 public:
  explicit KillCommand(CLI::App& app)
      : Command(app, "kill", "End the process of a run at once; steps after its last checkpoint are lost") {
    addWorkspaceOption();
    verb().add_option("RUN", run_, "Name, uuid, or the beginning of a uuid")->required();
  }

  int run() override {
    using namespace std::chrono_literals;
    RunStore store(existingWorkspace(), StoreMode::ReadWrite);
    store.markInterrupted();
    const RunId run = findRun(store, run_);
    store.kill(run);
    RunSummary summary = store.run(run);
    for (int i = 0; i < 100 && isActive(summary.state); ++i, summary = store.run(run))
      std::this_thread::sleep_for(50ms);
    std::this_thread::sleep_for(200ms);  // its parent says how it ended, if it has one
    store.markInterrupted();
    summary = store.run(run);
    if (json())
      printJson(toJson(summary));
    else
      fmt::print("{} ({}): {} at step {} of {}. {}\n", summary.name, summary.uuid.substr(0, 8),
                 stateName(summary.state), summary.step, summary.steps, summary.detail);
    return isActive(summary.state) ? kFailed : kDone;
  }

 private:
  std::string run_;
};

}  // namespace

std::unique_ptr<Command> makeWorkCommand(CLI::App& app) {
  return std::make_unique<WorkCommand>(app);
}
std::unique_ptr<Command> makeLanesCommand(CLI::App& app) {
  return std::make_unique<LanesCommand>(app);
}
std::unique_ptr<Command> makeKillCommand(CLI::App& app) {
  return std::make_unique<KillCommand>(app);
}

}  // namespace scanline
