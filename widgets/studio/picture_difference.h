#pragma once

#include <QImage>
#include <vector>

#include "widgets/plot/colour_scale.h"

namespace scanline {

/// How far two pictures of one size lie apart, pixel by pixel.
struct PictureDifference {
  int width = 0, height = 0;
  std::vector<float> distance;  ///< [height * width], Euclidean distance of the 8-bit colours, 0 .. 441.7
  int64_t differing = 0;        ///< pixels whose colours are not the same
  double mean = 0;              ///< over the pixels that differ; 0 if none does
  double greatest = 0;

  bool isEmpty() const { return distance.empty(); }
  int64_t pixels() const { return static_cast<int64_t>(distance.size()); }
  /// From 0, the same colour, to the greatest distance.
  ColourScale scale() const { return scaleFromZero(distance); }
  QImage image() const;  ///< RGB32, a pixel a pixel, in the colours of scale()
};

/// Empty if the sizes are not the same.
PictureDifference differenceOf(const QImage& a, const QImage& b);

}  // namespace scanline
