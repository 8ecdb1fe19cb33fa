#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace scanline {

/// A file of our own, mapped read-only into memory. Immutable; any thread. Ours are replaced by rename (AtomicFile),
/// never rewritten or cut in place, so that the mapped bytes do not change while they are read. Files of other programs
/// are read by FileBytes: one that is cut while it is mapped ends the program.
class MappedFile {
 public:
  /// Throws Error if the file cannot be opened or mapped. An empty file gives no bytes.
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace scanline
