#pragma once

#include <span>
#include <vector>

#include "core/tokens/nearest.h"
#include "core/tokens/palette.h"

namespace scanline {

/// Palette::nearest() for many pixels: colour space in cells of 8 x 8 x 8 colours, each with the palette entries that
/// can be nearest to one of them. Immutable; any thread.
class ColourLookup {
 public:
  /// Prepares every cell.
  ColourLookup(const Palette& palette, int threads);
  /// Prepares the cells that `rgb` touches, and no others: a single picture needs few.
  ColourLookup(const Palette& palette, std::span<const uint8_t> rgb, int threads);

  /// The token of the pixel whose three bytes begin at `rgb`. In every cell that was not prepared this is undefined.
  Token nearest(const uint8_t* rgb) const {
    return nearestOf({channel(rgb[0]), channel(rgb[1]), channel(rgb[2])}, centres_, cells_[cellOf(rgb)]);
  }
  /// The tokens of pixels, three bytes each. out: [rgb.size() / 3].
  void tokens(std::span<const uint8_t> rgb, std::span<Token> out) const {
    for (size_t i = 0; i < out.size(); ++i) out[i] = nearest(&rgb[3 * i]);
  }

 private:
  static constexpr int kCellBits = 3;
  static constexpr int kCellSide = 1 << kCellBits;
  static constexpr int kCells = 256 / kCellSide;

  static double channel(int value) { return value / 127.5 - 1; }
  static size_t cellOf(const uint8_t* rgb) {
    return (static_cast<size_t>(rgb[0] >> kCellBits) * kCells + (rgb[1] >> kCellBits)) * kCells + (rgb[2] >> kCellBits);
  }
  static Box box(int cell);
  void prepare(const std::vector<char>& touched, int threads);

  std::vector<ColourPoint> centres_;
  std::vector<std::vector<uint16_t>> cells_;
};

}  // namespace scanline
