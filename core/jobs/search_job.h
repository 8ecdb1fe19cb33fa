#pragma once

#include <functional>

#include "core/run/loop.h"
#include "core/store/run_recorder.h"

namespace scanline {

/// Runs one trial, as runJob does.
using TrialJob = std::function<RunEnd(RunRecorder& recorder, RunId trial, bool resume)>;

/// A learning-rate search (paper, appendix A) from its first trial to its winner: for each of spec.search.rates, in
/// order, a child run, until one ends with a higher loss than the one before, or the rates are used up. A trial whose
/// loss is no longer finite is worse than all that ended. Trials are compared by trialLoss() of
/// core/jobs/search_rule.h.
///
/// Records for every finished trial, numbered from 1, a point of series::kSearchRate and of series::kSearchLoss
/// (infinity if it diverged) and a line of the log; the trial that runs is the search's detail. The winner is tagged
/// kBestRateTag and named in the log and in the detail of the finished search. Trials are children of the search in the
/// store, and ordinary runs otherwise. `control` pauses and stops the running trial, and the search
/// shows its state.
///
/// On `resume` finished trials are not run again, and one that was interrupted is resumed; without it, earlier trials
/// of the search go to the trash. Throws Error if a trial fails for another reason than a loss that is not finite.
RunEnd runSearch(RunRecorder& recorder, RunId search, const RunSpec& spec, bool resume, const Control& control,
                 const TrialJob& runTrial);

}  // namespace scanline
