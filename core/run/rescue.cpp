#include "core/run/rescue.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/user_folders.h"

namespace scanline {

namespace fs = std::filesystem;

std::vector<fs::path> rescueFolders(const fs::path& runFolder) {
  const fs::path name = runFolder.filename();
  std::vector<fs::path> folders;
  try {
    folders.push_back(userCacheFolder() / "rescued" / name);
  } catch (const Error&) {
    // Nobody's home: the next one has to do.
  }
  std::error_code error;
  if (const fs::path temporary = fs::temp_directory_path(error); !error)
    folders.push_back(temporary / fmt::format("scanline-{}", ::geteuid()) / "rescued" / name);
  return folders;
}

bool makeRescueFolder(const fs::path& folder) {
  const fs::path ours = folder.parent_path().parent_path();
  std::error_code error;
  fs::create_directories(ours.parent_path(), error);
  ::mkdir(ours.c_str(), 0700);
  // Everybody may write to the folder for temporary files, so another user could have put a link there.
  struct stat above {
  }, own{};
  if (::stat(ours.parent_path().c_str(), &above) != 0 || ::lstat(ours.c_str(), &own) != 0) return false;
  if ((above.st_mode & S_IWOTH) != 0 && (!S_ISDIR(own.st_mode) || own.st_uid != ::geteuid())) return false;
  fs::create_directories(folder, error);
  return !error;
}

}  // namespace scanline
