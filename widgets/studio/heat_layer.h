#pragma once

#include <QImage>
#include <vector>

#include "widgets/plot/colour_scale.h"

namespace scanline {

/// Values of a picture's tokens as colours over it.
struct HeatLayer {
  std::vector<float> values;  ///< [n]; a value that is not finite leaves its token uncovered; empty = no layer
  ColourScale scale;
  double opacity = 0.8;  ///< 0 = the picture alone, 1 = the colours alone
  bool fades = false;    ///< the nearer a value is to the low end, the more of the picture shows through

  bool isEmpty() const { return values.empty(); }
  bool operator==(const HeatLayer&) const = default;
};

/// A pixel a token, to be laid over the picture: ARGB32_Premultiplied, `across` wide. Null for an empty layer, or one
/// whose values do not fill rows.
QImage heatImage(const HeatLayer& layer, int across);

}  // namespace scanline
