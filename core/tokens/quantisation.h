#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// The distance of pictures from the pictures of their tokens. Values are levels of 0..255.
struct QuantisationError {
  std::array<double, 3> meanSquare{};  ///< of red, green and blue, over all pixels; levels squared
  /// Mean of the three.
  double overall() const { return (meanSquare[0] + meanSquare[1] + meanSquare[2]) / 3; }
};

/// `tokens`: of the same images, in their order. All zero for no image. The result does not depend on `threads`.
/// Reports images. Throws Stopped.
QuantisationError quantisationError(const ImageSet& images, const TokenSet& tokens, const Palette& palette,
                                    int threads = 1, const Control& control = {});

/// How often each colour of a palette of `colours` occurs in the first `images` (at most tokens.count) of a set.
std::vector<int64_t> countColours(const TokenSet& tokens, int64_t colours, int64_t images);

/// e^H of the shares of `counts`: as many codes used evenly would be as hard to guess. 1 .. codes; 0 without any use.
double perplexity(const std::vector<int64_t>& counts);

/// Of two pictures of as many bytes, levels squared; 0 for empty ones.
double meanSquareError(std::span<const uint8_t> a, std::span<const uint8_t> b);

/// Peak signal-to-noise ratio of a mean square error in levels squared: 10 log10(255^2 / error) dB; infinite where
/// nothing is lost.
double psnr(double meanSquare);

}  // namespace scanline
