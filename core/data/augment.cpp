#include "core/data/augment.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/data/resize.h"

namespace scanline {

namespace {

constexpr int64_t kShortest = 256, kLongest = 384;  ///< range of the shorter side after the resize
constexpr int64_t kCrop = 224;

int64_t drawnBelow(RandomStream& random, int64_t bound) {
  return static_cast<int64_t>(random.below(static_cast<uint64_t>(bound)));
}

/// The place in 0 .. size - 1 whose mirror image lies at `at`; the edge itself is not repeated.
int64_t mirrored(int64_t at, int64_t size) {
  const int64_t inside = std::abs(at);
  return inside < size ? inside : 2 * (size - 1) - inside;
}

Image shifted(const Image& image, int64_t left, int64_t top, bool flip) {
  Image out{image.width, image.height, std::vector<uint8_t>(image.rgb.size())};
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x) {
      const int64_t fromX = mirrored((flip ? image.width - 1 - x : x) + left, image.width);
      const int64_t fromY = mirrored(y + top, image.height);
      std::copy_n(&image.rgb[static_cast<size_t>(3 * (fromY * image.width + fromX))], 3,
                  &out.rgb[static_cast<size_t>(3 * (y * image.width + x))]);
    }
  return out;
}

Image cut(const Image& image, int64_t left, int64_t top, int64_t edge) {
  Image out{edge, edge, std::vector<uint8_t>(static_cast<size_t>(3 * edge * edge))};
  for (int64_t y = 0; y < edge; ++y)
    std::copy_n(&image.rgb[static_cast<size_t>(3 * ((top + y) * image.width + left))], 3 * edge,
                &out.rgb[static_cast<size_t>(3 * y * edge)]);
  return out;
}

}  // namespace

Image augmented(const Image& image, Augment augment, int64_t side, Resize filter, RandomStream& random) {
  if (augment == Augment::Imagenet) {
    const int64_t shorter = std::min(image.width, image.height);
    const int64_t resized = kShortest + drawnBelow(random, kLongest - kShortest + 1);
    const int64_t edge = std::clamp<int64_t>(
        std::llround(static_cast<double>(shorter * kCrop) / static_cast<double>(resized)), 1, shorter);
    const int64_t left = drawnBelow(random, image.width - edge + 1), top = drawnBelow(random, image.height - edge + 1);
    return resizeTo(cut(image, left, top, edge), side, side, filter);
  }
  Image square = squareTo(image, side, filter);
  if (augment == Augment::None || side == 1) return square;
  const int64_t pad = std::max<int64_t>(1, side / 8);
  const int64_t left = drawnBelow(random, 2 * pad + 1) - pad, top = drawnBelow(random, 2 * pad + 1) - pad;
  return shifted(square, left, top, random.below(2) == 1);
}

}  // namespace scanline
