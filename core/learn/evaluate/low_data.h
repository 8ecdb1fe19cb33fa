#pragma once

#include <span>
#include <string>

#include "core/learn/evaluate/probe.h"

namespace scanline {

/// Learning from few labels (paper section 4.5): for each number of lowData.labels and each subset, a linear probe as
/// `probe` says, on so many training images of every class, not augmented, drawn by (seed, Purpose::LowDataSubset,
/// number, subset). Layer and penalty are chosen for each number of labels: those whose probes are on average over the
/// subsets the best on probe.testImages of the validation images (among the layers of probe.layers, or lowData.layer).
/// The paper does not state how it chose. Then each subset's probe is scored on all test images, or where there are
/// none on those validation images.
///
/// Hands over a LowDataResult of each, and a LogLine of each choice, on the calling thread. Checks `control` between
/// batches and in every iteration. Throws Error if a class has too few images, or there are no classes or no images to
/// choose or score with.
void probeLowData(const ProbeSubject& subject, const ProbeSpec& probe, const LowDataSpec& lowData,
                  const ProbeData& data, std::span<const std::string> classNames, uint64_t seed, const Control& control,
                  const EventSink& sink, int64_t bytes = featureBytes());

}  // namespace scanline
