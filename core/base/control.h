#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace scanline {

/// Ends work that was asked to stop. It is no Error: nothing failed, and there is no sentence to show.
class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "Stopped."; }
};

/// Pauses and stops work, and takes its reports of progress. The starter of the work makes it; the work checks it.
/// Passed as `const Control&`; copies share their state. All members: any thread. Once it has stopped it stays so.
class Control {
 public:
  struct Functions {
    /// Waits while the work is paused; false stops it. Empty: as the outer Control says, else it goes on.
    std::function<bool()> mayGoOn = {};
    /// Takes the progress: `done` of `total`, in a unit of the work's own; total 0: not known. Empty: the outer
    /// Control's report, else none.
    std::function<void(int64_t done, int64_t total)> report = {};
    std::stop_token stop = {};
    /// Whether mayGoOn waits at present; any thread, and it throws nothing. Empty: as the outer Control says, else
    /// never.
    std::function<bool()> isPaused = {};
    /// mayGoOn and report are called on this thread alone, and a call on another one only sees whether the work was
    /// stopped. Without it they are called on any thread, one call at a time. They may throw, Stopped too, and they do
    /// not call this Control.
    std::optional<std::thread::id> thread = {};
  };

  /// Never stops, and reports nothing.
  Control() = default;
  /// Stops when `stop` is requested.
  Control(std::stop_token stop) : Control(Functions{.stop = std::move(stop)}) {}  // NOLINT: it is one
  explicit Control(Functions functions);
  /// For a part of the work: stops where this one does, or `functions` do.
  Control within(Functions functions) const;

  /// Waits while the work is paused. Throws Stopped, and the exceptions of the functions.
  void check() const;
  /// Reports, then as check().
  void report(int64_t done, int64_t total) const;
  /// Both ask without waiting.
  bool isStopped() const;
  bool isPaused() const;

 private:
  struct State;
  template <class Member>
  State* nearest(Member member) const;

  std::shared_ptr<State> state_;  ///< null: the default one
};

/// Counts work that several threads do together, and reports the sum.
class ProgressCounter {
 public:
  /// `control` outlives this.
  ProgressCounter(const Control& control, int64_t total) : control_(control), total_(total) {}

  /// Any thread. While one waits here because the work is paused, so do the others. Throws as Control::report() does.
  void add(int64_t count) {
    const std::scoped_lock lock(mutex_);
    done_ += count;
    control_.report(done_, total_);
  }

 private:
  const Control& control_;
  std::mutex mutex_;
  int64_t done_ = 0;
  int64_t total_;
};

}  // namespace scanline
