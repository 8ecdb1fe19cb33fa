#include "core/store/workspace_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/error.h"

namespace scanline {

using namespace std::chrono_literals;

WorkspaceLock::WorkspaceLock(const std::filesystem::path& workspace) : file_(workspace / "lock") {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    throw Error(fmt::format(
        "The workspace {} cannot be written: {}: {}. Check its permissions, or choose another one with --workspace.",
        workspace.string(), file_.filename().string(), std::strerror(errno)));
}

WorkspaceLock::~WorkspaceLock() {
  ::close(descriptor_);
}

WorkspaceLock::Held::Held(WorkspaceLock& lock) : lock_(lock) {
  // Asked again and again instead of waited for: a process that was stopped while it holds the lock must not freeze
  // ours.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  for (auto pause = 50us; ::flock(lock_.descriptor_, LOCK_EX | LOCK_NB) != 0;) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw Error(fmt::format("{} cannot be locked: {}. The workspace has to lie on a local disk.",
                              lock_.file_.string(), std::strerror(errno)));
    if (std::chrono::steady_clock::now() > deadline)
      throw Error(fmt::format("Another process has kept {} locked for 20 seconds. End it, or wait until it is done.",
                              lock_.file_.string()));
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::microseconds(5000));
  }
}

WorkspaceLock::Held::~Held() {
  ::flock(lock_.descriptor_, LOCK_UN);
}

}  // namespace scanline
