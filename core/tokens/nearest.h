#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace scanline {

// Exact nearest-neighbour search in colour space, shared by tokenising and k-means: which colours can be nearest to
// anything in a box is worked out once a box, and each pixel then looks at those few only.

/// Red, green, blue, in the same unit on both sides.
using ColourPoint = std::array<double, 3>;

/// Both corners included.
struct Box {
  ColourPoint low, high;
};

inline double squaredDistance(const ColourPoint& a, const ColourPoint& b) {
  const double red = a[0] - b[0], green = a[1] - b[1], blue = a[2] - b[2];
  return red * red + green * green + blue * blue;
}

/// Ascending indices of the centres that can be nearest to some point of the box: those whose nearest corner is no
/// farther than the farthest corner of the best one. `centres` is not empty. `out` is overwritten, `scratch` is working
/// memory.
void candidatesFor(const Box& box, std::span<const ColourPoint> centres, std::vector<uint16_t>& out,
                   std::vector<double>& scratch);

/// The nearest of `candidates` (ascending indices into `centres`, not empty); ties go to the lower index.
inline uint16_t nearestOf(const ColourPoint& point, std::span<const ColourPoint> centres,
                          std::span<const uint16_t> candidates) {
  uint16_t best = candidates[0];
  double least = squaredDistance(point, centres[best]);
  for (const uint16_t candidate : candidates.subspan(1)) {
    const double distance = squaredDistance(point, centres[candidate]);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace scanline
