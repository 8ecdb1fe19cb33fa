#include "core/jobs/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace scanline {

namespace {

/// The standard error of the program, in memory.
class Heard {
 public:
  Heard() : descriptor_(::memfd_create("scanline-worker", MFD_CLOEXEC)) {}
  ~Heard() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;

  int descriptor() const { return descriptor_; }
  std::string text() const {
    std::array<char, 2000> buffer{};
    const ssize_t read = descriptor_ < 0 ? 0 : ::pread(descriptor_, buffer.data(), buffer.size(), 0);
    std::string text(buffer.data(), static_cast<size_t>(std::max<ssize_t>(0, read)));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

 private:
  int descriptor_;
};

/// Of a process in a session of its own, with no file of this one, and every signal as it is at first.
class Spawning {
 public:
  Spawning(int output) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (output >= 0) ::posix_spawn_file_actions_adddup2(&files_, output, STDERR_FILENO);
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
  pid_t start(std::vector<std::string> arguments) const {
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    pid_t pid = 0;
    const int reason = ::posix_spawn(&pid, arguments.front().c_str(), &files_, &attributes_, pointers.data(), environ);
    if (reason != 0)
      throw Error(fmt::format("{} cannot be started, so no run gets a process of its own: {}.", arguments.front(),
                              std::strerror(reason)));
    return pid;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

void startWorker(const std::filesystem::path& program, const std::filesystem::path& workspace) {
  const Heard heard;
  const pid_t pid = Spawning(heard.descriptor())
                        .start({program.string(), "work", "--own", "--detach", "--workspace",
                                std::filesystem::absolute(workspace).string()});
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return;  // somebody else asked how it ended: the queue shows whether the worker is there
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const std::string said = heard.text();
  throw Error(fmt::format("The process for runs of their own did not start: {}",
                          said.empty() ? "it ended without a sentence." : said));
}

}  // namespace scanline
