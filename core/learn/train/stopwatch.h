#pragma once

#include <chrono>

#include "core/run/trainer.h"

namespace scanline {

/// Seconds of work, without the time for which keepGoing let a paused run wait.
class Stopwatch {
 public:
  /// Asks `keepGoing`, which outlives the result.
  Trainer::KeepGoing without(const Trainer::KeepGoing& keepGoing) {
    return [this, &keepGoing] {
      const auto before = Clock::now();
      const bool on = keepGoing();
      begin_ += Clock::now() - before;
      return on;
    };
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace scanline
