#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

namespace scanline {

/// Seconds that the calling thread was ready to run and had to wait for a core, as the kernel counts them; nullopt
/// where it does not.
std::optional<double> secondsWaited();

/// How long threads of this process were ready to run and had to wait for a core, as the kernel counts it
/// (/proc/self/task/*/schedstat). One thread at a time.
class CoreWaits {
 public:
  /// Starts to count.
  CoreWaits() { (void)sinceLast(); }

  /// Seconds waited for each second that has passed since the last call, summed over all threads that were there then
  /// and waited for at least a twentieth of it. 0 on an idle machine; 0.5 if a thread shares its core with another
  /// program. nullopt where the kernel does not count.
  std::optional<double> sinceLast();

 private:
  std::map<int64_t, int64_t> waited_;  ///< nanoseconds, of each thread
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace scanline
