#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/run/low_data_mean.h"
#include "core/spec/run_spec.h"
#include "core/store/run_store.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// Loss curve, accuracies of the newest probe, use of a VQ-VAE's codebook, and the newest samples of a run, as far as
/// there are any.
std::string runPictures(const RunStore& store, RunId run, const Terminal& terminal);

/// The accuracy of the chosen layer on the test images, as a sentence; empty if none was tested.
std::string probeVerdict(std::span<const ProbeResult> layers);

/// A line for each number of labels.
std::string lowDataTable(std::span<const LowDataResult> results);

/// "finished after 48 s: 600 of 600 steps, best validation 1.296 nats per pixel (step 600)."
std::string runOutcome(const RunSummary& run, const RunSpec& spec);

}  // namespace scanline
