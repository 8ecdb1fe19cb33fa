#include "core/tokens/quantisation.h"

#include <cassert>
#include <cmath>
#include <limits>

namespace scanline {

QuantisationError quantisationError(const ImageSet& images, const TokenSet& tokens, const Palette& palette) {
  assert(tokens.count == images.count && tokens.length == images.width * images.height);
  std::vector<std::array<uint8_t, 3>> shown;
  for (int64_t i = 0; i < palette.size(); ++i) shown.push_back(palette.rgb(static_cast<Token>(i)));
  std::array<int64_t, 3> squares{};  // whole numbers: exact up to 10^14 pixels
  for (int64_t i = 0; i < images.count; ++i) {
    const auto bytes = images.image(i);
    const auto ids = tokens.image(i);
    for (size_t pixel = 0; pixel < ids.size(); ++pixel)
      for (size_t c = 0; c < 3; ++c) {
        const int64_t away = int64_t{bytes[3 * pixel + c]} - shown[ids[pixel]][c];
        squares[c] += away * away;
      }
  }
  QuantisationError error;
  const auto pixels = static_cast<double>(tokens.count * tokens.length);
  if (pixels > 0)
    for (size_t c = 0; c < 3; ++c) error.meanSquare[c] = static_cast<double>(squares[c]) / pixels;
  return error;
}

double meanSquareError(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  assert(a.size() == b.size());
  int64_t squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t away = int64_t{a[i]} - b[i];
    squares += away * away;
  }
  return a.empty() ? 0 : static_cast<double>(squares) / static_cast<double>(a.size());
}

double psnr(double meanSquare) {
  if (meanSquare <= 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(255.0 * 255.0 / meanSquare);
}

}  // namespace scanline
