#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/store/run_store.h"

namespace scanline {

/// Which checkpoints a run keeps. The newest always stays, so that every run can go on.
struct RetentionRule {
  int64_t best = 1;   ///< so many of the highest merit (meritOf), of equals the earlier; 0 or more
  int64_t every = 0;  ///< and those at multiples of this step; 0 = none, at least 0
};

/// What a rule removes of one run.
struct PrunedRun {
  RunId run;
  std::string name;
  std::vector<CheckpointRow> removed;  ///< ascending steps
  int64_t kept = 0;
  int64_t bytes = 0;  ///< of the removed files; less comes free where another run has a name for one
};

/// What `rule` would remove of these runs, those of which nothing goes left out. A run that a process has in its hands,
/// or that waits in the queue, keeps all. Runs that were started from a checkpoint have their own copy of it. Throws
/// Error if a member of the rule is below 0.
std::vector<PrunedRun> planRetention(const RunStore& store, std::span<const RunId> runs, const RetentionRule& rule);

struct PruneTotals {
  int64_t checkpoints = 0, bytes = 0;
};
PruneTotals totalsOf(std::span<const PrunedRun> plan);

/// Removes it, a run after the other: first its rows, then the files. A run that somebody has started since keeps all,
/// and so does a checkpoint whose row is another one now. Returns sentences on what could not be removed. Throws Error
/// as the store does; what was not reached is then untouched.
std::vector<std::string> applyRetention(RunStore& store, std::span<const PrunedRun> plan);

}  // namespace scanline
