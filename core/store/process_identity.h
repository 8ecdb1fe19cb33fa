#pragma once

#include <cstdint>
#include <string>

namespace scanline {

/// Names one process for ever: a pid alone is used again after a while, and start times begin anew at every boot.
struct ProcessIdentity {
  int64_t pid = 0;
  int64_t startTicks = 0;  ///< field 22 of /proc/<pid>/stat: clock ticks since boot
  std::string bootId;      ///< /proc/sys/kernel/random/boot_id

  bool operator==(const ProcessIdentity&) const = default;
};

/// The calling process.
ProcessIdentity thisProcess();

/// Whether that very process still runs. A zombie counts as dead: it will never write again.
bool isAlive(const ProcessIdentity& process);

}  // namespace scanline
