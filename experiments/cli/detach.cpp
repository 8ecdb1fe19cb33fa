#include "experiments/cli/detach.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "core/store/process_identity.h"
#include "core/store/run_store.h"
#include "experiments/cli/cli_command.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

void flushOutput() {
  std::fflush(stdout);
  std::fflush(stderr);
}

/// Where `work` tells that it is ready.
class Ready {
 public:
  Ready() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
      throw Error(fmt::format("No process can be started in the background: {}.", std::strerror(errno)));
  }
  void tell() {
    if (ends_[1] >= 0) static_cast<void>(!::write(ends_[1], "r", 1));
    close(1);
  }
  /// False if the other side has ended.
  bool wait() {
    close(1);
    char heard = 0;
    ssize_t read = 0;
    do read = ::read(ends_[0], &heard, 1);
    while (read < 0 && errno == EINTR);
    return read == 1;
  }
  void close(size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

pid_t forkOrThrow() {
  flushOutput();
  const pid_t pid = ::fork();
  if (pid < 0) throw Error(fmt::format("No process can be started: {}.", std::strerror(errno)));
  return pid;
}

void redirect(const char* file, int flags, int to) {
  const int descriptor = ::open(file, flags | O_CLOEXEC, 0666);
  if (descriptor < 0) return;
  ::dup2(descriptor, to);
  ::close(descriptor);
}

/// The standard output or error of this process goes to the end of the workspace's log.
void redirectToLog(const fs::path& workspace, int to) {
  const fs::path log = workspace / kWorkerLog;
  boundLog(log);
  redirect(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, to);
}

/// Does the work in this process, and ends it.
[[noreturn]] void doWork(const fs::path& workspace, Ready& ready,
                         const std::function<int(const std::function<void()>&)>& work) {
  for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
  int code = kFailed;
  try {
    code = work([&] {
      flushOutput();
      redirectToLog(workspace, STDERR_FILENO);
      ready.tell();
    });
  } catch (const std::exception& failure) {
    fmt::print(stderr, "scanline-cli: {}\n", failure.what());
  }
  flushOutput();
  ::_exit(code);
}

/// "died (signal 9)"
std::string deathOf(int signal) {
  const std::string memory = signal == SIGKILL ? " The system does that where memory runs out, too." : "";
  return fmt::format("The process that ran it died (signal {}).{}", signal, memory);
}

/// Waits for the worker. Its runs learn how it ended. Returns its exit code, or nothing if a signal ended it while it
/// had runs in hand, so that it is worth to begin again.
std::optional<int> watch(pid_t worker, const fs::path& workspace) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(worker), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const ProcessIdentity identity = processOf(worker);  // until it is asked how it ended, its pid is its own
  ::waitpid(worker, nullptr, 0);
  if (info.si_code == CLD_EXITED) {
    RunStore(workspace, StoreMode::ReadWrite)
        .markDied(identity, fmt::format("The process that ran it ended with code {}.", info.si_status));
    return info.si_status;
  }
  const auto runs = RunStore(workspace, StoreMode::ReadWrite).markDied(identity, deathOf(info.si_status));
  if (runs.empty()) return 128 + info.si_status;
  return std::nullopt;
}

/// The worker's parent. Ends this process.
[[noreturn]] void supervise(const fs::path& workspace, Ready& ready,
                            const std::function<int(const std::function<void()>&)>& work, bool again) {
  ready.close(0);
  ::setsid();  // fails where the process leads its session already, which is as good
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::signal(signal, SIG_IGN);  // the worker is asked, too
  redirect("/dev/null", O_RDONLY, STDIN_FILENO);
  redirectToLog(workspace, STDOUT_FILENO);
  int code = kFailed;
  try {
    fs::current_path(workspace);
    for (std::optional<int> ended; !ended;) {
      const pid_t worker = forkOrThrow();
      if (worker == 0) doWork(workspace, ready, work);
      ready.close(1);
      redirectToLog(workspace, STDERR_FILENO);  // frees a terminal
      ended = watch(worker, workspace);
      if (ended) code = *ended;
      if (!again) break;
    }
  } catch (const std::exception& failure) {
    fmt::print(stderr, "scanline-cli: {}\n", failure.what());
  }
  flushOutput();
  ::_exit(code);
}

}  // namespace

int runDetached(const fs::path& workspace, const std::function<int(const std::function<void()>&)>& work, bool again) {
  Ready ready;
  const pid_t supervisor = forkOrThrow();
  if (supervisor == 0) supervise(workspace, ready, work, again);
  if (ready.wait()) return kDone;
  int status = 0;
  while (::waitpid(supervisor, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
}

void boundLog(const fs::path& file) {
  constexpr off_t kMost = 4 << 20, kKept = 1 << 20;
  const int descriptor = ::open(file.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat info {};
  if (::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > kMost) {
    std::string end(static_cast<size_t>(kKept), '\0');
    const ssize_t read = ::pread(descriptor, end.data(), end.size(), info.st_size - kKept);
    end.resize(static_cast<size_t>(std::max<ssize_t>(0, read)));
    end.erase(0, end.find('\n') + 1);  // the rest of a line; without any line all stays
    end.insert(
        0, fmt::format("[{} grew beyond {} MB: older lines were dropped.]\n", file.filename().string(), kMost >> 20));
    // In place: other processes have it open, and append.
    if (::ftruncate(descriptor, 0) == 0) static_cast<void>(!::write(descriptor, end.data(), end.size()));
  }
  ::close(descriptor);
}

OutputTo::OutputTo(const fs::path& file) : file_(file) {
  boundLog(file);
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) return;
  flushOutput();
  output_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  error_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(descriptor, STDOUT_FILENO);
  ::dup2(descriptor, STDERR_FILENO);
  ::close(descriptor);
}

OutputTo::~OutputTo() {
  flushOutput();
  for (const auto& [before, now] : {std::pair{output_, STDOUT_FILENO}, std::pair{error_, STDERR_FILENO}}) {
    if (before < 0) continue;
    ::dup2(before, now);
    ::close(before);
  }
}

}  // namespace scanline
