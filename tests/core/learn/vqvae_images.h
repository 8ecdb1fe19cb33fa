#pragma once

#include "core/base/random.h"
#include "core/data/image.h"

namespace scanline {

/// Pictures of 4 x 4 squares, each of one of eight colours: something that a small VQ-VAE can learn.
inline ImageSet squares(int64_t count, int64_t side, uint64_t seed) {
  ImageSet set{.count = count, .width = side, .height = side};
  set.rgb.resize(static_cast<size_t>(3 * count * side * side));
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random(seed, Purpose::Split, 0, static_cast<uint32_t>(i));
    std::vector<uint64_t> colours;
    for (int64_t square = 0; square < side * side / 16; ++square) colours.push_back(random.below(8));
    for (int64_t y = 0; y < side; ++y)
      for (int64_t x = 0; x < side; ++x)
        for (int64_t c = 0; c < 3; ++c)
          set.rgb[static_cast<size_t>(3 * ((i * side + y) * side + x) + c)] =
              (colours[static_cast<size_t>(y / 4 * (side / 4) + x / 4)] >> c & 1) != 0 ? 220 : 30;
  }
  return set;
}

}  // namespace scanline
