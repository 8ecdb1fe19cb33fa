#include "core/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/base/file_bytes.h"

namespace scanline {

namespace fs = std::filesystem;

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), part_(target_) {
  part_ += ".part";
  descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("cannot be created");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  std::error_code ignored;  // a part that stays behind does no harm: nothing reads it, and the next write replaces it
  fs::remove(part_, ignored);
}

void AtomicFile::fail(const char* what) {
  throw Error(fmt::format("{} {}: {}. Check the folder's permissions and the free space on its disk.", target_.string(),
                          what, std::strerror(errno)));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot be written");
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail("cannot be written to the disk");
  if (::rename(part_.c_str(), target_.c_str()) != 0) fail("cannot be put in place");
  ::close(descriptor_);
  descriptor_ = -1;
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    // Makes the new name survive a power cut; some file systems refuse, and then nothing is lost but that.
    ::fsync(directory);
    ::close(directory);
  }
}

void writeFileAtomically(const fs::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

std::string readFile(const fs::path& file, uint64_t limit) {
  std::error_code error;
  if (fs::is_directory(file, error)) throw Error(fmt::format("{} is a folder, not a file.", file.string()));
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Error(fmt::format("{} cannot be opened: {}.", file.string(), std::strerror(errno)));
  const uint64_t size = fs::file_size(file, error);
  if (error) throw Error(fmt::format("{} cannot be read: {}.", file.string(), error.message()));
  if (size > limit)
    throw Error(fmt::format("{} has {} bytes, more than the {} expected of such a file.", file.string(), size, limit));
  std::string text(size, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(size));
  if (static_cast<uint64_t>(stream.gcount()) != size)
    throw Error(fmt::format("{} changed while it was read. Try again.", file.string()));
  refuseLfsPointer(file, text);
  return text;
}

}  // namespace scanline
