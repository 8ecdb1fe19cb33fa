#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_store.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// Loss curve, accuracies of the newest probe, use of a VQ-VAE's codebook, and the newest samples of a run, as far as
/// there are any.
std::string runPictures(const RunStore& store, RunId run, const Terminal& terminal);

/// Throws Error.
RunSpec specOf(const RunStore& store, RunId run);

/// What the layer that was chosen gets right on the test images, as a sentence; empty if none was tested.
std::string probeVerdict(std::span<const ProbeResult> layers);

/// One number of labels of a low-data run.
struct LowDataSummary {
  int64_t labelsPerClass = 0, subsets = 0, layer = 0;
  double mean = 0, deviation = 0;  ///< of the accuracy over the subsets; the deviation divides by subsets - 1
};
/// `results`: by labels, as the store gives them.
std::vector<LowDataSummary> summarize(std::span<const LowDataResult> results);
/// A line for each number of labels.
std::string lowDataTable(std::span<const LowDataResult> results);

/// "finished after 48 s: 600 of 600 steps, best validation 1.296 nats per pixel (step 600)."
std::string runOutcome(const RunSummary& run, const RunSpec& spec);

}  // namespace scanline
