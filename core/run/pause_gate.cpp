#include "core/run/pause_gate.h"

namespace scanline {

void PauseGate::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

void PauseGate::open() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = false;
  }
  changed_.notify_all();
}

bool PauseGate::isClosed() const {
  const std::scoped_lock lock(mutex_);
  return closed_;
}

bool PauseGate::pass(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return !closed_; });
  return !stop.stop_requested();
}

Control PauseGate::control(std::stop_token stop) {
  return Control(
      {.mayGoOn = [this, stop] { return pass(stop); }, .stop = stop, .isPaused = [this] { return isClosed(); }});
}

}  // namespace scanline
