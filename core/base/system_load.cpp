#include "core/base/system_load.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "core/base/clock.h"
#include "core/base/memory.h"

namespace scanline {

namespace {

struct Ticks {
  int64_t busy = 0, all = 0;
};

/// Since the machine was started; the first line of /proc/stat. Time that the machine's host took is not busy time of
/// this machine, and it is none that was left.
std::optional<Ticks> readTicks() {
  std::ifstream file("/proc/stat");
  std::string name;
  int64_t user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softIrq = 0;
  if (!(file >> name >> user >> nice >> system >> idle >> waiting >> irq >> softIrq) || name != "cpu")
    return std::nullopt;
  const int64_t busy = user + nice + system + irq + softIrq;
  return Ticks{busy, busy + idle + waiting};
}

std::optional<int64_t> readOwnMemory() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;
  if (!(file >> all >> resident)) return std::nullopt;
  return resident * sysconf(_SC_PAGESIZE);
}

std::optional<int64_t> readFreeMemory() {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  for (int64_t kilobytes = 0; file >> name >> kilobytes;) {
    if (name == "MemAvailable:") {
      const int64_t inGroup = memoryLimit() - memoryUse();
      return std::max<int64_t>(0, std::min(kilobytes * 1024, inGroup));
    }
    std::getline(file, unit);
  }
  return std::nullopt;
}

}  // namespace

std::optional<SystemLoad> LoadMeter::measure() {
  const auto now = std::chrono::steady_clock::now();
  const auto ticks = readTicks();
  const auto memory = readOwnMemory(), free = readFreeMemory();
  const double seconds = cpuSeconds(), passed = std::chrono::duration<double>(now - last_).count();
  if (!ticks || !memory || !free) return std::nullopt;

  const int64_t busy = ticks->busy - busyTicks_, all = ticks->all - allTicks_;
  const SystemLoad load{
      .busyShare = all > 0 ? std::clamp(static_cast<double>(busy) / static_cast<double>(all), 0., 1.) : 0,
      .ownCores = passed > 0 ? (seconds - ownSeconds_) / passed : 0,
      .ownMemory = *memory,
      .freeMemory = *free};
  if (all <= 0) return std::nullopt;  // the counters have not moved: asked again later
  busyTicks_ = ticks->busy;
  allTicks_ = ticks->all;
  ownSeconds_ = seconds;
  last_ = now;
  return load;
}

}  // namespace scanline
