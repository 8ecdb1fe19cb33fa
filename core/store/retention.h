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

/// The checkpoints of one run that a rule removes.
struct PrunedRun {
  RunId run;
  std::string name;
  std::vector<CheckpointRow> removed;  ///< ascending steps
  int64_t kept = 0;
  int64_t bytes = 0;  ///< of the removed files; less comes free where another run has a name for one
};

/// The checkpoints that `rule` would remove of these runs, without runs that keep all. A run that a process holds, or
/// that waits in the queue, keeps all. Runs that were started from a checkpoint have their own copy of it. Throws
/// Error if a member of the rule is below 0.
std::vector<PrunedRun> planRetention(const RunStore& store, std::span<const RunId> runs, const RetentionRule& rule);

struct PruneTotals {
  int64_t checkpoints = 0, bytes = 0;
};
PruneTotals totalsOf(std::span<const PrunedRun> plan);

/// Carries out the plan, run by run: first the rows, then the files. A run that was started since keeps all, and a
/// checkpoint whose row is another one now is kept. Returns a sentence for each file that could not be removed. Throws
/// Error as the store does; the remaining runs are then untouched.
std::vector<std::string> applyRetention(RunStore& store, std::span<const PrunedRun> plan);

}  // namespace scanline
