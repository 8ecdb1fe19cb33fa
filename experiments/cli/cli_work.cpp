// scanline-cli work: takes runs from the queue; lanes: how many train at the same time; kill: ends a process.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/detach.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace {

/// Further processes of this verb, so that as many runs train at once as the workspace has lanes: each trains one at a
/// time, and takes the turn that is its own.
class Helpers {
 public:
  explicit Helpers(const std::vector<std::string>& arguments) : arguments_(arguments) {}
  ~Helpers() { join(0); }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  void start(int64_t count) {
    std::vector<char*> words;
    for (const auto& each : arguments_) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    for (int64_t i = 0; i < count; ++i) {
      pid_t pid = 0;
      if (const int error = posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, words.data(), environ); error != 0)
        throw Error(fmt::format("No further process can be started: {}.", std::strerror(error)));
      pids_.push_back(pid);
    }
  }
  /// Passes a signal on unless it is 0, and waits for their ends. Returns the worst exit code.
  int join(int signal) {
    int worst = kDone;
    for (const pid_t pid : pids_)
      if (signal != 0) ::kill(pid, signal);
    for (const pid_t pid : pids_) {
      int status = 0;
      while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      worst = std::max(worst, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    pids_.clear();
    return worst;
  }

 private:
  std::vector<std::string> arguments_;
  std::vector<pid_t> pids_;
};

class WorkCommand final : public Command {
 public:
  explicit WorkCommand(CLI::App& app)
      : Command(app, "work",
                "Train the runs of the queue until none waits: one after the other, or with several GPUs one on each") {
    addWorkspaceOption();
    addBesideOption();
    auto* run = verb().add_option("--run", run_, "Only this run, which waits in the queue: a name or uuid");
    auto* wait = verb().add_flag("--wait", wait_, "Stay, and take runs that are queued later, until a signal comes");
    auto* own = verb().add_flag("--own", own_, "Only runs that are to train in a process of their own");
    run->excludes(wait)->excludes(own);
    verb().add_flag("--detach", detach_, "In the background, without this terminal");
    verb().add_option("--helps", helps_, "The process whose helper this is")->group("");
  }

  int run() override {
    const auto folder = existingWorkspace();
    if (helps_ != 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);  // it stops, with a checkpoint, where that one dies
      if (getppid() != helps_) return kDone;
    }
    if (!detach_) return work(folder, [] {});
    return runDetached(folder, [&](const std::function<void()>& ready) { return work(folder, ready); });
  }

 private:
  /// `folder` is absolute: --workspace may not be, and a detached process works in another folder.
  int work(const std::filesystem::path& folder, const std::function<void()>& ready) const {
    Helpers helpers(helperArguments(folder));
    const bool servesAll = run_.empty() && !own_ && !beside() && helps_ == 0;
    if (servesAll) helpers.start(RunStore(folder, StoreMode::ReadOnly).lanes() - 1);
    Training training(folder, {.quiet = json() || helps_ != 0, .beside = beside(), .logs = detach_});
    if (run_.empty()) {
      const int code = training.serve(own_ ? Serves::OwnProcess : Serves::Any, wait_, ready);
      return std::max(code, helpers.join(training.stopSignal()));
    }
    const RunId run = findRun(RunStore(folder, StoreMode::ReadOnly), run_);
    const int code = training.runQueued(run, ready);
    if (json()) printJson(toJson(RunStore(folder, StoreMode::ReadOnly).run(run)));
    return code;
  }

  std::vector<std::string> helperArguments(const std::filesystem::path& folder) const {
    std::vector<std::string> words{"scanline-cli",  "work",    "--workspace",
                                   folder.string(), "--helps", std::to_string(::getpid())};
    if (wait_) words.emplace_back("--wait");
    return words;
  }

  std::string run_;
  bool wait_ = false, own_ = false, detach_ = false;
  pid_t helps_ = 0;
};

class LanesCommand final : public Command {
 public:
  explicit LanesCommand(CLI::App& app)
      : Command(app, "lanes", "How many runs of a workspace train at the same time, in all windows and terminals") {
    addWorkspaceOption();
    verb()
        .add_option("NUMBER", lanes_, "From now on so many; 0: one for each GPU, and one without")
        ->check(CLI::Range(int64_t{0}, RunStore::kMostLanes));
  }

  int run() override {
    RunStore store(existingWorkspace(), lanes_ ? StoreMode::ReadWrite : StoreMode::ReadOnly);
    if (lanes_) store.setLanes(*lanes_);
    const bool follows = store.chosenLanes() == 0;
    if (json())
      printJson({{"lanes", store.lanes()}, {"followsGpus", follows}});
    else
      fmt::print("{}{}\n", store.lanes(), follows ? ", one for each GPU" : "");
    return kDone;
  }

 private:
  std::optional<int64_t> lanes_;
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
