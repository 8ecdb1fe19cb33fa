#include "core/base/idle_threads.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace scanline {

void restartWithSleepingThreads(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  setenv("GOMP_SPINCOUNT", "1000", /*overwrite=*/0);  // some 20 microseconds
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) execv(self.c_str(), argv);  // returns only if it fails, and then all still works, slower
}

}  // namespace scanline
