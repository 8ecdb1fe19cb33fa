#pragma once

#include <string>

#include "core/store/run_store.h"
#include "experiments/terminal.h"

namespace scanline {

/// Loss curve, accuracies of the newest probe, and the newest samples of a run, as far as there are any.
std::string runPictures(const RunStore& store, RunId run, const Terminal& terminal);

/// "finished after 48 s: 600 of 600 steps, best validation 1.296 nats per pixel (step 600)."
std::string runOutcome(const RunSummary& run);

}  // namespace scanline
