#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>

#include "core/run/engine.h"
#include "core/run/pause_gate.h"
#include "core/store/run_recorder.h"
#include "experiments/cli/detach.h"
#include "experiments/cli/stop_signals.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// Runs that are trained in this process, one after the other, on a thread of their own, while the caller's thread
/// shows how they go on. A run that a person starts here stands first in the queue, for this process alone: it starts
/// as soon as no other run of the workspace trains.
class Training {
 public:
  struct Options {
    bool quiet = false;                    ///< no progress
    bool beside = false;                   ///< at once, beside runs that train already
    bool logs = false;                     ///< the words on each run go into its folder
    std::optional<GroupPlace> group = {};  ///< of the processes that share the runs (Processes)
    StopsOn stopsOn = StopsOn::Terminal;
    EventJournal* journal = nullptr;                         ///< a second place of the events
    std::function<std::vector<RunCommand>()> requests = {};  ///< asked about every quarter of a second
  };
  Training(std::filesystem::path workspace, Options options)
      : workspace_(std::move(workspace)), options_(std::move(options)), signals_(options_.stopsOn) {}

  /// Returns an exit code: of the signal that stopped it, or by the run's last state.
  int runToEnd(RunId run, bool resume);
  /// As runToEnd(), of each in this order, in a process that outlives who started it. `ready`: all of them wait for
  /// this process; called before `meet`, which starts the processes that share them.
  int runOwn(std::span<const RunId> runs, bool resume, const std::function<void()>& ready,
             const std::function<std::optional<GroupPlace>()>& meet);
  /// As runToEnd(), of a run that waits in the queue. `ready`: it is reserved.
  int runQueued(RunId run, const std::function<void()>& ready);
  /// Makes a run of each spec with `make` and trains it to its end, then calls `done`. A signal ends the whole sweep.
  /// Returns the worst exit code. Throws Error.
  int runSweep(std::span<const RunSpec> specs, const std::function<RunId(RunStore&, const RunSpec&)>& make,
               const std::function<void(const RunStore&, RunId)>& done);
  /// The signal that asked for a stop; 0: none.
  int stopSignal() const { return signals_.received(); }
  /// Takes runs from the queue until none waits that it takes; with `wait` until a signal comes. `ready`: others know
  /// that it takes runs. A worker for runs of their own that finds an idle one ends at once. Returns the worst exit
  /// code.
  int serve(Serves serves, bool wait, const std::function<void()>& ready);

 private:
  /// Joins the processes that share the runs, before any run waits for its turn. Throws Error.
  void meetOthers();
  int runReserved(RunStore& store, RunId run, JobId job);
  /// Nothing: a signal came, or the job left the queue.
  std::optional<Job> waitForTurn(RunStore& store, const Claimer& claimer);
  /// One look. Nothing also while others write.
  std::optional<Turn> look(RunStore& store, const Claimer& claimer);
  void tellWait(const RunStore& store, const Turn& turn);
  int train(const Job& job);
  void notify();
  void follow(const Job& job);
  /// Carries out requests of other processes for the run: RunStore::ask().
  void obey(RunStore& store, const Job& job);
  void obey(RunCommand command);
  int report(RunId run) const;

  std::filesystem::path workspace_;
  Options options_;
  Terminal terminal_ = Terminal::ofStdout();
  StopSignals signals_;
  std::unique_ptr<Engine> engine_;
  PauseGate gate_;
  std::optional<std::stop_source> stop_;  ///< of the run; a signal requests it, too
  std::mutex mutex_;
  std::condition_variable changed_;
  bool isDone_ = false, isStored_ = false;
  bool toldWait_ = false;
  std::optional<OutputTo> log_;  ///< of the run
};

}  // namespace scanline
