#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/mapped_rows.h"

namespace scanline {

/// Red, green and blue, 0..255.
using Rgb = std::array<uint8_t, 3>;
inline constexpr Rgb kWhite{255, 255, 255};

/// A plain 8-bit RGB picture. rgb[3 * (y * width + x) + channel].
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> rgb;

  bool operator==(const Image&) const = default;
};

/// Many pictures of one size, with a class each. rgb[((image * height + y) * width + x) * 3 + channel], or, of a set
/// that may be larger than memory, the same bytes in a file. image() reads either.
struct ImageSet {
  int64_t count = 0;
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> rgb;     ///< empty if they lie in `file`
  std::vector<int32_t> labels;  ///< [count], each 0 .. classNames.size() - 1; empty = no labels
  MappedRows file;              ///< [count]

  /// The 3 * width * height bytes of one picture. `index` in 0 .. count - 1.
  std::span<const uint8_t> image(int64_t index) const {
    if (!file.isNone()) {
      const std::span<const std::byte> bytes = file.row(index);
      return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
    }
    const auto bytes = static_cast<size_t>(3 * width * height);
    return std::span(rgb).subspan(static_cast<size_t>(index) * bytes, bytes);
  }
  /// The three bytes of one pixel of all, counted through the pictures in order. `index` in 0 .. count * width * height
  /// - 1.
  const uint8_t* pixel(uint64_t index) const {
    const auto pixels = static_cast<uint64_t>(width * height);
    return &image(static_cast<int64_t>(index / pixels))[3 * (index % pixels)];
  }
};

}  // namespace scanline
