#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/file_bytes.h"

namespace scanline {

/// The records of a file (TFRecord): length, its checksum, data, their checksum. A block of the file is in memory, or
/// one record if that is longer. Throws Error where the file cannot be read.
class RecordReader {
 public:
  /// From `start` on, where a record begins.
  explicit RecordReader(const std::filesystem::path& file, uint64_t start = 0)
      : file_(file), begin_(start), end_(start) {}

  /// The next record, until the next call; nullopt at the end, or at damage, which damage() then tells.
  std::optional<std::span<const std::byte>> next();

  const std::string& damage() const { return damage_; }
  bool isTorn() const { return torn_; }  ///< the damage is that the file ends too early, as one that is being written
  uint64_t end() const { return end_; }  ///< where the last whole record ends
  uint64_t size() const { return file_.size(); }
  int64_t count() const { return count_; }  ///< records read

 private:
  uint64_t left() const { return file_.size() - begin_ - at_; }
  /// The next bytes, which are there, from a block of many records.
  std::span<const std::byte> take(uint64_t count);
  std::nullopt_t stop(const char* what, bool torn = false);

  FileBytes file_;
  uint64_t begin_;  ///< where in the file block_ begins
  uint64_t end_;
  bool torn_ = false;
  size_t at_ = 0;  ///< in block_: the place of the next byte
  std::vector<std::byte> block_;
  std::string damage_;
  int64_t count_ = 0;
};

}  // namespace scanline
