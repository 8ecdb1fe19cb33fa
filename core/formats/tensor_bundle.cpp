#include "core/formats/tensor_bundle.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "core/base/crc32c.h"
#include "core/base/error.h"
#include "core/formats/protobuf.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr size_t kFooter = 48, kMagic = 8, kTrailer = 5;  // LevelDB, doc/table_format.md
constexpr uint64_t kTableMagic = 0xdb4775248b80fb57;
constexpr int64_t kMostElements = int64_t{1} << 40;

template <class T>
T numberAt(std::span<const std::byte> bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// tensorflow/core/framework/types.proto
std::optional<Dtype> dtypeOf(uint64_t number) {
  switch (number) {
    case 1:
      return Dtype::F32;
    case 2:
      return Dtype::F64;
    case 3:
      return Dtype::I32;
    case 9:
      return Dtype::I64;
    case 14:
      return Dtype::BF16;
    case 19:
      return Dtype::F16;
    default:
      return std::nullopt;
  }
}

}  // namespace

/// The keys and values of a table without compression.
class TensorBundle::Table {
 public:
  Table(std::span<const std::byte> file, std::string source) : file_(file), source_(std::move(source)) {
    if (file_.size() < kFooter || numberAt<uint64_t>(file_, file_.size() - kMagic) != kTableMagic)
      fail("it does not end as the index of a TensorFlow checkpoint does; it is cut off, or another kind of file");
    std::span<const std::byte> footer = file_.subspan(file_.size() - kFooter, kFooter - kMagic);
    takeHandle(footer);  // of the meta index, which checkpoints do not use
    for (const auto& [key, handle] : entries(block(footer))) {
      std::span<const std::byte> place = handle;
      for (auto& entry : entries(block(place))) all_.push_back(std::move(entry));
    }
  }

  using Pair = std::pair<std::string, std::span<const std::byte>>;
  const std::vector<Pair>& all() const { return all_; }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw Error(fmt::format("{}: {}.", source_, what)); }

  uint64_t takeVarint(std::span<const std::byte>& from) const {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (from.empty()) break;
      const auto byte = std::to_integer<uint64_t>(from[0]);
      from = from.subspan(1);
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80U) return value;
    }
    fail("a number in it has no end; the file is damaged");
  }

  std::pair<uint64_t, uint64_t> takeHandle(std::span<const std::byte>& from) const {
    const uint64_t offset = takeVarint(from), size = takeVarint(from);
    return {offset, size};
  }

  /// Content of the block that the handle names, its checksum verified.
  std::span<const std::byte> block(std::span<const std::byte>& handle) const {
    const auto [offset, size] = takeHandle(handle);
    if (offset > file_.size() || size > file_.size() - offset || file_.size() - offset - size < kTrailer)
      fail("a block lies outside of the file; it is damaged");
    const auto content = file_.subspan(static_cast<size_t>(offset), static_cast<size_t>(size));
    const auto end = static_cast<size_t>(offset + size);
    if (unmaskCrc32c(numberAt<uint32_t>(file_, end + 1)) !=
        crc32c(file_.subspan(static_cast<size_t>(offset), content.size() + 1)))
      fail("the checksum of a block is wrong; the file is damaged");
    if (file_[end] != std::byte{0}) fail("a block is compressed, which checkpoints of TensorFlow are not");
    return content;
  }

  std::vector<Pair> entries(std::span<const std::byte> content) const {
    if (content.size() < 4) fail("a block is too short; the file is damaged");
    const uint64_t restarts = numberAt<uint32_t>(content, content.size() - 4);
    if (restarts > (content.size() - 4) / 4) fail("a block has more restart points than bytes; the file is damaged");
    auto rest = content.first(content.size() - 4 - static_cast<size_t>(restarts) * 4);
    std::vector<Pair> found;
    std::string key;
    while (!rest.empty()) {
      const uint64_t shared = takeVarint(rest), added = takeVarint(rest), length = takeVarint(rest);
      if (shared > key.size() || added > rest.size() || length > rest.size() - added)
        fail("an entry reaches beyond its block; the file is damaged");
      key.resize(static_cast<size_t>(shared));
      key.append(reinterpret_cast<const char*>(rest.data()), static_cast<size_t>(added));
      found.emplace_back(key, rest.subspan(static_cast<size_t>(added), static_cast<size_t>(length)));
      rest = rest.subspan(static_cast<size_t>(added + length));
    }
    return found;
  }

  std::span<const std::byte> file_;
  std::string source_;
  std::vector<Pair> all_;
};

TensorBundle::TensorBundle(fs::path index) : path_(std::move(index)) {
  const FileBytes file(path_);
  constexpr uint64_t kLargestIndex = 256 << 20;
  if (file.size() > kLargestIndex)
    throw Error(fmt::format("{} has {} bytes; the index of a checkpoint has at most {}.", path_.string(), file.size(),
                            kLargestIndex));
  const auto bytes = file.read(0, file.size());
  const Table table(bytes, path_.string());
  if (table.all().empty() || !table.all().front().first.empty())
    throw Error(
        fmt::format("{} does not begin with the header of a checkpoint; it is another kind of table.", path_.string()));
  readHeader(table.all().front().second);
  for (const auto& [name, value] : table.all()) {
    if (name.empty()) continue;
    if (entries_.contains(name)) fail(name, "is there twice");
    readEntry(name, value);
  }
  if (entries_.empty()) throw Error(fmt::format("{} lists no variables.", path_.string()));
}

