#pragma once

#include <fmt/format.h>
#include <stdlib.h>  // NOLINT: mkdtemp is POSIX's

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/passing_error.h"

namespace scanline {

/// A folder for temporary files, of this user alone; it goes with the object.
class ScratchFolder {
 public:
  /// Its name begins with `prefix`. Throws Error if none can be made.
  explicit ScratchFolder(std::string_view prefix) {
    const std::filesystem::path parent = std::filesystem::temp_directory_path();
    std::string name = (parent / fmt::format("{}-XXXXXX", prefix)).string();
    if (::mkdtemp(name.data()) == nullptr)
      throwSystemError(errno, fmt::format("No folder can be made in {}: {}. Set TMPDIR to one that can be written.",
                                          parent.string(), std::strerror(errno)));
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;  // what stays behind lies in a folder for such files
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace scanline
