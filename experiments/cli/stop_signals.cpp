#include "experiments/cli/stop_signals.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace scanline {

StopSignals::StopSignals(StopsOn stopsOn) : stopsOn_(stopsOn) {
  sigemptyset(&signals_);
  if (stopsOn == StopsOn::Cluster) sigaddset(&signals_, SIGUSR1);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    // nohup and shells in the background have it ignored, and that is to last.
    if (action.sa_handler != SIG_IGN) sigaddset(&signals_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  waiter_ = std::jthread([this](const std::stop_token& end) { wait(end); });
}

StopSignals::~StopSignals() {
  waiter_.request_stop();
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::wait(const std::stop_token& end) {
  using Clock = std::chrono::steady_clock;
  constexpr timespec kPoll{0, 100'000'000};
  constexpr std::chrono::milliseconds kOnePress{500};  // timeout(1) signals the program and then its whole group
  Clock::time_point first;
  while (!end.stop_requested()) {
    const int signal = sigtimedwait(&signals_, nullptr, &kPoll);
    if (signal <= 0) continue;
    if (received_ != 0 && stopsOn_ == StopsOn::Cluster) {
      if (received_ == SIGUSR1) received_ = signal;  // a stop that a person asked for counts more than the time
    } else if (received_ != 0) {
      if (Clock::now() - first < kOnePress) continue;
      std::_Exit(128 + signal);
    } else {
      received_ = signal;
    }
    first = Clock::now();
    stop_.request_stop();
  }
}

}  // namespace scanline
