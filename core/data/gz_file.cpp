#include "core/data/gz_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/base/file_bytes.h"

namespace scanline {

struct GzFile::Handle {
  gzFile file = nullptr;

  ~Handle() { gzclose(file); }
};

GzFile::GzFile(std::filesystem::path file) : file_(std::move(file)), handle_(std::make_unique<Handle>()) {
  std::error_code error;
  if (std::filesystem::is_directory(file_, error))
    throw Error(fmt::format("{} is a folder, not a file.", file_.string()));
  errno = 0;
  const FileBytes checked(file_);  // no Git LFS pointer
  handle_->file = gzopen(file_.c_str(), "rb");
  if (!handle_->file)
    throw Error(
        fmt::format("{} cannot be opened: {}.", file_.string(), errno ? std::strerror(errno) : "out of memory"));
  size_ = std::filesystem::file_size(file_, error);
  if (error) throw Error(fmt::format("{} cannot be read: {}.", file_.string(), error.message()));
}

GzFile::~GzFile() = default;

size_t GzFile::readSome(std::span<std::byte> bytes) {
  constexpr size_t kMost = 1 << 30;  // zlib counts in int
  size_t done = 0;
  while (done < bytes.size()) {
    const size_t wanted = std::min(kMost, bytes.size() - done);
    const int count = gzread(handle_->file, bytes.data() + done, static_cast<unsigned>(wanted));
    int code = Z_OK;
    const char* reason = gzerror(handle_->file, &code);
    if (count < 0 || (code != Z_OK && code != Z_STREAM_END))
      throw Error(fmt::format("{} is damaged or cut off: {}. It is probably a partial download; fetch it again.",
                              file_.string(), code == Z_ERRNO ? std::strerror(errno) : reason));
    done += static_cast<size_t>(count);
    if (static_cast<size_t>(count) < wanted) break;
  }
  return done;
}

void GzFile::read(std::span<std::byte> bytes) {
  const size_t count = readSome(bytes);
  if (count < bytes.size())
    throw Error(fmt::format("{} ends {} bytes too early. It is probably a partial download; fetch it again.",
                            file_.string(), bytes.size() - count));
}

std::string GzFile::readAll(size_t limit) {
  constexpr size_t kStep = 1 << 16;
  std::string text;
  for (size_t count = kStep; count == kStep;) {
    const size_t before = text.size();
    text.resize(before + kStep);
    count = readSome(std::as_writable_bytes(std::span(text).subspan(before)));
    text.resize(before + count);
    if (text.size() > limit)
      throw Error(fmt::format("{} holds more than the {} bytes expected of such a file.", file_.string(), limit));
  }
  return text;
}

void GzFile::ensureHolds(uint64_t bytes) const {
  const bool packed = gzdirect(handle_->file) == 0;
  const uint64_t most = packed ? size_ * 1032 : size_;
  if (bytes > most)
    throw Error(fmt::format(
        "{} has {} bytes, but its header declares {} bytes of data. It is damaged or cut off; fetch it again.",
        file_.string(), size_, bytes));
}

bool GzFile::atEnd() {
  std::byte next{};
  return readSome(std::span(&next, 1)) == 0;
}

}  // namespace scanline
