#pragma once

#include <vector>

#include "core/learn/evaluate/features.h"
#include "core/run/probe_question.h"

namespace scanline {

/// As OpenModel::predictions(). The probes are those of probeLayers() for the same rows, bit for bit on the same
/// number of threads. `bytes`: as for planReading().
std::vector<LayerPredictions> predictionsOf(const Gpt& model, const ProbeQuestion& question, const Control& control,
                                            int64_t bytes = featureBytes());

}  // namespace scanline
