#pragma once

#include <cstdint>
#include <span>

#include "core/tokens/palette.h"

namespace scanline {

/// Training images that look different at every step (paper section 3.1). Immutable; any thread.
class Augmenter {
 public:
  virtual ~Augmenter() = default;
  /// The tokens of one training image as it is seen at `step`, at `place` of the batch: a pure function of its
  /// arguments. `row` as in RunData::train; `out`: [n]. Throws Error if the image cannot be read any more.
  virtual void tokens(int64_t row, uint64_t seed, int64_t step, int64_t place, std::span<Token> out) const = 0;
};

}  // namespace scanline
