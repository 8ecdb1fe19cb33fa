#pragma once

#include <cstdint>
#include <functional>

#include "core/learn/evaluate/features.h"
#include "core/run/events.h"

namespace scanline {

/// The data of a linear probe: labelled images, the same for every step of a run.
struct ProbeData {
  const TokenSet* train = nullptr;       ///< the probe is fitted on spec.trainImages of these
  const TokenSet* validation = nullptr;  ///< and scored on spec.testImages of these
  int64_t classes = 0;                   ///< labels are 0 .. classes - 1
  const TokenSet* test = nullptr;  ///< the layer that is best on the former is scored on all of these; may be null
};

/// Linear probes of the layers that `spec` names (paper section 2.4): features averaged over positions, standardised
/// with mean and deviation of the training rows, multinomial logistic regression by L-BFGS or SGD. Of several penalties
/// the one counts that is best on the validation images. Rows are drawn by (seed, Purpose::ProbeRows) alone, so they
/// are the same at every step, and those to learn from hold every class that they can (learningRows). Results
/// go to `sink` in the order of layers as they are ready, on the calling thread; the best layer's once more with its
/// test accuracy, at the end. Checks `control` between batches and in every iteration. Data without labels give no
/// result. Throws Error if all training images are of one class, or only one is to be drawn.
void probeLayers(const ProbeSubject& subject, const ProbeSpec& spec, const ProbeData& data, uint64_t seed, int64_t step,
                 const Control& control, const std::function<void(ProbeResult)>& sink, int64_t bytes = featureBytes());

}  // namespace scanline
