#pragma once

#include <cstdint>
#include <vector>

#include "core/base/random.h"

namespace scanline {

/// The images of one optimiser step: a pure function of (seed, step), so a resumed run sees the same batches. Every
/// epoch is a permutation of its own; a batch may span two epochs. `step` counts from 0; count, batchSize >= 1. Returns
/// batchSize indices in 0 .. count - 1. `purpose` gives a model and its probes, which share a seed, different
/// orders.
std::vector<int64_t> batchRows(int64_t count, int64_t batchSize, uint64_t seed, int64_t step,
                               Purpose purpose = Purpose::BatchOrder);

/// Steps of one epoch, rounded up.
int64_t stepsPerEpoch(int64_t count, int64_t batchSize);

}  // namespace scanline
