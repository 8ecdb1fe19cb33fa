// scanline-cli train-in: a run in a folder of its own, without a workspace, as a job of a cluster trains it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/file_lock.h"
#include "core/base/run_program.h"
#include "core/base/scratch_folder.h"
#include "core/data/spec_check.h"
#include "core/jobs/run_files.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/processes.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace {

namespace fs = std::filesystem;

/// The requests of a folder's files, as commands when they change. A file system that machines share is asked once a
/// second, and shown every ten that this process lives.
class RequestReader {
 public:
  explicit RequestReader(fs::path folder) : folder_(std::move(folder)) {}

  std::vector<RunCommand> read() {
    std::vector<RunCommand> commands;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return commands;
    next_ = now + std::chrono::seconds(1);
    if (now >= nextSign_) {
      showLife(folder_);
      nextSign_ = now + std::chrono::seconds(10);
    }
    if (const bool pause = isRequested(folder_, kPauseRequest); pause != isPaused_) {
      isPaused_ = pause;
      commands.push_back(pause ? RunCommand::Pause : RunCommand::Resume);
    }
    if (!isStopped_ && isRequested(folder_, kStopRequest)) {
      isStopped_ = true;
      commands.push_back(RunCommand::StopWithCheckpoint);
    }
    return commands;
  }

 private:
  fs::path folder_;
  std::chrono::steady_clock::time_point next_{}, nextSign_{};
  bool isPaused_ = false, isStopped_ = false;
};

std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "a machine without a name";
}

std::string valueOfVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The run of a folder, from its newest checkpoint to its end.
class FolderTraining {
 public:
  FolderTraining(const fs::path& folder, Processes& processes, bool quiet)
      : folder_(folder), processes_(processes), quiet_(quiet), lock_(folder / "train.lock"), events_(folder) {
    if (lock_.isTaken()) throw Error(fmt::format("Another process trains the run of {} already.", folder.string()));
  }

  int run() {
    RunStore store(scratch_.path(), StoreMode::ReadWrite);
    const RunId run = makeRun(store);
    const RunSummary before = store.run(run);
    if (before.state == RunState::Finished) {
      fmt::print("\"{}\" has finished; there is nothing to go on with.\n", before.name);
      return kDone;
    }
    if (before.onCluster || isActive(before.state)) {
      const TrainEvent died = StateChanged{RunState::Interrupted, "Its process ended without a word."};
      store.append(run, std::span(&died, 1));
    }
    processes_.requireFit(specOf(store, run));
    events_.write(LogLine{LogLine::Level::Info, beginning()});
    const auto others = processes_.start();
    Training training(scratch_.path(),
                      {.quiet = quiet_,
                       .beside = true,
                       .group = processes_.place(),
                       .stopsOn = StopsOn::Cluster,
                       .journal = &events_,
                       .requests = [reader = RequestReader(folder_)]() mutable { return reader.read(); }});
    const int code = training.runToEnd(run, !store.checkpoints(run).empty());
    const bool isStopped = store.run(run).state == RunState::Stopped;
    settle();
    if (isStopped && training.stopSignal() == SIGUSR1) return requeue();
    removeRequests(folder_);
    return isStopped && training.stopSignal() == 0 ? kDone : code;
  }

 private:
  /// The run in the scratch workspace, as its event file tells of it from the restart point on; its files are those of
  /// the folder.
  RunId makeRun(RunStore& store) {
    constexpr uint64_t kMostBytes = 1 << 20;
    const RunId run = store.create(readFile(folder_ / kSettingsFile, kMostBytes));
    const fs::path link = store.workspace() / "runs" / store.run(run).uuid;
    std::error_code error;
    fs::create_directories(link.parent_path(), error);
    if (!error) fs::create_directory_symlink(folder_, link, error);
    if (error) throw Error(fmt::format("{} cannot be made: {}.", link.string(), error.message()));
    RestartPoint point = RestartPoint::read(folder_);
    point.putInto(store, run);
    store.setClusterRun({.run = run, .folder = folder_.string(), .taken = point.end(), .isOpen = false});
    for (const std::string& warning : takeRunEvents(store, run, folder_, {}, &point).warnings)
      fmt::print(stderr, "warning: {}\n", warning);
    events_.keep(std::move(point));
    return run;
  }

