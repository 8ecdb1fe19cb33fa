#pragma once

#include "core/base/random.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// Pictures of 4 x 2 pixels in 6 colours of 3 classes: the class is the colour that fills `share` of them, and some of
/// the rest.
inline TokenSet labelledPictures(int64_t count, uint64_t seed, double share = 0.7) {
  TokenSet set{.count = count, .length = 8};
  RandomStream random(seed, Purpose::BatchOrder);
  for (int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<int32_t>(random.below(3));
    set.labels.push_back(label);
    for (int k = 0; k < 8; ++k)
      set.ids.push_back(static_cast<Token>(random.uniform() < share ? label : random.below(6)));
  }
  return set;
}

/// Hard enough that layers, penalties and sets of pictures differ in accuracy.
constexpr double kHard = 0.3;

}  // namespace scanline
