#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/run/events.h"

namespace scanline {

/// Several subsets of one number of labels, together.
struct LowDataMean {
  int64_t labelsPerClass = 0, subsets = 0;
  int64_t layer = 0;
  double mean = 0;       ///< accuracy, 0..1
  double deviation = 0;  ///< standard deviation over the subsets (n - 1); 0 of a single one
};
/// By labels, ascending.
std::vector<LowDataMean> meansOf(std::span<const LowDataResult> results);

}  // namespace scanline
