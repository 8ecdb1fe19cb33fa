#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/control.h"

namespace scanline {

/// How the runs of a workspace are sent to a Slurm cluster.
struct ClusterSettings {
  std::string folder;   ///< absolute, on a disk that the cluster's machines share: each run gets a folder there
  std::string program;  ///< scanline-cli, as those machines find it; empty: that of this installation
  std::string partition, timeLimit, gres;  ///< as sbatch takes them; empty: the cluster's own
  int nodes = 1, tasks = 1;                ///< machines, and processes on each; together they share a run
  std::vector<std::string> lines;          ///< further options of sbatch, one each: "--mem=8G"
  std::vector<std::string> setup;          ///< lines of the shell before the program starts: "module load cuda"

  bool operator==(const ClusterSettings&) const = default;
};

/// Those of `<workspace>/cluster.json`; the defaults if there is none. Throws Error.
ClusterSettings readClusterSettings(const std::filesystem::path& workspace);
/// Throws Error if one of them cannot be.
void checkClusterSettings(const ClusterSettings& settings);
/// The same, and writes them.
void writeClusterSettings(const std::filesystem::path& workspace, const ClusterSettings& settings);

/// In the folder of a run: the id of the job that has it, written by the job itself when it begins.
inline constexpr const char* kJobIdFile = "job.id";

/// The text of the job of a run in `folder`. Throws Error for names that no script can hold.
std::string jobScript(const ClusterSettings& settings, const std::filesystem::path& folder, const std::string& name,
                      const std::filesystem::path& program);

/// A job as Slurm tells of it.
struct SlurmJob {
  std::string state;     ///< "PENDING", "RUNNING", "COMPLETED", "TIMEOUT", ...
  std::string reason;    ///< of a job that waits: "Resources", "Priority", ...
  std::string exitCode;  ///< "0:9": exit code and signal; of a job that is over
};

// All of these call a program of Slurm and wait for it, some seconds at most. They throw Error with a sentence if it is
// missing or fails, Stopped.

/// Submits a script; returns the job's id. Throws NoAnswer if nobody knows whether the cluster took it.
std::string submitJob(const std::filesystem::path& script, const Control& control = {});
/// This user's jobs that are not over, by id.
std::map<std::string, SlurmJob> askForJobs(const Control& control = {});
/// A job that is over, for as long as Slurm remembers it.
std::optional<SlurmJob> askForEndedJob(const std::string& job, const Control& control = {});
/// The id of the job that was made of this script; also of one that is over, for as long as Slurm remembers it.
std::optional<std::string> askForJobOf(const std::filesystem::path& script, const Control& control = {});
void cancelJob(const std::string& job, const Control& control = {});

}  // namespace scanline
