#include "experiments/cli/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "core/base/passing_error.h"
#include "core/jobs/run_job.h"
#include "core/jobs/unstored.h"
#include "core/run/run_folder.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/processes.h"
#include "experiments/cli/run_follower.h"
#include "experiments/cli/run_report.h"

namespace scanline {

using namespace std::chrono_literals;

namespace {

/// How often a process looks whether it is its turn.
constexpr auto kLookInterval = 200ms;

}  // namespace

int Training::runToEnd(RunId run, bool resume) {
  meetOthers();
  RunStore store(workspace_, StoreMode::ReadWrite);
  return runReserved(store, run, store.enqueueHere(run, resume));
}

void Training::meetOthers() {
  if (!options_.group) return refuseLaunchers();
  if (engine_) return;
  engine_ = makeEngine();
  engine_->join(*options_.group);
}

int Training::runOwn(std::span<const RunId> runs, bool resume, const std::function<void()>& ready,
                     const std::function<std::optional<GroupPlace>()>& meet) {
  RunStore store(workspace_, StoreMode::ReadWrite);
  std::vector<JobId> jobs(runs.size());
  for (size_t i = runs.size(); i-- > 0;)
    jobs[i] = store.enqueueHere(runs[i], resume, /*ownProcess=*/true);  // each first
  ready();
  options_.group = meet();
  meetOthers();
  int code = kDone;
  for (size_t i = 0; i < runs.size(); ++i) {
    RunStore own(workspace_, StoreMode::ReadWrite);
    code = std::max(code, runReserved(own, runs[i], jobs[i]));
    if (signals_.received() != 0) return code;  // a stop is meant for all
  }
  return code;
}

int Training::runQueued(RunId run, const std::function<void()>& ready) {
  RunStore store(workspace_, StoreMode::ReadWrite);
  const Job job = store.reserve(run);
  ready();
  return runReserved(store, run, job.id);
}

int Training::runReserved(RunStore& store, RunId run, JobId id) {
  const auto job = waitForTurn(store, {.serves = Serves::Reserved, .only = id, .beside = options_.beside});
  if (job) return train(*job);
  if (signals_.received() == 0) {
    fmt::print(stderr, "scanline-cli: The run was taken out of the queue before its turn.\n");
    return kFailed;
  }
  store.setPatience();
  store.cancelJob(run);
  return 128 + signals_.received();
}

std::optional<Job> Training::waitForTurn(RunStore& store, const Claimer& claimer) {
  for (toldWait_ = false; signals_.received() == 0; std::this_thread::sleep_for(kLookInterval)) {
    const auto turn = look(store, claimer);
    if (!turn) continue;
    if (turn->job) return turn->job;
    if (!turn->waits) return std::nullopt;
    tellWait(store, *turn);
  }
  return std::nullopt;
}

std::optional<Turn> Training::look(RunStore& store, const Claimer& claimer) {
  store.setPatience(1s);
  try {
    Turn turn = store.takeTurn(claimer);
    if (!turn.job) store.markInterrupted();
    return turn;
  } catch (const PassingError&) {
    return std::nullopt;
  }
}

void Training::tellWait(const RunStore& store, const Turn& turn) {
  if (std::exchange(toldWait_, true)) return;
  const std::string others = turn.training.empty()
                                 ? "a run that comes first starts"
                                 : fmt::format("\"{}\" trains", store.run(turn.training.front()).name);
  fmt::print(stderr,
             "Waits for its turn: {} in this workspace. Ctrl+C takes it out of the queue; with --beside it would start "
             "at once.\n",
             others);
}

int Training::serve(Serves serves, bool wait, const std::function<void()>& ready) {
  RunStore store(workspace_, StoreMode::ReadWrite);
  store.markInterrupted();
  const auto runner = serves == Serves::OwnProcess && !wait ? store.enrolWorker() : std::optional(store.enrol(serves));
  if (!runner) return kDone;
  ready();
  int code = kDone;
  for (; signals_.received() == 0; std::this_thread::sleep_for(kLookInterval)) {
    const auto turn = look(store, {.serves = serves, .beside = options_.beside});
    if (turn && turn->job) {
      code = std::max(code, train(*turn->job));
    } else if (turn && !wait && !turn->waits && store.leaveIfIdle(*runner)) {
      return code;
    }
  }
  store.setPatience();
  store.leave(*runner);
  return 128 + signals_.received();
}

int Training::train(const Job& job) {
  RunRecorder recorder(
      RunStore(workspace_, StoreMode::ReadWrite), job.run, [this] { notify(); },
      [](const std::string& sentence) { fmt::print(stderr, "scanline-cli: {}\n", sentence); });
  recorder.setJournal(options_.journal);
  log_.reset();
  if (options_.logs) log_.emplace(recorder.store().folder(job.run) / kWorkerLog);
  isDone_ = false;
  gate_.open();
  stop_.emplace();
  const std::stop_callback onSignal(signals_.token(), [this] { stop_->request_stop(); });
  std::exception_ptr failure;
  JobState state = JobState::Failed;
  {
    const std::jthread worker([&] {
      const auto mayWait = waitUntil([this] { return signals_.received() != 0; });
      try {
        if (!engine_) engine_ = makeEngine();
        state = jobStateOf(runJob(*engine_, recorder, job.run, job.resume, gate_.control(stop_->get_token())));
        storeTheRest(recorder, job.run, mayWait);
      } catch (...) {
        failure = std::current_exception();
      }
      const std::scoped_lock lock(mutex_);
      isDone_ = true;
      changed_.notify_all();
    });
    follow(job);
  }
  if (failure) std::rethrow_exception(failure);
  recorder.store().setPatience();
  recorder.store().setJobState(job.id, state);
  recorder.store().checkpointLog();
  const int code = report(job.run);
  log_.reset();
  return code;
}

int Training::runSweep(std::span<const RunSpec> specs, const std::function<RunId(RunStore&, const RunSpec&)>& make,
                       const std::function<void(const RunStore&, RunId)>& done) {
  meetOthers();
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

void Training::obey(RunCommand command) {
  if (command == RunCommand::Pause)
    gate_.close();
  else if (command == RunCommand::Resume)
    gate_.open();
  else
    stop_->request_stop();
}

void Training::obey(RunStore& store, const Job& job) {
  if (options_.requests)
    for (const RunCommand command : options_.requests()) obey(command);
  // A trial under way is its search's business.
  for (const auto& [asked, command] : store.takeCommands()) {
    if (asked != job.run && store.run(asked).parent != job.run) continue;
    obey(command);
    store.setJobState(job.id, gate_.isClosed() ? JobState::Paused : JobState::Running);
  }
}

void Training::follow(const Job& job) {
  RunFollower follower(workspace_, job.run, terminal_);
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
      if (!done) obey(commands, job);
    } catch (const PassingError&) {  // others write: the next look does it
    }
    const bool stops = stop_->stop_requested();
    if (stops && !toldStop && !options_.quiet) {
      follower.say(signals_.received() != 0 ? "Stopping after a checkpoint. Ctrl+C again ends at once."
                                            : "Stopping after a checkpoint, as another process asked.");
    }
    toldStop = stops;
    if (!options_.quiet) done ? follower.finish() : follower.update();
    if (log_) log_->bound();
  }
}

int Training::report(RunId run) const {
  const RunStore store(workspace_, StoreMode::ReadOnly);
  const RunSummary summary = store.run(run);
  if (!options_.quiet) {
    fmt::print("{}\n", runPictures(store, run, terminal_));
    fmt::print("{} ({}) {}\n", summary.name, summary.uuid.substr(0, 8), runOutcome(summary, specOf(store, run)));
    if (summary.state == RunState::Stopped && summary.resumable && options_.journal == nullptr) {
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
