#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <vector>

#include "core/store/run_store.h"

namespace scanline {

/// An EventSink that batches: one short transaction every 200 ms, and at once for a change of state, a checkpoint, a
/// probe or a sample set. Lives on the lane's thread with a store of its own.
class RunRecorder {
 public:
  /// `onStored` runs on the lane's thread after each commit: the one notification that crosses to the window.
  RunRecorder(RunStore store, RunId run, std::function<void()> onStored);

  /// Throws Error if the store cannot be written. The events are then kept, and go with the next flush that succeeds.
  void record(const TrainEvent& event);
  void flush();
  /// Hears of all events after they were stored, a transaction's at a time, on the lane's thread. It may record(), and
  /// must not throw. Empty = nobody.
  using Listener = std::function<void(std::span<const TrainEvent>, std::span<const int64_t> timesMs)>;
  void setListener(Listener listener) { listener_ = std::move(listener); }
  RunStore& store() { return store_; }
  /// One of another run, with a store of its own, on the same thread. It calls `alsoOnStored` before the same onStored.
  RunRecorder ofRun(RunId run, std::function<void()> alsoOnStored) const;

 private:
  RunStore store_;
  RunId run_;
  std::function<void()> onStored_;
  Listener listener_;
  std::vector<TrainEvent> waiting_;
  std::vector<int64_t> times_;  ///< when each of them happened, Unix ms
  std::chrono::steady_clock::time_point lastFlush_{};
};

}  // namespace scanline
