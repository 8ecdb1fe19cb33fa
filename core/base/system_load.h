#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace scanline {

/// The load of this machine and this process at one moment.
struct SystemLoad {
  double busyShare = 0;    ///< of all cores, by all programs, since the last measuring: 0..1
  double ownCores = 0;     ///< cores that this process kept busy since then
  int64_t ownMemory = 0;   ///< bytes that it has in memory
  int64_t freeMemory = 0;  ///< bytes that programs can still have without swapping, within its control group
};

/// Measures the load from one call to the next, by the kernel's counters (/proc). One thread at a time.
class LoadMeter {
 public:
  /// Starts to count.
  LoadMeter() { (void)measure(); }

  /// nullopt where the kernel does not tell, or where no time has passed since the last call.
  std::optional<SystemLoad> measure();

 private:
  int64_t busyTicks_ = 0, allTicks_ = 0;  ///< of all cores
  double ownSeconds_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace scanline
