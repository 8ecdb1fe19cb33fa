#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/jobs/run_job.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "experiments/cli_command.h"
#include "experiments/run_follower.h"
#include "experiments/run_json.h"
#include "experiments/run_report.h"
#include "experiments/stop_signals.h"

namespace scanline {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// Runs that are trained in this process, one after the other, on a thread of their own, while the caller's thread
/// shows how they go on. They do not go through the queue: who types `train` means now, whatever waits in the window.
class Training {
 public:
  Training(fs::path workspace, bool quiet) : workspace_(std::move(workspace)), quiet_(quiet) {}

  /// Returns an exit code: of the signal that stopped it, or by the run's last state.
  int runToEnd(RunId run, bool resume) {
    RunRecorder recorder(RunStore(workspace_, StoreMode::ReadWrite), run, [this] { poke(); });
    recorder.store().own(run);
    isDone_ = false;
    std::exception_ptr failure;
    {
      const std::jthread worker([&] {
        try {
          if (!engine_) engine_ = makeEngine();
          runJob(*engine_, recorder, run, resume, gate_, signals_.token());
        } catch (...) {
          failure = std::current_exception();
        }
        const std::scoped_lock lock(mutex_);
        isDone_ = true;
        changed_.notify_all();
      });
      follow(run);
    }
    if (failure) std::rethrow_exception(failure);
    recorder.store().checkpointLog();
    return report(run);
  }

 private:
  void poke() {
    const std::scoped_lock lock(mutex_);
    isStored_ = true;
    changed_.notify_all();
  }

  void follow(RunId run) {
    RunFollower follower(workspace_, run, terminal_);
    bool toldStop = false;
    for (bool done = false; !done;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 250ms, [this] { return isDone_ || isStored_; });
        isStored_ = false;
        done = isDone_;
      }
      if (signals_.received() != 0 && !toldStop && !quiet_) {
        follower.say("Stopping after a checkpoint. Ctrl+C again ends at once.");
      }
      toldStop = signals_.received() != 0;
      if (!quiet_) done ? follower.finish() : follower.update();
    }
  }

  int report(RunId run) const {
    const RunStore store(workspace_, StoreMode::ReadOnly);
    const RunSummary summary = store.run(run);
    if (!quiet_) {
      fmt::print("{}\n", runPictures(store, run, terminal_));
      fmt::print("{} ({}) {}\n", summary.name, summary.uuid.substr(0, 8), runOutcome(summary));
      if (summary.state == RunState::Stopped && summary.resumable) {
        fmt::print("Go on with: scanline-cli resume {}\n", summary.uuid.substr(0, 8));
      }
      std::fflush(stdout);
    }
    if (summary.state == RunState::Finished) return kDone;
    if (summary.state == RunState::Stopped && signals_.received() != 0) return 128 + signals_.received();
    fmt::print(stderr, "scanline-cli: {}\n", summary.detail.empty() ? "The run did not finish." : summary.detail);
    return kFailed;
  }

  fs::path workspace_;
  bool quiet_;
  Terminal terminal_ = Terminal::ofStdout();
  StopSignals signals_;
  std::unique_ptr<Engine> engine_;
  PauseGate gate_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool isDone_ = false, isStored_ = false;
};

bool isPreset(std::string_view name) {
  return std::ranges::any_of(presets(), [&](const Preset& each) { return each.name == name; });
}

RunSpec readSpec(const std::string& text) {
  constexpr uint64_t kLargestSpec = 1 << 20;
  // A file wins, as ./quick-start always names one.
  if (std::error_code error; fs::exists(text, error) || !isPreset(text))
    return fromToml(readFile(text, kLargestSpec), text);
  return preset(text).spec;
}

class TrainCommand : public Command {
 public:
  explicit TrainCommand(CLI::App& app)
      : Command(app, "train", "Train a model from a spec file or a preset. Ctrl+C checkpoints first") {
    addWorkspaceOption();
    verb()
        .add_option("SPEC", spec_, "A TOML file, or the name of a preset")
        ->required()
        ->check([](const std::string& text) {
          std::error_code error;
          if (fs::exists(text, error) || isPreset(text)) return std::string();
          return fmt::format("There is no file {}, and no preset of this name; `scanline-cli presets` lists them.",
                             text);
        });
    verb()
        .add_option("--set", settings_, "Change one setting; 1e-3,3e-3 or 1..4 makes a run for each value")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
  }

  int run() override {
    std::vector<RunSpec> specs = expand();
    for (const RunSpec& spec : specs) validate(spec);
    Training training(workspace(), json());
    auto results = nlohmann::ordered_json::array();
    int code = kDone;
    for (const RunSpec& spec : specs) {
      RunStore store(workspace(), StoreMode::ReadWrite);
      store.markInterrupted();
      const RunId run = store.create(toToml(spec));
      if (!json())
        fmt::print("{} ({}): {} steps, in {}\n", spec.name, store.run(run).uuid.substr(0, 8), spec.train.steps,
                   workspace().string());
      code = std::max(code, training.runToEnd(run, false));
      results.push_back(toJson(store.run(run)));
      if (code >= 128) break;  // a stop is meant for the whole sweep
    }
    if (json()) printJson(results);
    return code;
  }

 private:
  std::vector<RunSpec> expand() const {
    RunSpec base = readSpec(spec_);
    std::vector<SweepAxis> axes;
    for (const std::string& setting : settings_) {
      const auto [key, text] = splitSetting(setting);
      // Names and paths may have commas in them.
      const auto values = key == "name" || key == "data.path" ? std::vector{text} : expandValues(text);
      if (values.size() == 1) {
        setField(base, key, values.front());
      } else {
        axes.push_back({key, values});
      }
    }
    return expandSweep(base, axes);
  }

  std::string spec_;
  std::vector<std::string> settings_;
};

class ResumeCommand : public Command {
 public:
  explicit ResumeCommand(CLI::App& app)
      : Command(app, "resume", "Go on with a run that was stopped, failed, or was interrupted") {
    addWorkspaceOption();
    verb().add_option("RUN", run_, "Name, uuid, or the beginning of a uuid")->required();
  }

  int run() override {
    RunStore store(workspace(), StoreMode::ReadWrite);
    store.markInterrupted();
    const RunId run = findRun(store, run_);
    const RunSummary summary = store.run(run);
    if (summary.state == RunState::Finished) {
      throw Error(fmt::format("\"{}\" has finished all its {} steps; there is nothing to go on with.", summary.name,
                              summary.steps));
    }
    if (summary.trashed) throw Error(fmt::format("\"{}\" is in the trash. Take it out first.", summary.name));
    for (const Job& job : store.jobs()) {
      if (job.run == run) throw Error(fmt::format("\"{}\" is in the queue already.", summary.name));
    }
    if (!json())
      fmt::print("{} ({}): goes on from step {} of {}\n", summary.name, summary.uuid.substr(0, 8), summary.step,
                 summary.steps);
    const int code = Training(workspace(), json()).runToEnd(run, true);
    if (json()) printJson(toJson(store.run(run)));
    return code;
  }

 private:
  std::string run_;
};

}  // namespace

std::unique_ptr<Command> makeTrainCommand(CLI::App& app) {
  return std::make_unique<TrainCommand>(app);
}
std::unique_ptr<Command> makeResumeCommand(CLI::App& app) {
  return std::make_unique<ResumeCommand>(app);
}

}  // namespace scanline
