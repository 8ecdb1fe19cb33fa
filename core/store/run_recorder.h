#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/passing_error.h"
#include "core/store/run_store.h"

namespace scanline {

/// Takes all that is recorded of a run a second time, in order, on the lane's thread: the events of a transaction after
/// it, and each point from which the run goes on. It must not throw, and may wait.
class EventJournal {
 public:
  virtual ~EventJournal() = default;
  virtual void write(std::span<const TrainEvent> events, std::span<const int64_t> timesMs) = 0;
  /// What was recorded after `step` no longer holds; -1: nothing holds.
  virtual void goBackTo(int64_t step) = 0;
};

/// An EventSink that batches: one short transaction every 200 ms, and at once for a change of state, a checkpoint, a
/// probe or a sample set. A store that cannot be written for a reason that may pass delays no run: the events wait in
/// memory, in order, and the write is tried again at intervals, for a twentieth of the time at most. Stays on the
/// lane's thread with a store of its own.
class RunRecorder {
 public:
  /// `onStored` runs on the lane's thread after each commit: the one notification that crosses to the window.
  /// `onTrouble` hears a sentence each time that a disk takes no more, or that the end of a run has to wait for a store
  /// in use: events that cannot be stored cannot be seen there. May be empty.
  RunRecorder(RunStore store, RunId run, std::function<void()> onStored,
              std::function<void(std::string)> onTrouble = {});

  /// Throws Error if the store cannot be written for a reason that will not pass. The events are kept even then, and go
  /// with the next flush that succeeds.
  void record(const TrainEvent& event);
  /// Stores waiting events, if the store can be written now. True if nothing waits any more. Throws as record() does.
  bool flush();
  /// flush() until nothing waits. `mayWait` is asked about every 50 ms; once it says no: false. It is told how long
  /// the store has been in the way. Throws as record() and `mayWait` do.
  bool settle(const std::function<bool(std::chrono::milliseconds waited)>& mayWait);
  /// Why the disk takes nothing: a sentence. Nothing while all is well, or while the store is only in use.
  const std::optional<std::string>& obstacle() const { return obstacle_; }
  /// Passes a sentence to `onTrouble`.
  void tellTrouble(const std::string& sentence) const;
  /// Waiting events, in order, with the times: valid until the next call.
  std::span<const TrainEvent> waiting() const { return waiting_; }
  std::span<const int64_t> waitingTimesMs() const { return times_; }
  /// Waiting events; they are then the caller's.
  std::pair<std::vector<TrainEvent>, std::vector<int64_t>> takeWaiting();

  /// Hears of all events after they were stored, a transaction's at a time, on the lane's thread. It may record(), and
  /// must not throw. Empty = nobody.
  using Listener = std::function<void(std::span<const TrainEvent>, std::span<const int64_t> timesMs)>;
  void setListener(Listener listener) { listener_ = std::move(listener); }
  /// A second place of the events; none for recorders ofRun(). Outlives this.
  void setJournal(EventJournal* journal) { journal_ = journal; }
  /// The run goes on from an earlier step (RunStore::truncateAfter), after all that waits was stored if it can be.
  void goBackTo(int64_t step);
  RunStore& store() { return store_; }
  /// One of another run, with a store of its own, on the same thread. It calls `alsoOnStored` before the same onStored.
  RunRecorder ofRun(RunId run, std::function<void()> alsoOnStored) const;

 private:
  using Clock = std::chrono::steady_clock;

  bool flush(std::chrono::milliseconds patience);
  void storeAll(std::span<const TrainEvent> events, std::span<const int64_t> times, size_t& done);
  void noteTrouble(const PassingError& problem, Clock::time_point started);

  RunStore store_;
  RunId run_;
  std::function<void()> onStored_;
  std::function<void(std::string)> onTrouble_;
  Listener listener_;
  EventJournal* journal_ = nullptr;
  std::vector<TrainEvent> waiting_;
  std::vector<int64_t> times_;  ///< when each of them happened, Unix ms
  bool isFlushing_ = false;     ///< a listener that records must not begin another one
  Clock::time_point lastFlush_{}, nextTry_{};
  std::optional<Clock::time_point> blockedSince_;
  bool warned_ = false;  ///< of this block, in the log
  std::optional<std::string> obstacle_;
};

}  // namespace scanline
