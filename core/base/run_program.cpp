#include "core/base/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/base/error.h"

namespace scanline {

namespace {

/// What a program writes, in memory.
class Heard {
 public:
  Heard() : descriptor_(::memfd_create("scanline-program", MFD_CLOEXEC)) {}
  ~Heard() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;

  int descriptor() const { return descriptor_; }
  std::string text() const {
    std::string text(kMost, '\0');
    const ssize_t read = descriptor_ < 0 ? 0 : ::pread(descriptor_, text.data(), text.size(), 0);
    text.resize(static_cast<size_t>(std::max<ssize_t>(0, read)));
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

 private:
  static constexpr size_t kMost = 4U << 20U;
  int descriptor_;
};

class Spawning {
 public:
  Spawning(int output, int errors) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_,
                               static_cast<short>(POSIX_SPAWN_SETSID) | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  /// Returns the pid. Throws Error.
  pid_t start(std::vector<std::string> words) const {
    std::vector<char*> pointers;
    for (std::string& each : words) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    pid_t pid = 0;
    const int reason = ::posix_spawnp(&pid, words.front().c_str(), &files_, &attributes_, pointers.data(), environ);
    if (reason == ENOENT)
      throw Error(fmt::format("There is no program {} here. Install it, or add its folder to PATH.", words.front()));
    if (reason != 0) throw Error(fmt::format("{} cannot be started: {}.", words.front(), std::strerror(reason)));
    return pid;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// Ends the process and those of its session, and takes its status.
void endProgram(pid_t pid) {
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

ProgramEnd runProgram(const std::vector<std::string>& words, std::chrono::milliseconds limit, const Control& control) {
  using Clock = std::chrono::steady_clock;
  const Heard out, err;
  const pid_t pid = Spawning(out.descriptor(), err.descriptor()).start(words);
  const auto end = Clock::now() + limit;
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR)
      throw Error(fmt::format("How {} ended cannot be asked: {}.", words.front(), std::strerror(errno)));
    if (control.isStopped() || Clock::now() > end) {
      endProgram(pid);
      control.check();
      throw NoAnswer(fmt::format("{} gave no answer within {} seconds and was ended.", words.front(),
                                 std::chrono::duration_cast<std::chrono::seconds>(limit).count()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, out.text(), err.text()};
}

}  // namespace scanline
