#include "core/store/process_identity.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>

namespace scanline {

namespace {

struct ProcessStat {
  char state = '?';
  int64_t startTicks = 0;
};

std::optional<ProcessStat> readStat(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
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

std::string bootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace

ProcessIdentity thisProcess() {
  const int64_t pid = ::getpid();
  const auto stat = readStat(pid);
  return {pid, stat ? stat->startTicks : 0, bootId()};
}

bool isAlive(const ProcessIdentity& process) {
  if (process.pid <= 0 || process.bootId != bootId()) return false;
  const auto stat = readStat(process.pid);
  return stat && stat->startTicks == process.startTicks && stat->state != 'Z' && stat->state != 'X';
}

}  // namespace scanline
