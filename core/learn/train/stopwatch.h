#pragma once

#include <chrono>

#include "core/base/control.h"

namespace scanline {

/// Seconds of work, without the time for which a paused run waited.
class Stopwatch {
 public:
  /// `control` with its waits left out. Both outlive the result.
  Control without(const Control& control) {
    return control.within({.mayGoOn = [this, &control] {
      const auto before = Clock::now();
      control.check();
      begin_ += Clock::now() - before;
      return true;
    }});
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace scanline
