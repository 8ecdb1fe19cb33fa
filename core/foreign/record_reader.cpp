#include "core/foreign/record_reader.h"

#include <algorithm>
#include <cstring>

#include "core/base/crc32c.h"

namespace scanline {

namespace {

constexpr size_t kHeader = sizeof(uint64_t) + sizeof(uint32_t), kFooter = sizeof(uint32_t);

template <class T>
T load(std::span<const std::byte> bytes, size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::optional<std::span<const std::byte>> RecordReader::next() {
  if (left() == 0) return std::nullopt;
  if (left() < kHeader) return stop("it ends within the length of a record", true);
  const auto header = take(kHeader);
  const auto length = load<uint64_t>(header, 0);
  if (load<uint32_t>(header, sizeof length) != maskedCrc32c(crc32c(header.first(sizeof length))))
    return stop("the checksum of a record's length is wrong");
  if (left() < kFooter || length > left() - kFooter) return stop("it ends within a record", true);
  const auto record = take(length + kFooter);
  const auto data = record.first(static_cast<size_t>(length));
  if (load<uint32_t>(record, data.size()) != maskedCrc32c(crc32c(data)))
    return stop("the checksum of a record is wrong");
  ++count_;
  end_ = begin_ + at_;
  return data;
}

std::span<const std::byte> RecordReader::take(uint64_t count) {
  constexpr uint64_t kBlock = 1 << 20;
  if (count > block_.size() - at_) {
    begin_ += at_;
    at_ = 0;
    block_ = file_.read(begin_, std::max(count, std::min(kBlock, file_.size() - begin_)));
  }
  at_ += static_cast<size_t>(count);
  return std::span(block_).subspan(at_ - static_cast<size_t>(count), static_cast<size_t>(count));
}

std::nullopt_t RecordReader::stop(const char* what, bool torn) {
  damage_ = what;
  torn_ = torn;
  begin_ = file_.size();
  at_ = 0;
  block_.clear();
  return std::nullopt;
}

}  // namespace scanline
