#pragma once

#include <vector>

#include "widgets/plot/colour_scale.h"

namespace scanline {

/// Values of a picture's tokens as colours over it.
struct HeatLayer {
  std::vector<float> values;  ///< [n]; what is not finite is not laid over its token; empty = no layer
  ColourScale scale;
  double opacity = 0.8;  ///< 0 = the picture alone, 1 = the colours alone

  bool isEmpty() const { return values.empty(); }
  bool operator==(const HeatLayer&) const = default;
};

}  // namespace scanline
