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
  DirectoryReader(const std::filesystem::path& file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  Directory find() const {
    const size_t end = findEnd();
    Directory directory{.offset = number<uint32_t>(bytes_, end + 16),
                        .size = number<uint32_t>(bytes_, end + 12),
                        .count = number<uint16_t>(bytes_, end + 10)};
    size_t limit = end;
    if (const auto end64 = findEnd64(end)) {  // where both are there, the longer record is the one to trust
      directory = {.offset = number<uint64_t>(bytes_, *end64 + 48),
                   .size = number<uint64_t>(bytes_, *end64 + 40),
                   .count = number<uint64_t>(bytes_, *end64 + 32)};
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
    std::map<std::string, ZipEntry, std::less<>> entries;
    auto rest = bytes_.subspan(static_cast<size_t>(directory.offset), static_cast<size_t>(directory.size));
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
                            file_.string(), what));
  }

  size_t findEnd() const {
    if (bytes_.size() >= kEndBytes) {
      const size_t last = bytes_.size() - kEndBytes, first = last - std::min(last, kLongestComment);
      for (size_t at = last + 1; at-- > first;)
        if (number<uint32_t>(bytes_, at) == kEnd && number<uint16_t>(bytes_, at + 20) == last - at) return at;
    }
    fail("it has no directory at its end");
  }

  std::optional<size_t> findEnd64(size_t end) const {
    if (end < kLocatorBytes || number<uint32_t>(bytes_, end - kLocatorBytes) != kEnd64Locator) return {};
    const auto at = number<uint64_t>(bytes_, end - kLocatorBytes + 8);
    if (end - kLocatorBytes < kEnd64Bytes || at > end - kLocatorBytes - kEnd64Bytes ||
        number<uint32_t>(bytes_, static_cast<size_t>(at)) != kEnd64)
      fail("its zip64 record is not where it should be");
    return static_cast<size_t>(at);
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

  const std::filesystem::path& file_;
  std::span<const std::byte> bytes_;
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

}  // namespace

ZipFile::ZipFile(std::filesystem::path file) : path_(std::move(file)), mapped_(path_) {
  const DirectoryReader reader(path_, mapped_.bytes());
  const Directory directory = reader.find();
  directoryOffset_ = directory.offset;
  entries_ = reader.entries(directory);
}

const ZipEntry* ZipFile::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

std::span<const std::byte> ZipFile::packed(const ZipEntry& entry) const {
  const auto bytes = mapped_.bytes().first(static_cast<size_t>(directoryOffset_));
  if (entry.headerOffset > bytes.size() || bytes.size() - entry.headerOffset < kLocalBytes)
    failEntry(path_, entry, "begins beyond the file's end");
  const auto header = bytes.subspan(static_cast<size_t>(entry.headerOffset));
  const size_t nameBytes = number<uint16_t>(header, 26),
               before = kLocalBytes + nameBytes + number<uint16_t>(header, 28);
  if (number<uint32_t>(header, 0) != kLocalHeader || before > header.size() ||
      std::string_view(reinterpret_cast<const char*>(header.data()) + kLocalBytes, nameBytes) != entry.name)
    failEntry(path_, entry, "has a header that does not fit the directory");
  if (entry.packedSize > header.size() - before) failEntry(path_, entry, "ends beyond the file's end");
  return header.subspan(before, static_cast<size_t>(entry.packedSize));
}

void ZipFile::checkCrc(const ZipEntry& entry, std::span<const std::byte> content) const {
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  if (crc != entry.crc)
    failEntry(path_, entry, fmt::format("has the checksum {:08x}, and {:08x} was stored with it", crc, entry.crc));
}

std::span<const std::byte> ZipFile::stored(const ZipEntry& entry) const {
  if (entry.deflated)
    throw Error(fmt::format("{}: its entry {} is compressed, which such files never are. Get the original file.",
                            path_.string(), entry.name));
  const auto content = packed(entry);
  checkCrc(entry, content);
  return content;
}

std::vector<std::byte> ZipFile::read(const ZipEntry& entry, uint64_t limit) const {
  if (entry.size > limit)
    throw Error(fmt::format("{}: its entry {} has {} bytes; at most {} were expected.", path_.string(), entry.name,
                            entry.size, limit));
  const auto bytes = packed(entry);
  if (!entry.deflated) {
    checkCrc(entry, bytes);
    return {bytes.begin(), bytes.end()};
  }
  std::vector<std::byte> content(static_cast<size_t>(entry.size));
  if (!inflateAll(bytes, content)) failEntry(path_, entry, "cannot be unpacked");
  checkCrc(entry, content);
  return content;
}

}  // namespace scanline
