#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace scanline {

/// A file that appears whole or not at all: written beside the target to ".scanline-XXXXXX.part", a name of its own, so
/// that several writers of one target never mix; synced, and renamed onto the target by commit(). Destruction without
/// commit() removes the part. Parts that a crash left behind are removed by the first write to their folder that comes
/// an hour or more later. One thread at a time.
class AtomicFile {
 public:
  /// Throws Error if the part cannot be created (read-only folder, no such folder), PassingError if that may pass.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error that names the file and the reason ("No space left on device"), PassingError if that may pass.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// fsync, rename, fsync of the folder. Throws as write() does; the target is then unchanged. After that a new
  /// AtomicFile has to be written from the beginning: a second fsync would not write the bytes that a failed one lost.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path target_;
  std::filesystem::path part_;
  int descriptor_ = -1;
};

/// Writes all of `text` to `target`, or nothing. A disk that fails once is asked again. Throws as AtomicFile does.
void writeFileAtomically(const std::filesystem::path& target, std::string_view text);

/// The whole content of a file of at most `limit` bytes. Throws Error if it cannot be read or is larger.
std::string readFile(const std::filesystem::path& file, uint64_t limit);

}  // namespace scanline
