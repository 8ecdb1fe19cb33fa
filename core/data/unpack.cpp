#include "core/data/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kMostEntries = 100'000;

/// A folder for files that are not yet checked; removed with the object.
class Quarantine {
 public:
  explicit Quarantine(const fs::path& folder) : path_(folder / fmt::format(".unpacking-{}", ::getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Quarantine() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class Unpacker {
 public:
  Unpacker(const fs::path& archive, int64_t mostBytes, const Control& control)
      : archive_(archive),
        mostBytes_(mostBytes),
        control_(control),
        size_(static_cast<int64_t>(fs::file_size(archive))) {
    archive_read_support_filter_all(reader_.get());
    archive_read_support_format_tar(reader_.get());
    archive_read_support_format_zip(reader_.get());
    if (archive_read_open_filename(reader_.get(), archive.c_str(), 1 << 18) != ARCHIVE_OK) failRead();
  }

  void unpackTo(const fs::path& folder) {
    archive_entry* entry = nullptr;
    for (int64_t entries = 0;; ++entries) {
      const int code = archive_read_next_header(reader_.get(), &entry);
      if (code == ARCHIVE_EOF) return;
      if (code != ARCHIVE_OK) failRead();
      if (entries == kMostEntries) refuse(fmt::format("holds more than {} files", kMostEntries));
      unpack(entry, folder);
    }
  }

 private:
  [[noreturn]] void failRead() const {
    const char* reason = archive_error_string(reader_.get());
    throw Error(fmt::format("{} cannot be unpacked: {}. It is damaged or no archive; fetch it again.",
                            archive_.string(), reason ? reason : "it is cut off"));
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(
        fmt::format("{} {}, which the data set's archive does not. It is not unpacked.", archive_.string(), what));
  }

  /// The entry's name as a path below the folder.
  fs::path placeOf(archive_entry* entry) const {
    const char* name = archive_entry_pathname_utf8(entry);
    if (!name) name = archive_entry_pathname(entry);
    const fs::path path = name ? fs::path(name).lexically_normal() : fs::path();
    if (path.empty() || path.is_absolute()) refuse(fmt::format("holds the path \"{}\"", name ? name : ""));
    for (const fs::path& part : path)
      if (part == "..") refuse(fmt::format("holds the path \"{}\", which leads out of the folder", name));
    return path;
  }

  void unpack(archive_entry* entry, const fs::path& folder) {
    const fs::path place = placeOf(entry);
    const auto type = archive_entry_filetype(entry);
    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry) || (type != AE_IFREG && type != AE_IFDIR))
      refuse(fmt::format("holds \"{}\", a link or a device", place.string()));
    if (type == AE_IFDIR) {
      fs::create_directories(folder / place);
      return;
    }
    const fs::path file = folder / place;
    fs::create_directories(file.parent_path());
    std::error_code error;
    if (fs::exists(file, error)) refuse(fmt::format("holds \"{}\" twice", place.string()));
    std::ofstream stream(file, std::ios::binary);
    const void* bytes = nullptr;
    size_t count = 0;
    la_int64_t at = 0;
    int64_t end = 0;
    int code = ARCHIVE_OK;
    while ((code = archive_read_data_block(reader_.get(), &bytes, &count, &at)) == ARCHIVE_OK) {
      if (at != end) refuse(fmt::format("holds \"{}\" with holes", place.string()));
      unpacked_ += static_cast<int64_t>(count);
      if (unpacked_ > mostBytes_) refuse(fmt::format("unpacks to more than {} bytes", mostBytes_));
      stream.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
      if (!stream) throw Error(fmt::format("{} cannot be written. The disk may be full.", file.string()));
      end += static_cast<int64_t>(count);
      control_.report(archive_filter_bytes(reader_.get(), -1), size_);
    }
    stream.close();
    if (!stream) throw Error(fmt::format("{} cannot be written. The disk may be full.", file.string()));
    if (code != ARCHIVE_EOF) failRead();
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) != end) failRead();
  }

  const fs::path& archive_;
  int64_t mostBytes_;
  const Control& control_;
  int64_t size_;
  int64_t unpacked_ = 0;
  std::unique_ptr<archive, int (*)(archive*)> reader_{archive_read_new(), archive_read_free};
};

/// Moves the files of `from` into `to`, folder by folder, and replaces those of the same name.
void moveInto(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (entry.is_directory() && fs::is_directory(target))
      moveInto(entry.path(), target);
    else
      fs::rename(entry.path(), target);
  }
}

}  // namespace

void unpackArchive(const fs::path& archive, const fs::path& folder, int64_t mostBytes, const Control& control) {
  try {
    fs::create_directories(folder);
    const Quarantine quarantine(folder);
    Unpacker(archive, mostBytes, control).unpackTo(quarantine.path());
    moveInto(quarantine.path(), folder);
  } catch (const fs::filesystem_error& error) {
    throw Error(
        fmt::format("{} cannot be unpacked into {}: {}.", archive.string(), folder.string(), error.code().message()));
  }
}

}  // namespace scanline
