#include "core/store/workspace_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "core/base/passing_error.h"

namespace scanline {

using namespace std::chrono_literals;

WorkspaceLock::WorkspaceLock(const std::filesystem::path& workspace) : file_(workspace / "lock") {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ >= 0) return;
  const int reason = errno;
  throwSystemError(
      reason, fmt::format("The workspace {} cannot be written: {}: {}. Check its permissions, or choose another one.",
                          workspace.string(), file_.filename().string(), std::strerror(reason)));
}

WorkspaceLock::~WorkspaceLock() {
  ::close(descriptor_);
}

/// The first in line holds a second lock, on the file's first byte, until it has the real one: a writer that wants it
/// again has to stand in line. False while another is the first.
bool WorkspaceLock::takeTurn() const {
  struct flock first {};
  first.l_type = F_WRLCK;
  first.l_whence = SEEK_SET;
  first.l_len = 1;
  // Where the kernel has no such locks, everybody is the first.
  return ::fcntl(descriptor_, F_OFD_SETLK, &first) == 0 || (errno != EAGAIN && errno != EACCES && errno != EINTR);
}

void WorkspaceLock::endTurn() const {
  struct flock first {};
  first.l_type = F_UNLCK;
  first.l_whence = SEEK_SET;
  first.l_len = 1;
  ::fcntl(descriptor_, F_OFD_SETLK, &first);
}

WorkspaceLock::Held::Held(WorkspaceLock& lock, Clock::time_point deadline) : lock_(lock) {
  // Tried again and again instead of waited for: a process that was stopped while it holds the lock, or while it is the
  // first in line, must not freeze ours.
  constexpr auto kLongestTurn = 1s;
  const auto started = Clock::now();
  const struct TurnInLine {
    const WorkspaceLock& of;
    ~TurnInLine() { of.endTurn(); }
  } turn{lock};
  for (auto pause = 50us;; pause = std::min(2 * pause, std::chrono::microseconds(5000))) {
    const bool isTurn = lock_.takeTurn() || Clock::now() - started > kLongestTurn;
    if (isTurn && ::flock(lock_.descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    const int reason = errno;
    if (isTurn && reason != EWOULDBLOCK && reason != EINTR)
      throwSystemError(reason, fmt::format("{} cannot be locked: {}. The workspace has to lie on a local disk.",
                                           lock_.file_.string(), std::strerror(reason)));
    if (const auto now = Clock::now(); now >= deadline)
      throw PassingError(
          PassingError::Cause::Busy,
          fmt::format("Another process has kept {} locked for {:.1f} seconds. End it, or wait until it is done.",
                      lock_.file_.string(), std::chrono::duration<double>(now - started).count()));
    std::this_thread::sleep_for(pause);
  }
}

WorkspaceLock::Held::~Held() {
  ::flock(lock_.descriptor_, LOCK_UN);
}

}  // namespace scanline
