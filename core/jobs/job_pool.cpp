// One pool: its threads and the commands between them, under one mutex that all of it has to be read with.
#include "core/jobs/job_pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "core/base/passing_error.h"
#include "core/jobs/error_log.h"
#include "core/jobs/lazy_engine.h"
#include "core/jobs/run_job.h"
#include "core/jobs/unstored.h"
#include "core/run/pause_gate.h"

namespace scanline {

using namespace std::chrono_literals;

namespace {

/// How often the store is read without a notice: other processes enqueue jobs, and die, without one.
constexpr auto kPollInterval = 1s;
/// How often, while a run goes on, commands of other processes for it are looked for.
constexpr auto kCommandInterval = 300ms;

/// How long a thread of the pool waits for other writers at a time: not long, as it has to notice the pool's end.
constexpr auto kPatience = 2s;
/// How long, at the pool's end, commands and the last events of runs are still tried.
constexpr auto kPatienceAtEnd = 5s;

/// A run in the training lane's hands.
struct Active {
  JobId job;
  PauseGate gate;
  std::stop_source stop;
};

/// A request on its way to the command worker. The others act on a run of this pool at once; `acted`
/// says so.
struct Command {
  enum class Kind { Pause, Resume, Stop } kind = Kind::Pause;
  RunId run;
  bool acted = false;
};

void act(Active& active, Command::Kind kind) {
  switch (kind) {
    case Command::Kind::Pause:
      return active.gate.close();
    case Command::Kind::Resume:
      return active.gate.open();
    case Command::Kind::Stop:
      active.stop.request_stop();
  }
}

/// A run that stops writes a checkpoint in any case.
Command::Kind kindOf(RunCommand command) {
  if (command == RunCommand::Pause) return Command::Kind::Pause;
  return command == RunCommand::Resume ? Command::Kind::Resume : Command::Kind::Stop;
}

}  // namespace

struct JobPool::Impl {
  Impl(std::filesystem::path workspace_, std::function<std::shared_ptr<Engine>()> load, Callbacks callbacks_)
      : workspace(std::move(workspace_)), callbacks(std::move(callbacks_)), engine(std::move(load)) {
    training = std::jthread([this](const std::stop_token& end) { trainingLane(end); });
    commandThread = std::jthread([this](const std::stop_token& end) { commandWorker(end); });
  }
  ~Impl() {
    {
      const std::scoped_lock lock(mutex);
      stopEverything();
    }
    for (std::jthread* thread : {&training, &commandThread}) thread->request_stop();
    for (std::jthread* thread : {&training, &commandThread}) thread->join();
  }

  // --- the training lane
  void trainingLane(const std::stop_token& end);
  /// Runs the first waiting job to its end. False if there is none, or none may start. `end`: of the pool.
  bool runNext(const std::stop_token& end);
  void run(Engine& loaded, RunRecorder recorder, const Job& job, Active& active, const std::stop_token& end);
  /// A worker, if the turn is a run's that wants a process of its own, and none is there.
  void launchWorker(const std::stop_token& end);
  Claimer claimer();
  /// Claims a job and makes it known to the others in one go. The store goes into the recorder.
  std::optional<Job> claim(RunStore& store, const std::shared_ptr<Active>& active);
  void finishUnwritten();

  // --- the others
  void commandWorker(const std::stop_token& end);
  void carryOut(RunStore& store, Command& command);
  /// Tells the other processes whether this one takes runs.
  void tellRunner(RunStore& store);
  /// A trial under way has no job of its own: a request to it goes to its search.
  static std::optional<RunId> searchOf(const RunStore& store, RunId run);
  void ask(Command::Kind kind, RunId run);

  // --- under the mutex
  void stopEverything() {
    isHeld = true;
    ++stops;
    for (auto& [run, active] : activeRuns) active->stop.request_stop();
  }
  Active* find(RunId run) {
    const auto place = activeRuns.find(run);
    return place == activeRuns.end() ? nullptr : place->second.get();
  }
  void tell() const {
    if (callbacks.stored) callbacks.stored();
  }

