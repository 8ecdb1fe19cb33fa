#pragma once

#include <QApplication>
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <algorithm>
#include <functional>
#include <limits>
#include <utility>
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

/// Does `round` until it is without a block of more than `aboveMs` once, at most six times: what the window itself does
/// comes again in every round, and a disk or the host below it does not. The blocks of the best round.
inline int fewestBlocks(double aboveMs, const std::function<void()>& round) {
  constexpr int kRounds = 6;
  int fewest = std::numeric_limits<int>::max();
  for (int i = 0; i < kRounds && fewest > 0; ++i) {
    const StallWatchdog watchdog;
    round();
    fewest = std::min(fewest, watchdog.blocks(aboveMs));
    qInfo("longest block of the UI thread: %.1f ms", watchdog.longestMs());
  }
  return fewest;
}

/// Tells which event took longest, so that a block has a name.
class WatchedApplication : public QApplication {
 public:
  using QApplication::QApplication;

  bool notify(QObject* receiver, QEvent* event) override {
    if (depth_ > 0) return QApplication::notify(receiver, event);  // a part of another one
    const QString name = QStringLiteral("event %1 of %2 %3")
                             .arg(int(event->type()))
                             .arg(QString::fromLatin1(receiver->metaObject()->className()), receiver->objectName());
    QElapsedTimer clock;
    clock.start();
    ++depth_;
    const bool done = QApplication::notify(receiver, event);
    --depth_;
    const double took = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    if (took > longest_) {
      longest_ = took;
      name_ = name;
    }
    return done;
  }
  /// Since the last call.
  QString longestEvent() {
    return QStringLiteral("%1 ms, %2").arg(std::exchange(longest_, 0), 0, 'f', 1).arg(std::exchange(name_, QString()));
  }

 private:
  double longest_ = 0;
  QString name_;
  int depth_ = 0;
};

}  // namespace scanline
