#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <algorithm>
#include <vector>

#include "core/base/core_waits.h"

namespace scanline {

/// Watches the UI thread: times between two ticks of a timer, without the time that other programs took of the
/// processor.
class StallWatchdog : public QObject {
 public:
  StallWatchdog() {
    clock_.start();
    waited_ = 1e3 * secondsWaited().value_or(0);
    timer_.callOnTimeout(this, [this] { tick(); });
    timer_.start(5);
  }
  double longestMs() const { return longest_; }
  /// Times above so many milliseconds.
  int blocks(double aboveMs) const {
    return static_cast<int>(std::ranges::count_if(long_, [aboveMs](double ms) { return ms > aboveMs; }));
  }

 private:
  void tick() {
    const double waited = 1e3 * secondsWaited().value_or(0);
    const double took = static_cast<double>(clock_.nsecsElapsed()) / 1e6 - (waited - waited_);
    longest_ = std::max(longest_, took);
    if (took > 20) long_.push_back(took);
    waited_ = waited;
    clock_.start();
  }
  QTimer timer_;
  QElapsedTimer clock_;
  double waited_ = 0, longest_ = 0;
  std::vector<double> long_;
};

}  // namespace scanline
