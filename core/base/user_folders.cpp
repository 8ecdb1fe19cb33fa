#include "core/base/user_folders.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// The specification of XDG tells to ignore relative values.
fs::path xdgFolder(const char* variable, const char* otherwise) {
  if (const char* folder = std::getenv(variable); folder && fs::path(folder).is_absolute())
    return fs::path(folder) / "scanline";
  const char* home = std::getenv("HOME");
  if (!home || !fs::path(home).is_absolute()) {
    const passwd* user = getpwuid(geteuid());
    home = user ? user->pw_dir : nullptr;
  }
  if (!home) throw Error(fmt::format("There is no home folder to keep files in. Set HOME or {}.", variable));
  return fs::path(home) / otherwise / "scanline";
}

}  // namespace

fs::path userDataFolder() {
  return xdgFolder("XDG_DATA_HOME", ".local/share");
}
fs::path userCacheFolder() {
  return xdgFolder("XDG_CACHE_HOME", ".cache");
}

}  // namespace scanline
