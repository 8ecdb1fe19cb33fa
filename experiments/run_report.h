#pragma once

#include <string>
#include <string_view>

#include "core/store/run_store.h"
#include "experiments/terminal.h"

namespace scanline {

/// What a run of this kind (RunSummary::kind) counts its losses in.
std::string_view lossUnit(std::string_view kind);

/// Loss curve, accuracies of the newest probe, use of a VQ-VAE's codebook, and the newest samples of a run, as far as there are any.
std::string runPictures(const RunStore& store, RunId run, const Terminal& terminal);

/// "finished after 48 s: 600 of 600 steps, best validation 1.296 nats per pixel (step 600)."
std::string runOutcome(const RunSummary& run);

}  // namespace scanline
