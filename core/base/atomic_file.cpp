#include "core/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <mutex>
#include <set>
#include <vector>

#include "core/base/error.h"
#include "core/base/file_bytes.h"
#include "core/base/passing_error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPartBegin = ".scanline-", kPartEnd = ".part";
constexpr size_t kUnique = 6;  // as mkostemps wants them

/// A part whose writer died: no process holds its lock, and it is old enough that none is just about to take it.
bool isStale(const fs::path& part) {
  struct stat info {};
  constexpr time_t kHour = 3600;
  if (::lstat(part.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_mtime > std::time(nullptr) - kHour)
    return false;
  const int file = ::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;
  const bool isFree = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  return isFree;
}

void removeStaleParts(const fs::path& folder) {
  static std::mutex mutex;
  static std::set<fs::path> swept;
  {
    const std::scoped_lock lock(mutex);
    if (!swept.insert(folder).second) return;  // once a process: folders may hold thousands of files
  }
  std::error_code error;  // a folder that cannot be listed keeps its parts
  std::vector<fs::path> stale;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.size() == kPartBegin.size() + kUnique + kPartEnd.size() && name.starts_with(kPartBegin) &&
        name.ends_with(kPartEnd) && isStale(at->path()))
      stale.push_back(at->path());
  }
  for (const fs::path& part : stale) fs::remove(part, error);
}

fs::path folderOf(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

mode_t creationMask() {
  // There is no call that only asks; the file of the kernel does not change it for the other threads meanwhile.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Umask:")) return static_cast<mode_t>(std::strtoul(line.c_str() + 6, nullptr, 8));
  return 022;
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  removeStaleParts(folderOf(target_));
  std::string name = (folderOf(target_) / kPartBegin).string() + std::string(kUnique, 'X') + std::string(kPartEnd);
  descriptor_ = ::mkostemps(name.data(), static_cast<int>(kPartEnd.size()), O_CLOEXEC);
  if (descriptor_ < 0) fail("cannot be created");
  part_ = name;
  ::flock(descriptor_, LOCK_EX | LOCK_NB);  // tells it from a part that a crash left behind
  static const mode_t mask = creationMask();
  ::fchmod(descriptor_, 0644 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  std::error_code ignored;  // a part that stays behind does no harm: nothing reads it
  fs::remove(part_, ignored);
}

void AtomicFile::fail(const char* what) const {
  const int reason = errno;
  throwSystemError(reason, fmt::format("{} {}: {}. Check the folder's permissions and the free space on its disk.",
                                       target_.string(), what, std::strerror(reason)));
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
  const fs::path folder = folderOf(target_);
  if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    // Makes the new name survive a power cut; some file systems refuse, and then nothing is lost but that.
    ::fsync(directory);
    ::close(directory);
  }
}

void writeFileAtomically(const fs::path& target, std::string_view text) {
  withRetries([&] {
    AtomicFile file(target);
    file.write(text);
    file.commit();
  });
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
