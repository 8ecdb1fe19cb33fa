#include "app/worker_program.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

fs::path workerProgram() {
  constexpr auto kName = "scanline-cli";
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& place : {folder, folder / "../bin"})
    if (fs::path file = (place / kName).lexically_normal(); fs::exists(file, error)) return file;
  throw Error(fmt::format(
      "{} is not in {}, so no run can get a process of its own. Install it there, or start the run in the window.",
      kName, folder.string()));
}

}  // namespace scanline
