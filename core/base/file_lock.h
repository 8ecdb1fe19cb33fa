#pragma once

#include <filesystem>

namespace scanline {

/// An advisory lock on a file, which is made, for as long as this lives and is held. Does not wait.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  bool isHeld() const { return isHeld_; }
  /// Another process holds it. False also where the disk knows no locks.
  bool isTaken() const { return isTaken_; }

 private:
  int descriptor_;
  bool isHeld_ = false, isTaken_ = false;
};

}  // namespace scanline
