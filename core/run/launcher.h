#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace scanline {

/// The place of this process among those that train together, and how they find each other.
struct GroupPlace {
  std::string launcher;  ///< "torchrun", "srun", "mpirun", "mpiexec", "--processes": for sentences
  int rank = 0, size = 1;
  int localRank = 0, localSize = 1;  ///< among those of this machine
  std::string host = "127.0.0.1";    ///< of process 0, where the meeting point listens
  uint16_t port = 0;
  bool meetingIsHosted = false;  ///< the launcher has opened the meeting point, so process 0 does not
  int listening = -1;            ///< a bound, listening socket for the meeting point; -1: process 0 opens `port`
  std::string attempt = "0";     ///< another one after the launcher started all processes anew
  /// How long a process may be silent while others wait for it.
  std::chrono::milliseconds timeout{300'000};
  /// Called once when the group is lost: a sentence on the process that died, or an empty text.
  std::function<std::string()> explainLoss = {};

  /// "process 1 of 4"
  std::string name() const;
};

/// The place that a launcher's environment variables give this process, or nothing if no launcher started it or it is
/// the only process. `variable`: the value of a variable, or null. Read are, in this order, those of torchrun (RANK,
/// WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT), of srun (SLURM_PROCID, SLURM_STEP_NUM_TASKS,
/// ...), of Open MPI's mpirun (OMPI_COMM_WORLD_...) and of MPICH's and Intel's mpiexec (PMI_RANK, PMI_SIZE,
/// MPI_LOCALRANKID, ...). MASTER_ADDR and MASTER_PORT hold for all launchers if they are set. Throws Error if a
/// variable is missing or is no number, and where processes run on several machines and nothing names that of process
/// 0.
std::optional<GroupPlace> launchedPlace(const std::function<const char*(const char*)>& variable);
/// By this process's own environment.
std::optional<GroupPlace> launchedPlace();

}  // namespace scanline