  const std::filesystem::path workspace;
  const Callbacks callbacks;
  LazyEngine engine;

  /// A job is claimed, or a command about jobs carried out, but never both at once. Taken before `mutex`.
  std::mutex claiming;
  std::mutex mutex;  ///< guards the members below, never held for long
  std::condition_variable_any changed;
  bool isHeld = false;
  uint64_t stops = 0;       ///< grows with stopAll: a job claimed just then is stopped too
  uint64_t wakes = 1;       ///< grows with wake()
  uint64_t seen = 0;        ///< the last wake after which the lane found nothing to start
  uint64_t brokenAt = 0;    ///< the wake at which the engine could not be loaded
  uint64_t noWorkerAt = 0;  ///< the wake at which no worker could be started
  bool commandWorkerIsBusy = false;
  std::map<RunId, std::shared_ptr<Active>> activeRuns;
  std::deque<Command> commands;

  /// A run whose end could not be written, the training lane's alone. It is tried again until it can.
  struct Unwritten {
    RunRecorder recorder;
    JobId job;
    JobState state;
  };
  std::optional<Unwritten> unwritten;
  /// How this process is known to others that take runs, the command worker's alone.
  std::optional<RunnerId> runner;
  RunnerState toldState = RunnerState::Open;

  std::jthread training, commandThread;  // last: they use all of the above
};

void JobPool::Impl::trainingLane(const std::stop_token& end) {
  ErrorLog errors(callbacks.failed);
  while (!end.stop_requested()) {
    uint64_t awake = 0;
    {
      const std::scoped_lock lock(mutex);
      awake = wakes;
    }
    try {
      finishUnwritten();
      while (!end.stop_requested() && runNext(end)) {
      }
      errors.clear();
    } catch (const std::exception& failure) {
      errors.add(failure);
    }
    std::unique_lock lock(mutex);
    seen = awake;
    changed.notify_all();
    changed.wait_for(lock, end, kPollInterval, [&] { return wakes != awake; });
  }
}

bool JobPool::Impl::runNext(const std::stop_token& end) {
  RunStore store(workspace, StoreMode::ReadWrite);
  Claimer looker = claimer();
  {
    const std::scoped_lock lock(mutex);
    if (isHeld || brokenAt == wakes) return false;
  }
  looker.onlyLooks = true;
  const Turn turn = store.takeTurn(looker);
  if (turn.wantsWorker) launchWorker(end);
  if (!turn.job) return false;  // then the engine need not be loaded
  Engine* loaded = nullptr;
  try {
    loaded = &engine.get();
  } catch (const std::exception&) {
    const std::scoped_lock lock(mutex);
    brokenAt = wakes;
    throw;
  }
  const auto active = std::make_shared<Active>();
  const std::optional<Job> job = claim(store, active);
  if (!job) return false;
  // However it ends, the others must not think that it goes on.
  struct Leave {
    Impl& pool;
    RunId run;
    ~Leave() {
      const std::scoped_lock lock(pool.mutex);
      pool.activeRuns.erase(run);
      pool.changed.notify_all();
    }
  };
  {
    const Leave leave{*this, job->run};
    run(*loaded, RunRecorder(std::move(store), job->run, callbacks.stored, callbacks.failed), *job, *active, end);
  }
  tell();
  return true;
}

void JobPool::Impl::run(Engine& loaded, RunRecorder recorder, const Job& job, Active& active,
                        const std::stop_token& end) {
  JobState state = JobState::Failed;
  bool isOver = false;
  try {
    tell();
    state = jobStateOf(runJob(loaded, recorder, job.run, job.resume, active.gate.control(active.stop.get_token())));
    isOver = true;
    storeTheRest(recorder, job.run, waitUntil([&end] { return end.stop_requested(); }));
    recorder.store().setJobState(job.id, state);
  } catch (const std::exception& failure) {
    try {
      if (!isOver) recorder.record(StateChanged{RunState::Failed, failureSentence(failure)});
    } catch (const std::exception&) {
      // It is kept, and stored with the rest.
    }
    unwritten.emplace(std::move(recorder), job.id, state);
    throw;
  }
}

Claimer JobPool::Impl::claimer() {
  const std::scoped_lock lock(mutex);
  return {.serves = Serves::Shared,
          .over = unwritten ? std::optional(unwritten->job) : std::nullopt,
          .canLaunch = callbacks.launch && noWorkerAt != wakes};
}

void JobPool::Impl::launchWorker(const std::stop_token& end) {
  try {
    callbacks.launch(end);
  } catch (const std::exception&) {
    const std::scoped_lock lock(mutex);
    noWorkerAt = wakes;
    throw;
  }
  tell();
}

std::optional<Job> JobPool::Impl::claim(RunStore& store, const std::shared_ptr<Active>& active) {
  const std::scoped_lock one(claiming);
  uint64_t stopsBefore = 0;
  {
    const std::scoped_lock lock(mutex);
    if (isHeld) return std::nullopt;
    stopsBefore = stops;
  }
  store.setPatience(kPatience);
  const std::optional<Job> job = store.takeTurn(claimer()).job;
  if (!job) return std::nullopt;
  const std::scoped_lock lock(mutex);
  active->job = job->id;
  activeRuns.insert_or_assign(job->run, active);
  if (stops != stopsBefore) active->stop.request_stop();
  return job;
}

void JobPool::Impl::finishUnwritten() {
  if (!unwritten) return;
  if (!unwritten->recorder.flush()) return;
  unwritten->recorder.store().setJobState(unwritten->job, unwritten->state);
  unwritten.reset();
  tell();
}

void JobPool::Impl::commandWorker(const std::stop_token& end) {
  ErrorLog errors(callbacks.failed);
  std::optional<RunStore> store;
  std::unique_ptr<Command> command;  // kept until it is carried out, before those that came later
  std::optional<std::chrono::steady_clock::time_point> endSince;
  for (bool isFirst = true;; isFirst = false) {  // the first look is at once: runs may have been cut off
    {
      std::unique_lock lock(mutex);
      const auto pause = isFirst ? 0ms : activeRuns.empty() ? kPollInterval : kCommandInterval;
      commandWorkerIsBusy = command != nullptr;
      changed.notify_all();
      changed.wait_for(lock, end, pause, [&] { return !command && !commands.empty(); });
      if (end.stop_requested()) {  // a request is still carried out, if it can be
        const auto now = std::chrono::steady_clock::now();
        if (!endSince) endSince = now;
        if ((!command && commands.empty()) || now - *endSince > kPatienceAtEnd) break;
      }
      commandWorkerIsBusy = true;
      if (!command && !commands.empty()) {
        command = std::make_unique<Command>(commands.front());
        commands.pop_front();
      }
    }
    try {
      if (!store) store.emplace(workspace, StoreMode::ReadWrite);
      store->setPatience(end.stop_requested() ? kPollInterval : kPatience);
      if (command) carryOut(*store, *command);
      command.reset();
      for (const auto& [run, wanted] : store->takeCommands()) ask(kindOf(wanted), run);
      if (!store->markInterrupted().empty()) tell();
      if (!end.stop_requested()) tellRunner(*store);
      errors.clear();
    } catch (const PassingError& failure) {
      errors.add(failure);
      if (end.stop_requested()) std::this_thread::sleep_for(50ms);  // nothing is waited for any more
    } catch (const std::exception& failure) {
      errors.add(failure);
      command.reset();  // the run is gone, or the store: asking again would not help
    }
  }
  try {
    if (store && runner) store->leave(*runner);
  } catch (const std::exception&) {
    // It counts for nothing when this process has ended.
  }
}

void JobPool::Impl::tellRunner(RunStore& store) {
  RunnerState state = RunnerState::Open;
  {
    const std::scoped_lock lock(mutex);
    if (brokenAt == wakes) state = RunnerState::Closed;
    if (isHeld) state = stops > 0 ? RunnerState::Closed : RunnerState::Holding;  // one that ends holds nobody back
  }
  if (runner && state == toldState) return;
  if (runner)
    store.setRunner(*runner, state);
  else
    runner = store.enrol(Serves::Shared, state);
  toldState = state;
}

void JobPool::Impl::carryOut(RunStore& store, Command& command) {
  const std::scoped_lock one(claiming);
  std::optional<JobId> running;
  bool isPaused = false;
  const std::optional<RunId> search = searchOf(store, command.run);
  {
    const std::scoped_lock lock(mutex);
    Active* here = find(command.run);
    if (here == nullptr && search) here = find(*search);  // a fork has a parent, too, but a job of its own
    if (here != nullptr) {
      if (!command.acted) act(*here, command.kind);  // it was claimed after the command was made
      command.acted = true;
      running = here->job;
      isPaused = here->gate.isClosed();
    }
  }
  if (running)
    store.setJobState(*running, isPaused ? JobState::Paused : JobState::Running);
  else if (command.kind == Command::Kind::Stop)
    store.cancelJob(command.run);
  else if (store.holdJob(command.run, command.kind == Command::Kind::Pause)) {
    const std::scoped_lock lock(mutex);
    ++wakes;
  }
  tell();
}

std::optional<RunId> JobPool::Impl::searchOf(const RunStore& store, RunId run) {
  const RunSummary summary = store.run(run);
  return isActive(summary.state) ? summary.parent : std::nullopt;
}

void JobPool::Impl::ask(Command::Kind kind, RunId run) {
  const std::scoped_lock lock(mutex);
  Active* here = find(run);
  if (here != nullptr) act(*here, kind);
  commands.push_back({kind, run, here != nullptr});
  changed.notify_all();
}

JobPool::JobPool(std::filesystem::path workspace, std::function<std::shared_ptr<Engine>()> engine, Callbacks callbacks)
    : impl_(std::make_unique<Impl>(std::move(workspace), std::move(engine), std::move(callbacks))) {}
JobPool::~JobPool() = default;

void JobPool::wake() {
  const std::scoped_lock lock(impl_->mutex);
  ++impl_->wakes;
  impl_->changed.notify_all();
}

void JobPool::pause(RunId run) {
  impl_->ask(Command::Kind::Pause, run);
}
void JobPool::resume(RunId run) {
  impl_->ask(Command::Kind::Resume, run);
}
void JobPool::stop(RunId run) {
  impl_->ask(Command::Kind::Stop, run);
}

void JobPool::stopAll() {
  const std::scoped_lock lock(impl_->mutex);
  impl_->stopEverything();
}

void JobPool::setQueueHeld(bool held) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->isHeld = held;
  ++impl_->wakes;
  impl_->changed.notify_all();
}

std::vector<RunId> JobPool::running() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<RunId> runs;
  for (const auto& [run, active] : impl_->activeRuns) runs.push_back(run);
  return runs;
}

void JobPool::finishWriting() {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(
      lock, [&] { return impl_->activeRuns.empty() && impl_->commands.empty() && !impl_->commandWorkerIsBusy; });
}

void JobPool::waitIdle() {
  std::unique_lock lock(impl_->mutex);
  const uint64_t mine = ++impl_->wakes;
  impl_->changed.notify_all();
  impl_->changed.wait(lock, [&] {
    return impl_->seen >= mine && impl_->activeRuns.empty() && impl_->commands.empty() && !impl_->commandWorkerIsBusy;
  });
}

}  // namespace scanline
