#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace scanline {

/// Which signals stop: those of a terminal; or also SIGUSR1, by which a cluster says that the time of a job is nearly
/// over. On a cluster no signal ends the program at once, as those of one stop come several times.
enum class StopsOn { Terminal, Cluster };

/// While it lives, Ctrl+C (and SIGTERM, and a closed terminal) asks for a stop instead of ending the program; a second
/// one, later than half a second, ends it at once. Make it before any other thread, so that no other thread is
/// interrupted. One at a time.
class StopSignals {
 public:
  explicit StopSignals(StopsOn stopsOn = StopsOn::Terminal);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  /// The signal that came; 0 = none yet. SIGUSR1 only as long as no other has come. Any thread.
  int received() const { return received_; }

 private:
  void wait(const std::stop_token& end);

  StopsOn stopsOn_;
  sigset_t signals_{};
  sigset_t before_{};
  std::atomic<int> received_ = 0;
  std::stop_source stop_;
  std::jthread waiter_;  // last: it uses all of the above
};

}  // namespace scanline
