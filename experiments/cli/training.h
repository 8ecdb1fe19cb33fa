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
#include "core/store/run_store.h"
#include "experiments/cli/stop_signals.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// Runs that are trained in this process, one after the other, on a thread of their own, while the caller's thread
/// shows how they go on. They do not go through the queue: a person who types `train` means now, whether or not runs
/// wait in the window.
class Training {
 public:
  Training(std::filesystem::path workspace, bool quiet) : workspace_(std::move(workspace)), quiet_(quiet) {}

  /// Returns an exit code: of the signal that stopped it, or by the run's last state.
  int runToEnd(RunId run, bool resume);
  /// Makes a run of each spec with `make` and trains it to its end, then calls `done`. A signal ends the whole sweep.
  /// Returns the worst exit code. Throws Error.
  int runSweep(std::span<const RunSpec> specs, const std::function<RunId(RunStore&, const RunSpec&)>& make,
               const std::function<void(const RunStore&, RunId)>& done);

 private:
  void notify();
  void follow(RunId run);
  /// Carries out requests of other processes for the run: RunStore::ask().
  void obey(RunStore& store, RunId run);
  int report(RunId run) const;

  std::filesystem::path workspace_;
  bool quiet_;
  Terminal terminal_ = Terminal::ofStdout();
  StopSignals signals_;
  std::unique_ptr<Engine> engine_;
  PauseGate gate_;
  std::optional<std::stop_source> stop_;  ///< of the run; a signal requests it, too
  std::mutex mutex_;
  std::condition_variable changed_;
  bool isDone_ = false, isStored_ = false;
};

}  // namespace scanline
