#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace scanline {

/// A file that is read from front to back, through gzip if its content, not its name, shows that. Sizes read from it
/// are compared with the largest possible ones before memory is allocated. One thread at a time.
class GzFile {
 public:
  /// Throws Error if the file cannot be opened.
  explicit GzFile(std::filesystem::path file);
  ~GzFile();

  /// Fills `bytes`. Throws Error when the file ends before or the gzip stream is damaged.
  void read(std::span<std::byte> bytes);
  /// As many bytes as come, at most `limit`. Throws Error if there are more.
  std::string readAll(size_t limit);
  /// Throws Error unless `bytes` more can come out of a file of this size (gzip shrinks by 1032 at best).
  void ensureHolds(uint64_t bytes) const;
  /// Whether nothing is left to read.
  bool atEnd();

 private:
  size_t readSome(std::span<std::byte> bytes);

  struct Handle;
  std::filesystem::path file_;
  uint64_t size_ = 0;  ///< on disk
  std::unique_ptr<Handle> handle_;
};

}  // namespace scanline
