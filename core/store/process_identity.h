#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace scanline {

/// Names one process for ever: a pid alone is used again after a while, and start times begin anew at every boot.
struct ProcessIdentity {
  int64_t pid = 0;
  int64_t startTicks = 0;  ///< field 22 of /proc/<pid>/stat: clock ticks since boot
  std::string bootId;      ///< /proc/sys/kernel/random/boot_id

  bool operator==(const ProcessIdentity&) const = default;
};

/// Stands for the processes of a run that a cluster trains. It lives until the run's files or the cluster say that it
/// is over (core/jobs/cluster_runs.h), and it cannot be ended from here.
ProcessIdentity clusterProcess();
/// Stands for a living process of another machine, in a mirror of its workspace.
ProcessIdentity processElsewhere();
bool isOfCluster(const ProcessIdentity& process);

/// The calling process.
ProcessIdentity thisProcess();

/// The process that has this pid now, which may have ended already as long as its parent has not asked how.
ProcessIdentity processOf(int64_t pid);

/// The process of a line of /proc/<pid>/stat of a machine, also another one. Nothing if it is none, or of a zombie.
std::optional<ProcessIdentity> processOfStat(const std::string& line, const std::string& bootId);

/// Whether that very process still runs. A zombie counts as dead: it will never write again.
bool isAlive(const ProcessIdentity& process);

/// Whether a signal or a shell has stopped it (SIGSTOP, Ctrl+Z), so that it does nothing for now.
bool isHalted(const ProcessIdentity& process);

/// Ends that very process (SIGKILL), never another that has its pid. False if it may not be ended; true also if it is
/// gone already.
bool killProcess(const ProcessIdentity& process);

}  // namespace scanline
