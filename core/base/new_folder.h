#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace scanline {

/// `name` as a file of its own on every file system: "a/b: c?" becomes "a_b_ c_". Never empty, hidden, "." or "..", and
/// at most 120 bytes of whole UTF-8 characters, so that a number and an ending still fit.
std::string safeFileName(std::string_view name);

/// A folder that did not exist before: nothing that is written into it can replace an older file.
class NewFolder {
 public:
  /// Makes `parent`/safeFileName(name), or, where something of that name exists, the first of "name 2", "name 3" and so
  /// on that does not. `parent` is made on demand. Two processes never get the same folder. Throws Error.
  NewFolder(const std::filesystem::path& parent, std::string_view name);
  /// Removes the folder if it is empty: an export that failed at once leaves nothing behind.
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace scanline
