#include "core/base/user_folders.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// Empty if there is none.
std::string homeFolder() {
  if (const char* home = std::getenv("HOME"); home && fs::path(home).is_absolute()) return home;
  const passwd* user = getpwuid(geteuid());
  return user ? user->pw_dir : "";
}

/// The specification of XDG tells to ignore relative values.
fs::path xdgFolder(const char* variable, const char* otherwise) {
  if (const char* folder = std::getenv(variable); folder && fs::path(folder).is_absolute())
    return fs::path(folder) / "scanline";
  const std::string home = homeFolder();
  if (home.empty()) throw Error(fmt::format("There is no home folder to keep files in. Set HOME or {}.", variable));
  return fs::path(home) / otherwise / "scanline";
}

}  // namespace

fs::path userDataFolder() {
  return xdgFolder("XDG_DATA_HOME", ".local/share");
}
fs::path userCacheFolder() {
  return xdgFolder("XDG_CACHE_HOME", ".cache");
}

std::string expandHome(std::string_view path) {
  if (!path.starts_with('~')) return std::string(path);
  const size_t end = std::min(path.find('/'), path.size());
  const std::string name(path.substr(1, end - 1));
  std::string home;
  if (name.empty()) {
    home = homeFolder();
  } else if (const passwd* user = getpwnam(name.c_str())) {
    home = user->pw_dir;
  }
  return home.empty() ? std::string(path) : home + std::string(path.substr(end));
}

}  // namespace scanline
