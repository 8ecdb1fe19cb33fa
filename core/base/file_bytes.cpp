#include "core/base/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/base/lfs_pointer.h"

namespace scanline {

FileBytes::FileBytes(std::filesystem::path file) : path_(std::move(file)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const auto fail = [&](std::string_view what) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw Error(fmt::format("{} {}.", path_.string(), what));
  };
  struct stat status {};
  if (descriptor_ < 0) fail(fmt::format("cannot be opened: {}", std::strerror(errno)));
  if (::fstat(descriptor_, &status) != 0) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) fail("is not a plain file");
  size_ = static_cast<uint64_t>(status.st_size);
  try {
    std::array<char, 64> head{};
    const auto count = std::min<uint64_t>(size_, head.size());
    read(0, std::as_writable_bytes(std::span(head)).first(static_cast<size_t>(count)));
    refuseLfsPointer(path_, {head.data(), static_cast<size_t>(count)});
  } catch (const Error&) {
    ::close(descriptor_);
    throw;
  }
}

FileBytes::~FileBytes() {
  ::close(descriptor_);
}

void FileBytes::read(uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t count = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(fmt::format("{} cannot be read: {}.", path_.string(), std::strerror(errno)));
    if (count == 0)
      throw Error(fmt::format(
          "{} ends at byte {}, before {} more that belong to it. It was cut off or changed while it was read; get it again.",
          path_.string(), offset, into.size()));
    offset += static_cast<uint64_t>(count);
    into = into.subspan(static_cast<size_t>(count));
  }
}

std::vector<std::byte> FileBytes::read(uint64_t offset, uint64_t count) const {
  if (offset > size_ || count > size_ - offset)
    throw Error(fmt::format("{} has {} bytes, and {} from byte {} on belong to it. It is cut off; get it again.",
                            path_.string(), size_, count, offset));
  std::vector<std::byte> bytes(static_cast<size_t>(count));
  read(offset, bytes);
  return bytes;
}

void refuseLfsPointer(const std::filesystem::path& file, std::string_view head) {
  if (!head.starts_with("version https://git-lfs.github.com/spec/") &&
      !head.starts_with("version https://hawser.github.com/spec/"))
    return;
  throw LfsPointerError(fmt::format(
      "{} is a Git LFS pointer: a text that stands in for a large file which was not downloaded. Get the file itself with `git lfs pull` in its folder.",
      file.string()));
}

}  // namespace scanline
