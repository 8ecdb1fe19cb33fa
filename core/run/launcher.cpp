#include "core/run/launcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/base/error.h"

namespace scanline {

namespace {

constexpr int kMostProcesses = 1 << 20;
constexpr uint16_t kDefaultPort = 29511, kFirstPort = 20000, kPorts = 10000;

/// The names of a launcher's variables. Of `localRank` and `localSize` the first that is set counts.
struct VariableNames {
  const char* launcher;
  const char *rank, *size;
  const char *localRank, *localSize;  ///< null: the launcher does not say
};
constexpr VariableNames kLaunchers[] = {
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", nullptr},
    {"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"mpiexec", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
};

class Reader {
 public:
  Reader(const std::function<const char*(const char*)>& variable, const VariableNames& names)
      : variable_(variable), names_(names) {}

  std::string_view text(const char* name) const {
    const char* value = name == nullptr ? nullptr : variable_(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
  }
  bool has(const char* name) const { return !text(name).empty(); }
  int number(const char* name, int least, int most) const {
    const std::string_view value = text(name);
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || error != std::errc() || end != value.data() + value.size() || number < least || number > most)
      throw Error(fmt::format(
          "{} is \"{}\", where a whole number from {} to {} is expected, since {} names this process {} {}. Start all processes by one launcher.",
          name, value, least, most, names_.launcher, names_.rank, text(names_.rank)));
    return number;
  }

  /// SLURM_STEP_TASKS_PER_NODE lists tasks as in "2(x3),1": those of this node.
  int slurmLocalSize(int size) const {
    const std::string_view list = text("SLURM_STEP_TASKS_PER_NODE");
    int node = has("SLURM_NODEID") ? number("SLURM_NODEID", 0, kMostProcesses) : 0;
    for (const char *at = list.data(), *end = at + list.size(); at != nullptr && at < end;) {
      int tasks = 0, repeats = 1;
      at = std::from_chars(at, end, tasks).ptr;
      if (end - at > 3 && std::strncmp(at, "(x", 2) == 0) {
        at = std::from_chars(at + 2, end, repeats).ptr;
        if (at < end) ++at;  // )
      }
      if (tasks < 1) break;
      if (node < repeats) return tasks;
      node -= repeats;
      if (at < end) ++at;  // ,
    }
    return size;
  }

 private:
  const std::function<const char*(const char*)>& variable_;
  const VariableNames& names_;
};

/// A number that the processes of a job share and those of another do not.
uint16_t portOf(std::string_view job) {
  uint32_t sum = 2166136261U;  // FNV-1a
  for (const char c : job) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<uint16_t>(kFirstPort + sum % kPorts);
}

void readMeetingPoint(const Reader& read, GroupPlace& place) {
  const bool isSlurm = place.launcher == "srun";
  if (read.has("MASTER_ADDR")) {
    place.host = read.text("MASTER_ADDR");
  } else if (isSlurm && read.has("SLURM_LAUNCH_NODE_IPADDR") && place.localSize < place.size) {
    place.host = read.text("SLURM_LAUNCH_NODE_IPADDR");  // srun runs on the first node of its job
  } else if (place.localSize < place.size) {
    throw Error(fmt::format(
        "{} started {} processes on several machines, and nothing says where process 0 is. Set MASTER_ADDR to its host name or address{}.",
        place.launcher, place.size, place.launcher == "mpirun" ? " (mpirun -x MASTER_ADDR=...)" : ""));
  }
  if (read.has("MASTER_PORT")) {
    place.port = static_cast<uint16_t>(read.number("MASTER_PORT", 1, 65535));
    return;
  }
  place.port = kDefaultPort;
  if (isSlurm)
    place.port = portOf(fmt::format("{}.{}", read.text("SLURM_JOB_ID"), read.text("SLURM_STEP_ID")));
  else if (const auto job = read.text("PMIX_NAMESPACE"); !job.empty())
    place.port = portOf(job);
}

}  // namespace

std::string GroupPlace::name() const {
  return fmt::format("process {} of {}", rank, size);
}

std::optional<GroupPlace> launchedPlace(const std::function<const char*(const char*)>& variable) {
  for (const VariableNames& names : kLaunchers) {
    const Reader read(variable, names);
    if (!read.has(names.rank) || !read.has(names.size)) continue;
    GroupPlace place{.launcher = names.launcher};
    place.size = read.number(names.size, 1, kMostProcesses);
    if (place.size == 1) return std::nullopt;
    place.rank = read.number(names.rank, 0, place.size - 1);
    place.localSize = read.has(names.localSize)  ? read.number(names.localSize, 1, place.size)
                      : place.launcher == "srun" ? read.slurmLocalSize(place.size)
                                                 : place.size;
    place.localRank =
        read.has(names.localRank) ? read.number(names.localRank, 0, place.localSize - 1) : place.rank % place.localSize;
    readMeetingPoint(read, place);
    place.meetingIsHosted = read.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    if (read.has("TORCHELASTIC_RESTART_COUNT")) place.attempt = read.text("TORCHELASTIC_RESTART_COUNT");
    return place;
  }
  return std::nullopt;
}

std::optional<GroupPlace> launchedPlace() {
  return launchedPlace([](const char* name) -> const char* { return std::getenv(name); });
}

}  // namespace scanline
