#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scanline {

/// A plain 8-bit RGB picture. rgb[3 * (y * width + x) + channel].
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> rgb;

  bool operator==(const Image&) const = default;
};

/// Many pictures of one size, with a class each. rgb[((image * height + y) * width + x) * 3 + channel].
struct ImageSet {
  int64_t count = 0;
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> rgb;
  std::vector<int32_t> labels;  ///< [count], each 0 .. classNames.size() - 1; empty = no labels

  /// The 3 * width * height bytes of one picture. `index` in 0 .. count - 1.
  std::span<const uint8_t> image(int64_t index) const {
    const auto bytes = static_cast<size_t>(3 * width * height);
    return std::span(rgb).subspan(static_cast<size_t>(index) * bytes, bytes);
  }
};

}  // namespace scanline
