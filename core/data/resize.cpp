#include "core/data/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace scanline {

namespace {

/// The source pixels that one target pixel is made of, along one axis.
struct Taps {
  int64_t first = 0;
  std::vector<double> weights;  ///< add up to 1
};

/// Overlap of each source pixel with the target pixel's interval.
std::vector<Taps> areaTaps(int64_t from, int64_t to) {
  std::vector<Taps> taps(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    // Edges are multiples of 1 / to: whole numbers keep the overlaps exact.
    const int64_t begin = i * from, end = (i + 1) * from;
    Taps& tap = taps[static_cast<size_t>(i)];
    tap.first = begin / to;
    for (int64_t x = tap.first; x * to < end; ++x) {
      const int64_t overlap = std::min(end, (x + 1) * to) - std::max(begin, x * to);
      tap.weights.push_back(static_cast<double>(overlap) / static_cast<double>(from));
    }
  }
  return taps;
}

/// Pillow's triangle filter (ImagingResample, precompute_coeffs): as wide as a target pixel when shrinking, weights
/// rounded to 22 bits as its 8-bit path does. All sums below are exact in double, so the pixels are Pillow's.
std::vector<Taps> bilinearTaps(int64_t from, int64_t to) {
  constexpr double kUnit = 1 << 22;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double support = std::max(1.0, scale);
  std::vector<Taps> taps(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    Taps& tap = taps[static_cast<size_t>(i)];
    tap.first = std::max<int64_t>(0, static_cast<int64_t>(centre - support + 0.5));
    const int64_t end = std::min(from, static_cast<int64_t>(centre + support + 0.5));
    double sum = 0;
    for (int64_t x = tap.first; x < end; ++x) {
      const double distance = std::abs((static_cast<double>(x) - centre + 0.5) * (1 / support));
      tap.weights.push_back(std::max(0.0, 1 - distance));
      sum += tap.weights.back();
    }
    for (double& weight : tap.weights) weight = std::floor(0.5 + weight / sum * kUnit) / kUnit;
  }
  return taps;
}

double rounded(double value) {
  return std::clamp(std::floor(value + 0.5), 0.0, 255.0);
}

}  // namespace

Image resizeTo(const Image& image, int64_t width, int64_t height, Resize filter) {
  assert(width >= 1 && height >= 1 && image.width >= 1 && image.height >= 1);
  if (width == image.width && height == image.height) return image;
  const bool bilinear = filter != Resize::Area;
  const auto taps = bilinear ? bilinearTaps : areaTaps;
  const auto columns = taps(image.width, width), rows = taps(image.height, height);

  // Rows first, as Pillow does; it keeps bytes between the passes, so bilinear rounds there.
  std::vector<double> narrow(static_cast<size_t>(3 * width * image.height));
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const Taps& tap = columns[static_cast<size_t>(x)];
      const uint8_t* from = &image.rgb[static_cast<size_t>(3 * (y * image.width + tap.first))];
      double red = 0, green = 0, blue = 0;
      for (const double weight : tap.weights) {
        red += weight * from[0];
        green += weight * from[1];
        blue += weight * from[2];
        from += 3;
      }
      double* to = &narrow[static_cast<size_t>(3 * (y * width + x))];
      to[0] = bilinear ? rounded(red) : red;
      to[1] = bilinear ? rounded(green) : green;
      to[2] = bilinear ? rounded(blue) : blue;
    }

  Image out{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
  std::vector<double> line(static_cast<size_t>(3 * width));
  for (int64_t y = 0; y < height; ++y) {
    const Taps& tap = rows[static_cast<size_t>(y)];
    std::ranges::fill(line, 0.0);
    for (size_t k = 0; k < tap.weights.size(); ++k) {
      const double* from = &narrow[(static_cast<size_t>(tap.first) + k) * line.size()];
      for (size_t i = 0; i < line.size(); ++i) line[i] += tap.weights[k] * from[i];
    }
    for (size_t i = 0; i < line.size(); ++i)
      out.rgb[static_cast<size_t>(y) * line.size() + i] = static_cast<uint8_t>(rounded(line[i]));
  }
  return out;
}

Image squareTo(const Image& image, int64_t side, Resize filter) {
  const int64_t edge = std::min(image.width, image.height);
  if (image.width == image.height || filter == Resize::Stretch) return resizeTo(image, side, side, filter);
  const int64_t left = (image.width - edge) / 2, top = (image.height - edge) / 2;
  Image square{edge, edge, {}};
  square.rgb.reserve(static_cast<size_t>(3 * edge * edge));
  for (int64_t y = top; y < top + edge; ++y) {
    const auto begin = image.rgb.begin() + static_cast<ptrdiff_t>(3 * (y * image.width + left));
    square.rgb.insert(square.rgb.end(), begin, begin + static_cast<ptrdiff_t>(3 * edge));
  }
  return resizeTo(square, side, side, filter);
}

}  // namespace scanline
