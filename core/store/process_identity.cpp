#include "core/store/process_identity.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace scanline {

namespace {

// In place of a boot id, which is a UUID.
constexpr const char* kCluster = "cluster";
constexpr const char* kElsewhere = "another machine";

/// Not of this machine, and alive until somebody says otherwise.
bool isFar(const ProcessIdentity& process) {
  return process.pid > 0 && (process.bootId == kCluster || process.bootId == kElsewhere);
}

struct ProcessStat {
  char state = '?';
  int64_t startTicks = 0;
};

std::optional<ProcessStat> statOf(const std::string& line) {
  // "pid (name) state ...": the name may hold spaces and brackets, so the fields are counted from the last bracket.
  const size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(bracket + 1));
  ProcessStat stat;
  fields >> stat.state;  // field 3
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  fields >> stat.startTicks;
  if (!fields) return std::nullopt;
  return stat;
}

std::optional<ProcessStat> readStat(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  return std::getline(file, line) ? statOf(line) : std::nullopt;
}

std::string bootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace

ProcessIdentity thisProcess() {
  return processOf(::getpid());
}

ProcessIdentity processOf(int64_t pid) {
  const auto stat = readStat(pid);
  return {pid, stat ? stat->startTicks : 0, bootId()};
}

std::optional<ProcessIdentity> processOfStat(const std::string& line, const std::string& boot) {
  const auto stat = statOf(line);
  const int64_t pid = std::atoll(line.c_str());
  if (!stat || pid <= 0 || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return ProcessIdentity{pid, stat->startTicks, boot};
}

ProcessIdentity clusterProcess() {
  return {.pid = 1, .startTicks = 0, .bootId = kCluster};
}

ProcessIdentity processElsewhere() {
  return {.pid = 1, .startTicks = 0, .bootId = kElsewhere};
}

bool isOfCluster(const ProcessIdentity& process) {
  return process.pid > 0 && process.bootId == kCluster;
}

bool isAlive(const ProcessIdentity& process) {
  if (isFar(process)) return true;
  if (process.pid <= 0 || process.bootId != bootId()) return false;
  const auto stat = readStat(process.pid);
  return stat && stat->startTicks == process.startTicks && stat->state != 'Z' && stat->state != 'X';
}

bool isHalted(const ProcessIdentity& process) {
  if (isFar(process)) return false;
  const auto stat = readStat(process.pid);
  return stat && (stat->state == 'T' || stat->state == 't');
}

bool killProcess(const ProcessIdentity& process) {
  if (isFar(process)) return false;
  // From here on the descriptor names the process that has the pid now, whichever has it later.
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  if (descriptor < 0) return errno == ESRCH || !isAlive(process);
  const bool isGone = !isAlive(process);
  const bool isDone =
      isGone || ::syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0) == 0 || errno == ESRCH;
  ::close(descriptor);
  return isDone;
}

}  // namespace scanline
