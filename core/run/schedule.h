#pragma once

#include "core/spec/run_spec.h"

namespace scanline {

/// The rate of one optimiser step, a pure function of it (paper section 3.4): over the first `warmup` steps the k-th
/// (from 1) has k / warmup of the peak, so that no step is lost at rate 0; then cosine to 0 at `steps` (or constant).
/// `step` counts from 0: the rate of the step that is about to be taken.
double learningRate(const OptimizerSpec& spec, int64_t warmup, int64_t steps, int64_t step);

/// spec.warmupSteps, or one epoch for -1; never above half of `steps`.
int64_t warmupSteps(const RunSpec& spec, int64_t trainImages);

}  // namespace scanline