  static std::string beginning() {
    std::string text = fmt::format("Trains on {}, process {}", hostName(), ::getpid());
    if (const auto job = valueOfVariable("SLURM_JOB_ID"); !job.empty()) text += fmt::format(", job {}", job);
    if (const auto count = valueOfVariable("SLURM_RESTART_COUNT"); !count.empty())
      text += fmt::format(", after {} {}", count, count == "1" ? "restart" : "restarts");
    return text + ".";
  }

  void settle() {
    constexpr std::chrono::seconds kLongest(60);
    if (!events_.settle(kLongest))
      throw Error(fmt::format("The last events of the run cannot be written to {}: its disk takes nothing.",
                              (folder_ / kEventsFile).string()));
  }

  /// The time of the job is nearly over, and the checkpoint is written.
  int requeue() {
    const std::string job = valueOfVariable("SLURM_JOB_ID");
    if (job.empty()) {
      fmt::print("The time is over. The run goes on with: scanline-cli train-in {}\n", folder_.string());
      return 128 + SIGUSR1;
    }
    events_.write(StateChanged{RunState::Queued, fmt::format("The time of job {} was over; it waits to go on.", job)});
    settle();
    std::string problem;
    try {
      const ProgramEnd end = runProgram({"scontrol", "requeue", job}, std::chrono::seconds(60));
      if (end.code == 0) return kDone;  // the cluster ends this process, too
      problem = end.err.empty() ? fmt::format("scontrol ended with exit code {}.", end.code) : end.err;
    } catch (const Error& error) {
      problem = error.what();
    }
    const std::string sentence =
        fmt::format("The time of job {} is over, and it cannot be queued again: {}", job, problem);
    events_.write(StateChanged{RunState::Stopped, sentence});
    settle();
    fmt::print(stderr, "scanline-cli: {}\n", sentence);
    return kFailed;
  }

  fs::path folder_;
  Processes& processes_;
  bool quiet_;
  FileLock lock_;
  EventFile events_;
  /// A workspace for the time of this process, on a disk of its machine: made from the event file and forgotten.
  ScratchFolder scratch_{"scanline-run"};
};

class TrainInCommand final : public Command {
 public:
  explicit TrainInCommand(CLI::App& app)
      : Command(
            app, "train-in",
            "Train the run of a folder, which needs no workspace and may lie on a disk of several machines; goes on "
            "from its newest checkpoint") {
    verb().add_option("DIR", folder_, "The folder of the run: settings, events, checkpoints")->required();
    verb().add_option("SPEC", spec_, "Begin a new run there: a TOML file, or the name of a preset")->check(specMistake);
    verb()
        .add_option("--set", settings_, "Change one setting of the new run")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
    processes_.addOptions(verb());
  }

  int run() override {
    // A cluster's warning must end no process. It is waited for by the process that leads the training.
    sigset_t warning;
    sigemptyset(&warning);
    sigaddset(&warning, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &warning, nullptr);
    if (const auto code = processes_.follow()) return *code;
    const fs::path folder = fs::absolute(folder_).lexically_normal();
    if (!spec_.empty()) begin(folder);
    if (spec_.empty() && !settings_.empty()) throw Error("--set is for a new run. Name its SPEC, too.");
    if (!fs::exists(folder / kSettingsFile))
      throw Error(fmt::format("{} holds no run. Name a SPEC to begin one there.", folder.string()));
    return FolderTraining(folder, processes_, json()).run();
  }

 private:
  void begin(const fs::path& folder) const {
    std::vector<RunSpec> specs = withSettings(readSpec(spec_), settings_);
    if (specs.size() != 1) throw Error("A folder holds one run. Give each setting one value.");
    RunSpec& spec = specs.front();
    processes_.fit(spec);
    validate(spec);
    requireOneRun(spec);
    makeRunFiles(folder, spec);
  }

  std::string folder_, spec_;
  std::vector<std::string> settings_;
  Processes processes_;
};

}  // namespace

std::unique_ptr<Command> makeTrainInCommand(CLI::App& app) {
  return std::make_unique<TrainInCommand>(app);
}

}  // namespace scanline
