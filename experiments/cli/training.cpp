#include "experiments/cli/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <thread>

#include "core/base/passing_error.h"
#include "core/jobs/run_job.h"
#include "core/jobs/unstored.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/run_follower.h"
#include "experiments/cli/run_report.h"

namespace scanline {

using namespace std::chrono_literals;

int Training::runToEnd(RunId run, bool resume) {
  RunRecorder recorder(
      RunStore(workspace_, StoreMode::ReadWrite), run, [this] { notify(); },
      [](const std::string& sentence) { fmt::print(stderr, "scanline-cli: {}\n", sentence); });
  recorder.store().own(run);
  isDone_ = false;
  gate_.open();
  stop_.emplace();
  const std::stop_callback onSignal(signals_.token(), [this] { stop_->request_stop(); });
  std::exception_ptr failure;
  {
    const std::jthread worker([&] {
      try {
        if (!engine_) engine_ = makeEngine();
        runJob(*engine_, recorder, run, resume, gate_.control(stop_->get_token()));
        storeTheRest(recorder, run, waitUntil([this] { return signals_.received() != 0; }));
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

int Training::runSweep(std::span<const RunSpec> specs, const std::function<RunId(RunStore&, const RunSpec&)>& make,
                       const std::function<void(const RunStore&, RunId)>& done) {
  int code = kDone;
  for (const RunSpec& spec : specs) {
    RunStore store(workspace_, StoreMode::ReadWrite);
    store.markInterrupted();
    const RunId run = make(store, spec);
    code = std::max(code, runToEnd(run, false));
    done(store, run);
    if (code >= 128) break;  // a stop is meant for the whole sweep
  }
  return code;
}

void Training::notify() {
  const std::scoped_lock lock(mutex_);
  isStored_ = true;
  changed_.notify_all();
}

void Training::obey(RunStore& store, RunId run) {
  // A trial under way is its search's business.
  for (const auto& [asked, command] : store.takeCommands()) {
    if (asked != run && store.run(asked).parent != run) continue;
    if (command == RunCommand::Pause)
      gate_.close();
    else if (command == RunCommand::Resume)
      gate_.open();
    else
      stop_->request_stop();
  }
}

void Training::follow(RunId run) {
  RunFollower follower(workspace_, run, terminal_);
  RunStore commands(workspace_, StoreMode::ReadWrite);
  commands.setPatience(1s);
  bool toldStop = false;
  for (bool done = false; !done;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, 250ms, [this] { return isDone_ || isStored_; });
      isStored_ = false;
      done = isDone_;
    }
    try {
      if (!done) obey(commands, run);
    } catch (const PassingError&) {  // others write: the next look does it
    }
    const bool stops = stop_->stop_requested();
    if (stops && !toldStop && !quiet_) {
      follower.say(signals_.received() != 0 ? "Stopping after a checkpoint. Ctrl+C again ends at once."
                                            : "Stopping after a checkpoint, as another process asked.");
    }
    toldStop = stops;
    if (!quiet_) done ? follower.finish() : follower.update();
  }
}

int Training::report(RunId run) const {
  const RunStore store(workspace_, StoreMode::ReadOnly);
  const RunSummary summary = store.run(run);
  if (!quiet_) {
    fmt::print("{}\n", runPictures(store, run, terminal_));
    fmt::print("{} ({}) {}\n", summary.name, summary.uuid.substr(0, 8), runOutcome(summary, specOf(store, run)));
    if (summary.state == RunState::Stopped && summary.resumable) {
      fmt::print("Go on with: scanline-cli resume {}\n", summary.uuid.substr(0, 8));
    }
    std::fflush(stdout);
  }
  if (summary.state == RunState::Finished) return kDone;
  if (summary.state == RunState::Stopped && signals_.received() != 0) return 128 + signals_.received();
  const bool wasAsked = summary.state == RunState::Stopped && summary.detail.empty();
  fmt::print(stderr, "scanline-cli: {}\n",
             wasAsked                 ? "The run was stopped by another process."
             : summary.detail.empty() ? "The run did not finish."
                                      : summary.detail);
  return kFailed;
}

}  // namespace scanline
