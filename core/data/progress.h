#pragma once

#include <cstdint>
#include <mutex>

#include "core/base/error.h"
#include "core/data/dataset.h"

namespace scanline {

/// Counts work done on several threads and passes it on to a Progress, one call at a time.
class ProgressCounter {
 public:
  /// `progress` outlives this; it may be empty.
  ProgressCounter(const Progress& progress, int64_t total) : progress_(progress), total_(total) {}

  /// Any thread. Throws Error("Stopped.") when the Progress asks for it.
  void add(int64_t count) {
    if (!progress_) return;
    const std::scoped_lock lock(mutex_);
    done_ += count;
    if (!progress_(done_, total_)) throw Error("Stopped.");
  }

 private:
  const Progress& progress_;
  std::mutex mutex_;
  int64_t done_ = 0;
  int64_t total_;
};

}  // namespace scanline
