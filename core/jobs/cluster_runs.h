#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/jobs/slurm.h"
#include "core/store/run_store.h"

namespace scanline {

/// News of the runs of a cluster since they were looked at before.
struct ClusterNews {
  std::vector<RunId> submitted, refused, ended;
  bool isChanged = false;  ///< a run has new events, or another state
  std::vector<std::string> warnings;

  bool empty() const { return !isChanged && warnings.empty(); }
};

/// The runs that a cluster has (RunStore::clusterRuns): submits those that are new, takes their events from their
/// folders on the shared disk (core/jobs/run_files.h), passes on what people ask of them, and asks Slurm for the state
/// of their jobs. A run is submitted once, also where this process dies while it does so. That a run is over is what
/// its events say; where they say nothing and the job is gone, it is Interrupted. A run that shows no sign of life
/// although its job is there is not judged: ClusterRun::silentSinceMs says since when, by this machine's clock. Several
/// processes may look after one workspace: one at a time does. One thread, not the UI thread: it waits for Slurm's
/// programs.
class ClusterRuns {
 public:
  struct Pace {
    std::chrono::milliseconds ask{10'000};   ///< between two questions to Slurm
    std::chrono::milliseconds lost{60'000};  ///< a run whose job is gone may still have last words on their way
    /// Without a sign of life for so long a run is called silent. It gives one every ten seconds, and a network disk
    /// may show it a minute later.
    std::chrono::milliseconds silent{180'000};
    /// A submission whose process died may still reach Slurm for so long.
    std::chrono::milliseconds underway{60'000};
  };
  /// `program`: scanline-cli of this installation.
  ClusterRuns(std::filesystem::path workspace, std::filesystem::path program)
      : ClusterRuns(workspace, program, Pace()) {}
  ClusterRuns(std::filesystem::path workspace, std::filesystem::path program, Pace pace);

  /// Cheap if there is no run of a cluster. Throws Error if the store cannot be written, Stopped; a cluster that cannot
  /// be asked is a warning, once.
  ClusterNews poll(RunStore& store, const Control& control = {});
  /// The next poll() asks Slurm, whenever it did before.
  void askNow() { nextAsk_ = {}; }

 private:
  using Clock = std::chrono::steady_clock;
  class Look;

  std::filesystem::path workspace_, program_;
  Pace pace_;
  Clock::time_point nextAsk_{};
  std::map<int64_t, Clock::time_point> gone_;      ///< since when the job of a run is gone, by run
  std::map<int64_t, Clock::time_point> unheard_;   ///< since when its folder cannot be asked
  std::map<int64_t, Clock::time_point> underway_;  ///< since when nobody knows whether it was submitted
  std::set<std::string> told_;                     ///< warnings, each given once
};

}  // namespace scanline
