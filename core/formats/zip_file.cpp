#include "core/formats/zip_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "core/base/error.h"

namespace scanline {

namespace {

static_assert(std::endian::native == std::endian::little, "zip files are read without a change of byte order");

constexpr uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                   kEnd64Locator = 0x07064b50;
constexpr size_t kLocalBytes = 30, kEntryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr size_t kLongestComment = 65535;
constexpr uint64_t kLargestDirectory = 256 << 20;
constexpr uint16_t kZip64Extra = 1;
constexpr uint64_t kMostPerByte = 1032;  // deflate shrinks no further

/// Reads little-endian numbers at places that were checked to lie within `bytes`.
template <class T>
T number(std::span<const std::byte> bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Where the directory lies.
struct Directory {
  uint64_t offset = 0, size = 0, count = 0;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(const FileBytes& file)
      : file_(file),
        tailBegin_(file.size() - std::min<uint64_t>(file.size(), kLocatorBytes + kEndBytes + kLongestComment)),
        tail_(file.read(tailBegin_, file.size() - tailBegin_)) {}

  Directory find() const {
    const size_t end = findEnd();
    Directory directory{.offset = number<uint32_t>(tail_, end + 16),
                        .size = number<uint32_t>(tail_, end + 12),
                        .count = number<uint16_t>(tail_, end + 10)};
    uint64_t limit = tailBegin_ + end;
    if (const auto end64 = findEnd64(end)) {  // where both are there, the longer record is the one to trust
      const auto record = file_.read(*end64, kEnd64Bytes);
      if (number<uint32_t>(record, 0) != kEnd64) fail("its zip64 record is not where it should be");
      directory = {.offset = number<uint64_t>(record, 48),
                   .size = number<uint64_t>(record, 40),
                   .count = number<uint64_t>(record, 32)};
      limit = *end64;
    }
    if (directory.offset > limit || directory.size > limit - directory.offset)
      fail(fmt::format("its directory is said to be bytes {} to {}+{}, beyond the file's end", directory.offset,
                       directory.offset, directory.size));
    if (directory.count > directory.size / kEntryBytes)
      fail(fmt::format("it declares {} entries in a directory of {} bytes", directory.count, directory.size));
    return directory;
  }

  std::map<std::string, ZipEntry, std::less<>> entries(const Directory& directory) const {
    if (directory.size > kLargestDirectory)
      fail(fmt::format("its directory has {} bytes, and at most {} are read", directory.size, kLargestDirectory));
    std::map<std::string, ZipEntry, std::less<>> entries;
    const auto bytes = file_.read(directory.offset, directory.size);
    std::span<const std::byte> rest(bytes);
    for (uint64_t i = 0; i < directory.count; ++i) {
      ZipEntry entry = next(rest);
      const std::string name = entry.name;
      if (!entries.emplace(name, std::move(entry)).second) fail(fmt::format("its entry {} is there twice", name));
    }
    return entries;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{} is not a sound zip archive: {}. It is damaged or cut off; get it again.",
                            file_.path().string(), what));
  }

  size_t findEnd() const {
    if (tail_.size() >= kEndBytes) {
      const size_t last = tail_.size() - kEndBytes, first = last - std::min(last, kLongestComment);
      for (size_t at = last + 1; at-- > first;)
        if (number<uint32_t>(tail_, at) == kEnd && number<uint16_t>(tail_, at + 20) == last - at) return at;
    }
    fail("it has no directory at its end");
  }

  std::optional<uint64_t> findEnd64(size_t end) const {
    if (end < kLocatorBytes || number<uint32_t>(tail_, end - kLocatorBytes) != kEnd64Locator) return {};
    const auto at = number<uint64_t>(tail_, end - kLocatorBytes + 8), locator = tailBegin_ + end - kLocatorBytes;
    if (locator < kEnd64Bytes || at > locator - kEnd64Bytes) fail("its zip64 record is not where it should be");
    return at;
  }

  /// The directory's first entry, which is taken off `rest`.
  ZipEntry next(std::span<const std::byte>& rest) const {
    if (rest.size() < kEntryBytes || number<uint32_t>(rest, 0) != kDirectoryEntry) fail("its directory is damaged");
    const size_t nameBytes = number<uint16_t>(rest, 28), extraBytes = number<uint16_t>(rest, 30),
                 commentBytes = number<uint16_t>(rest, 32);
    if (nameBytes + extraBytes + commentBytes > rest.size() - kEntryBytes) fail("its directory is damaged");
    ZipEntry entry{.name = {reinterpret_cast<const char*>(rest.data()) + kEntryBytes, nameBytes},
                   .size = number<uint32_t>(rest, 24),
                   .packedSize = number<uint32_t>(rest, 20),
                   .crc = number<uint32_t>(rest, 16),
                   .headerOffset = number<uint32_t>(rest, 42)};
    readZip64(rest.subspan(kEntryBytes + nameBytes, extraBytes), entry);
    if (number<uint16_t>(rest, 8) & 1) fail(fmt::format("its entry {} is encrypted", entry.name));
    const auto method = number<uint16_t>(rest, 10);
    if (method != 0 && method != Z_DEFLATED)
      fail(fmt::format("its entry {} is compressed by method {}, and only deflate is read", entry.name, method));
    entry.deflated = method == Z_DEFLATED;
    const bool isPossible =
        entry.deflated ? entry.size / kMostPerByte <= entry.packedSize : entry.size == entry.packedSize;
    if (!isPossible)
      fail(fmt::format("its entry {} declares {} bytes in {} packed ones", entry.name, entry.size, entry.packedSize));
    rest = rest.subspan(kEntryBytes + nameBytes + extraBytes + commentBytes);
    return entry;
  }

