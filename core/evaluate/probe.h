#pragma once

#include <cstdint>
#include <functional>

#include "core/model/gpt.h"
#include "core/spec/run_spec.h"
#include "core/tokens/tokens.h"
#include "core/train/events.h"

namespace scanline {

/// What a linear probe looks at: labelled images, the same for every step of a run.
struct ProbeData {
  const TokenSet* train = nullptr;       ///< the probe is fitted on spec.trainImages of these
  const TokenSet* validation = nullptr;  ///< and scored on spec.testImages of these
  int64_t classes = 0;                   ///< labels are 0 .. classes - 1
};

/// Linear probes of all L + 1 layers (paper section 2.4): features averaged over positions, standardised with mean and
/// deviation of the training rows, multinomial logistic regression by L-BFGS. Rows are drawn by (seed,
/// Purpose::ProbeRows) alone, so they are the same at every step. Results go to `sink` in the order of layers, on the
/// calling thread. False if `keepGoing`, asked between batches and in every iteration, said no. Data without labels, or
/// with fewer than two classes, give no result. Throws Error if all training rows drawn are of one class.
bool probeLayers(const Gpt& model, const ProbeSpec& spec, const ProbeData& data, uint64_t seed, int64_t step,
                 const std::function<bool()>& keepGoing, const std::function<void(ProbeResult)>& sink);

}  // namespace scanline
