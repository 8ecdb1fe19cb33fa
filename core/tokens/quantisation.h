#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/tokens/tokens.h"

namespace scanline {

/// How far pictures are from what their tokens show. Values are levels of 0..255.
struct QuantisationError {
  std::array<double, 3> meanSquare{};  ///< of red, green and blue, over all pixels; levels squared
  /// Mean of the three.
  double overall() const { return (meanSquare[0] + meanSquare[1] + meanSquare[2]) / 3; }
};

/// `tokens`: of the same images, in their order. All zero for no image.
QuantisationError quantisationError(const ImageSet& images, const TokenSet& tokens, const Palette& palette);

/// Of two pictures of as many bytes, levels squared; 0 for empty ones.
double meanSquareError(std::span<const uint8_t> a, std::span<const uint8_t> b);

/// Peak signal-to-noise ratio of a mean square error in levels squared: 10 log10(255^2 / error) dB; infinite where
/// nothing is lost.
double psnr(double meanSquare);

}  // namespace scanline
