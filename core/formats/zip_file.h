#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file_bytes.h"

namespace scanline {

/// An entry as the archive's directory describes it. Its name is a key, never a path: nothing is unpacked to disk.
struct ZipEntry {
  std::string name;
  uint64_t size = 0;          ///< bytes of the content
  uint64_t packedSize = 0;    ///< bytes in the file
  bool deflated = false;      ///< else stored as it is
  uint32_t crc = 0;           ///< CRC-32 of the content; 0 = not computed, as torch.save leaves it if told so
  uint64_t headerOffset = 0;  ///< of the entry's own header, in the file
};

/// A zip archive, zip64 included, open for reading. Opening reads the directory only. Immutable after construction; any
/// thread. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
class ZipFile {
 public:
  /// Throws Error that names the file unless the whole directory is sound: within the file, each entry stored or
  /// deflated and not encrypted, no name twice, no size that cannot come out of so many packed bytes.
  explicit ZipFile(std::filesystem::path file);

  const std::filesystem::path& path() const { return file_.path(); }
  const FileBytes& file() const { return file_; }
  const std::map<std::string, ZipEntry, std::less<>>& entries() const { return entries_; }
  /// Null if there is none of this name.
  const ZipEntry* find(std::string_view name) const;

  /// Where in file() the content of an entry that is stored begins, after it was checked against its CRC-32. Throws
  /// Error if it is deflated or damaged.
  uint64_t stored(const ZipEntry& entry) const;
  /// The content of any entry, checked against its CRC-32. Throws Error if it is larger than `limit` bytes (said before
  /// any is unpacked) or damaged.
  std::vector<std::byte> read(const ZipEntry& entry, uint64_t limit) const;

 private:
  /// Where the packed bytes begin.
  uint64_t packed(const ZipEntry& entry) const;
  void checkCrc(const ZipEntry& entry, uint32_t crc) const;

  FileBytes file_;
  uint64_t directoryOffset_ = 0;  ///< contents lie before it
  std::map<std::string, ZipEntry, std::less<>> entries_;
};

}  // namespace scanline