  /// Numbers of the entry that did not fit into 32 bits stand in its extra field, in this order.
  void readZip64(std::span<const std::byte> extra, ZipEntry& entry) const {
    while (extra.size() >= 4) {
      const size_t size = number<uint16_t>(extra, 2);
      if (size > extra.size() - 4) fail("its directory is damaged");
      if (number<uint16_t>(extra, 0) == kZip64Extra) {
        auto field = extra.subspan(4, size);
        for (uint64_t* value : {&entry.size, &entry.packedSize, &entry.headerOffset}) {
          if (*value != UINT32_MAX) continue;
          if (field.size() < 8) fail("its directory is damaged");
          *value = number<uint64_t>(field, 0);
          field = field.subspan(8);
        }
        return;
      }
      extra = extra.subspan(4 + size);
    }
  }

  const FileBytes& file_;
  uint64_t tailBegin_;           ///< where in the file tail_ lies
  std::vector<std::byte> tail_;  ///< the end of the file, as far as the end records may reach
};

[[noreturn]] void failEntry(const std::filesystem::path& file, const ZipEntry& entry, std::string_view what) {
  throw Error(fmt::format("{}: its entry {} {}. The file is damaged; get it again.", file.string(), entry.name, what));
}

/// Exactly content.size() bytes come out of `packed`, or it is damaged.
bool inflateAll(std::span<const std::byte> packed, std::span<std::byte> content) {
  constexpr size_t kStep = 1 << 30;  // zlib counts in 32 bits
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  struct Closer {
    z_stream& stream;
    ~Closer() { inflateEnd(&stream); }
  } const closer{stream};
  std::byte nothing{};  // zlib wants a place to write to even when nothing is left to come
  size_t in = 0, out = 0;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    const size_t inStep = std::min(kStep, packed.size() - in), outStep = std::min(kStep, content.size() - out);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + in));
    stream.avail_in = static_cast<uInt>(inStep);
    stream.next_out = reinterpret_cast<Bytef*>(outStep ? content.data() + out : &nothing);
    stream.avail_out = static_cast<uInt>(outStep);
    code = inflate(&stream, Z_NO_FLUSH);
    const size_t taken = inStep - stream.avail_in, given = outStep - stream.avail_out;
    in += taken;
    out += given;
    if ((code != Z_OK && code != Z_STREAM_END) || (code == Z_OK && taken + given == 0)) return false;
  }
  return in == packed.size() && out == content.size();
}

uint32_t crcOf(std::span<const std::byte> bytes, uint32_t before = 0) {
  return static_cast<uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

ZipFile::ZipFile(std::filesystem::path file) : file_(std::move(file)) {
  const DirectoryReader reader(file_);
  const Directory directory = reader.find();
  directoryOffset_ = directory.offset;
  entries_ = reader.entries(directory);
}

const ZipEntry* ZipFile::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

uint64_t ZipFile::packed(const ZipEntry& entry) const {
  if (entry.headerOffset > directoryOffset_ || directoryOffset_ - entry.headerOffset < kLocalBytes)
    failEntry(path(), entry, "begins beyond the file's end");
  const auto header =
      file_.read(entry.headerOffset, std::min(kLocalBytes + entry.name.size(), directoryOffset_ - entry.headerOffset));
  const size_t nameBytes = number<uint16_t>(header, 26);
  const uint64_t before = kLocalBytes + nameBytes + number<uint16_t>(header, 28),
                 room = directoryOffset_ - entry.headerOffset;
  if (number<uint32_t>(header, 0) != kLocalHeader || before > room || nameBytes != entry.name.size() ||
      std::string_view(reinterpret_cast<const char*>(header.data()) + kLocalBytes, nameBytes) != entry.name)
    failEntry(path(), entry, "has a header that does not fit the directory");
  if (entry.packedSize > room - before) failEntry(path(), entry, "ends beyond the file's end");
  return entry.headerOffset + before;
}

void ZipFile::checkCrc(const ZipEntry& entry, uint32_t crc) const {
  if (entry.crc != 0 && crc != entry.crc)
    failEntry(path(), entry, fmt::format("has the checksum {:08x}, and {:08x} was stored with it", crc, entry.crc));
}

uint64_t ZipFile::stored(const ZipEntry& entry) const {
  if (entry.deflated)
    throw Error(fmt::format("{}: its entry {} is compressed, which such files never are. Get the original file.",
                            path().string(), entry.name));
  const uint64_t begin = packed(entry);
  constexpr uint64_t kBlock = 1 << 20;
  std::vector<std::byte> block(static_cast<size_t>(std::min(entry.size, kBlock)));
  uint32_t crc = 0;
  for (uint64_t at = 0; at < entry.size && entry.crc != 0; at += block.size()) {
    block.resize(static_cast<size_t>(std::min(kBlock, entry.size - at)));
    file_.read(begin + at, block);
    crc = crcOf(block, crc);
  }
  checkCrc(entry, crc);
  return begin;
}

std::vector<std::byte> ZipFile::read(const ZipEntry& entry, uint64_t limit) const {
  if (entry.size > limit)
    throw Error(fmt::format("{}: its entry {} has {} bytes; at most {} were expected.", path().string(), entry.name,
                            entry.size, limit));
  auto content = file_.read(packed(entry), entry.packedSize);
  if (entry.deflated) {
    std::vector<std::byte> inflated(static_cast<size_t>(entry.size));
    if (!inflateAll(content, inflated)) failEntry(path(), entry, "cannot be unpacked");
    content = std::move(inflated);
  }
  checkCrc(entry, crcOf(content));
  return content;
}

}  // namespace scanline
