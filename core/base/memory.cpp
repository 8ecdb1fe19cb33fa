#include "core/base/memory.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <new>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace scanline {

int64_t memoryLimit() {
  int64_t limit = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  // Within a container these are its own; version 2 of control groups, then version 1. "max" or a missing file: no
  // limit.
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (int64_t bytes = 0; std::ifstream(file) >> bytes && bytes > 0) limit = std::min(limit, bytes);
  return limit;
}

int64_t memoryUse() {
  int64_t used = 0;
  for (const char* file : {"/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes"})
    if (std::ifstream(file) >> used) break;
  // Files that were read stay in memory for as long as there is room.
  int64_t idleFiles = 0;
  for (const char* file : {"/sys/fs/cgroup/memory.stat", "/sys/fs/cgroup/memory/memory.stat"}) {
    std::ifstream lines(file);
    std::string name;
    for (int64_t bytes = 0; lines >> name >> bytes;)
      if (name == "inactive_file") idleFiles = bytes;
  }
  return std::max<int64_t>(0, used - idleFiles);
}

bool isOutOfMemory(const std::exception& failure) {
  if (dynamic_cast<const Error*>(&failure) != nullptr) return false;
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) return true;
  // LibTorch has a type of its own for GPUs alone, and none for memory that cuBLAS and cuDNN could not get.
  const std::string_view what = failure.what();
  return std::ranges::any_of(std::array<std::string_view, 3>{"can't allocate memory", "out of memory", "ALLOC_FAILED"},
                             [&](std::string_view text) { return what.find(text) != std::string_view::npos; });
}

}  // namespace scanline
