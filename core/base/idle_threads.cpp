#include "core/base/idle_threads.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/base/core_waits.h"

namespace scanline {

bool setSpinCount() {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return false;
  setenv("GOMP_SPINCOUNT", CoreWaits().sinceLast() ? "30000" : "3000", /*overwrite=*/0);
  return true;
}

void restartWithSpinCount(char** argv) {
  if (!setSpinCount()) return;
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) execv(self.c_str(), argv);  // returns only if it fails, and then all still works, slower
}

}  // namespace scanline
