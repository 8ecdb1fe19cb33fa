#include "core/base/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace scanline {

int64_t memoryLimit() {
  int64_t limit = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  // Within a container these are its own; version 2 of control groups, then version 1. "max" or a missing file: no
  // limit.
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (int64_t bytes = 0; std::ifstream(file) >> bytes && bytes > 0) limit = std::min(limit, bytes);
  return limit;
}

}  // namespace scanline
