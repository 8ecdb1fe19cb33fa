#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace scanline {

/// A file of another program, open for reading at any place. If the file changes meanwhile, a read still gives bytes or
/// throws; reading beyond the cut end of a file that is mapped into memory would end the program. Any thread.
class FileBytes {
 public:
  /// Throws Error if the file cannot be opened, is no plain file, or is a Git LFS pointer.
  explicit FileBytes(std::filesystem::path file);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }  ///< when it was opened

  /// Fills `into` with the bytes from `offset` on. Throws Error if they are not there, or no longer.
  void read(uint64_t offset, std::span<std::byte> into) const;
  /// The same, new. Nothing is allocated unless size() says that they are there.
  std::vector<std::byte> read(uint64_t offset, uint64_t count) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

/// Throws Error, with the command that gets the file, if `head`, how a file begins, is the text that Git LFS puts in a
/// large file's place.
void refuseLfsPointer(const std::filesystem::path& file, std::string_view head);

}  // namespace scanline
