#include "core/base/core_waits.h"

#include <charconv>
#include <filesystem>
#include <fstream>

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr double kNoise = 0.05;  ///< share of the time that any thread waits now and then

/// The second of the file's three numbers; nullopt if the thread has ended, or the kernel counts nothing.
std::optional<int64_t> nanosecondsWaited(const fs::path& task) {
  std::ifstream file(task / "schedstat");
  int64_t ran = 0, waited = 0;
  if (!(file >> ran >> waited)) return std::nullopt;
  return waited;
}

}  // namespace

std::optional<double> secondsWaited() {
  const auto nanoseconds = nanosecondsWaited("/proc/thread-self");
  if (!nanoseconds) return std::nullopt;
  return 1e-9 * static_cast<double>(*nanoseconds);
}

std::optional<double> CoreWaits::sinceLast() {
  const auto now = std::chrono::steady_clock::now();
  const double passed = std::chrono::duration<double>(now - last_).count();
  std::map<int64_t, int64_t> waited;
  double sum = 0;
  std::error_code error;
  for (fs::directory_iterator task("/proc/self/task", error), end; !error && task != end; task.increment(error)) {
    const auto name = task->path().filename().string();
    int64_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    const auto nanoseconds = nanosecondsWaited(task->path());
    if (!nanoseconds) continue;
    waited[thread] = *nanoseconds;
    const auto before = waited_.find(thread);
    if (before == waited_.end()) continue;
    const double share = 1e-9 * static_cast<double>(*nanoseconds - before->second) / passed;
    if (share >= kNoise) sum += share;
  }
  last_ = now;
  waited_ = std::move(waited);
  if (waited_.empty()) return std::nullopt;
  return sum;
}

}  // namespace scanline
