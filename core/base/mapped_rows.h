#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/base/mapped_file.h"

namespace scanline {

/// Some records of a file of records of one size, in an order of their own, read where they lie. A value; any thread.
class MappedRows {
 public:
  MappedRows() = default;
  /// The records begin `offset` bytes into the file; each of `rows` is within it.
  MappedRows(std::shared_ptr<const MappedFile> file, size_t offset, size_t recordBytes, std::vector<uint32_t> rows)
      : file_(std::move(file)), offset_(offset), recordBytes_(recordBytes), rows_(std::move(rows)) {}

  /// Whether there is no file: the records then lie in memory.
  bool isNone() const { return !file_; }
  /// The file that holds the rows. Only unless isNone().
  const MappedFile& file() const { return *file_; }
  int64_t count() const { return std::ssize(rows_); }
  std::span<const uint32_t> rows() const { return rows_; }
  std::span<const std::byte> row(int64_t index) const {
    return file_->bytes().subspan(offset_ + rows_[static_cast<size_t>(index)] * recordBytes_, recordBytes_);
  }
  /// The rows at these places.
  MappedRows chosen(std::span<const int64_t> places) const {
    MappedRows out(file_, offset_, recordBytes_, {});
    out.rows_.reserve(places.size());
    for (const int64_t place : places) out.rows_.push_back(rows_[static_cast<size_t>(place)]);
    return out;
  }
  /// The rows of `more`, which are of the same file, after these.
  void append(const MappedRows& more) {
    assert(file_ == more.file_);
    rows_.insert(rows_.end(), more.rows_.begin(), more.rows_.end());
  }

 private:
  // Shared, because training, validation and test images lie in one file, and whichever goes last unmaps it.
  std::shared_ptr<const MappedFile> file_;
  size_t offset_ = 0;
  size_t recordBytes_ = 0;
  std::vector<uint32_t> rows_;
};

}  // namespace scanline