void TensorBundle::fail(std::string_view name, std::string_view what) const {
  throw Error(fmt::format("{}: tensor {} {}.", path_.string(), name, what));
}

void TensorBundle::readHeader(std::span<const std::byte> value) {
  const std::string source = path_.string();
  ProtobufReader header(value, source);
  bool bigEndian = false;
  while (header.next()) {
    if (header.field() == 1) shards_ = header.asInt64();
    if (header.field() == 2) bigEndian = header.asUint64() != 0;
  }
  constexpr int64_t kMostShards = 99'999;  // file names have five digits
  if (shards_ < 1 || shards_ > kMostShards)
    throw Error(fmt::format("{}: its header counts {} data files; expected 1 to {}.", source, shards_, kMostShards));
  if (bigEndian)
    throw Error(fmt::format("{} was written on a big-endian machine, which Scanline does not read.", source));
}

void TensorBundle::readEntry(const std::string& name, std::span<const std::byte> value) {
  const std::string source = fmt::format("{}: the entry of {}", path_.string(), name);
  ProtobufReader reader(value, source);
  Entry entry;
  bool hasShape = true;
  while (reader.next()) {
    switch (reader.field()) {
      case 1:
        entry.dtype = dtypeOf(reader.asUint64());
        break;
      case 2:
        for (ProtobufReader shape = reader.asMessage(); shape.next();) {
          if (shape.field() == 3 && shape.asUint64() != 0) hasShape = false;
          if (shape.field() != 2) continue;
          int64_t size = 0;  // protocol buffers leave zeros out
          for (ProtobufReader dim = shape.asMessage(); dim.next();) {
            if (dim.field() == 1) size = dim.asInt64();
          }
          entry.shape.push_back(size);
        }
        break;
      case 3:
        entry.shard = reader.asInt64();
        break;
      case 4:
        entry.offset = reader.asInt64();
        break;
      case 5:
        entry.size = reader.asInt64();
        break;
      case 6:
        entry.checksum = reader.asFixed32();
        break;
      case 7:
        fail(name, "is stored in slices, which Scanline does not put together; save it whole");
      default:
        break;
    }
  }
  if (!hasShape) fail(name, "has a shape of unknown rank");
  if (entry.dtype) place(name, entry);
  entries_.emplace(name, std::move(entry));
}

/// Checks where a tensor lies, and opens its data file.
void TensorBundle::place(const std::string& name, const Entry& entry) {
  int64_t count = 1;
  for (const int64_t size : entry.shape) {
    if (size < 0 || (size > 0 && count > kMostElements / size))
      fail(name, "has an impossible shape " + shapeText(entry.shape));
    count *= size;
  }
  if (entry.size != count * dtypeBytes(*entry.dtype))
    fail(name, fmt::format("has {} bytes, and its shape {} of {} needs {}", entry.size, shapeText(entry.shape),
                           dtypeName(*entry.dtype), count * dtypeBytes(*entry.dtype)));
  if (entry.shard < 0 || entry.shard >= shards_)
    fail(name, fmt::format("lies in data file {}, and there are {}", entry.shard, shards_));
  auto& file = data_[entry.shard];
  if (!file) {
    fs::path data = path_;
    file =
        std::make_unique<FileBytes>(data.replace_extension(fmt::format("data-{:05}-of-{:05}", entry.shard, shards_)));
  }
  const auto length = static_cast<int64_t>(file->size());
  if (entry.offset < 0 || entry.offset > length || entry.size > length - entry.offset)
    fail(name, fmt::format("lies beyond the end of its data file ({} bytes at {} of {}); the file is cut off",
                           entry.size, entry.offset, length));
}

std::vector<std::byte> TensorBundle::bytesOf(std::string_view name, const Entry& entry) const {
  auto bytes = data_.at(entry.shard)->read(static_cast<uint64_t>(entry.offset), static_cast<uint64_t>(entry.size));
  if (unmaskCrc32c(entry.checksum) != crc32c(bytes)) fail(name, "has a wrong checksum; its data file is damaged");
  return bytes;
}

std::vector<std::string> TensorBundle::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

std::span<const int64_t> TensorBundle::shape(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) failMissing(name);
  return found->second.shape;
}

std::vector<float> TensorBundle::floats(std::string_view name, std::span<const int64_t> shape) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) failMissing(name);
  const Entry& entry = found->second;
  requireShape(name, entry.shape, shape);
  if (!entry.dtype) fail(name, "holds no floating point numbers");
  return toFloats(name, {*entry.dtype, entry.shape, bytesOf(name, entry)});
}

std::optional<int64_t> TensorBundle::integer(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.dtype != Dtype::I64 || found->second.size != 8) return std::nullopt;
  return numberAt<int64_t>(bytesOf(name, found->second), 0);
}

}  // namespace scanline
