#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "core/base/control.h"

namespace scanline {

/// Where a lane waits while its run is paused. close() and open() come from any thread; pass() from the lane.
class PauseGate {
 public:
  void close();
  void open();
  bool isClosed() const;
  /// Waits while closed. False once stop is requested.
  bool pass(std::stop_token stop);
  /// Waits here while this is closed, and stops when `stop` is requested. The gate outlives it.
  Control control(std::stop_token stop);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool closed_ = false;
};

}  // namespace scanline
