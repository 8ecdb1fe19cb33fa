#include "core/tokens/quantisation.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/base/parallel.h"

namespace scanline {

QuantisationError quantisationError(const ImageSet& images, const TokenSet& tokens, const Palette& palette, int threads,
                                    const Control& control) {
  assert(tokens.count == images.count && tokens.length == images.width * images.height);
  constexpr int64_t kChunk = 256;
  std::vector<std::array<uint8_t, 3>> shown;
  for (int64_t i = 0; i < palette.size(); ++i) shown.push_back(palette.rgb(static_cast<Token>(i)));
  ProgressCounter counter(control, images.count);
  std::mutex mutex;
  std::array<int64_t, 3> squares{};  // whole numbers: exact up to 10^14 pixels, and in any order of the threads
  inParallel((images.count + kChunk - 1) / kChunk, threads, [&](int64_t chunk) {
    std::array<int64_t, 3> sums{};
    const int64_t begin = chunk * kChunk, end = std::min(images.count, begin + kChunk);
    for (int64_t i = begin; i < end; ++i) {
      const auto bytes = images.image(i);
      const auto ids = tokens.image(i);
      for (size_t pixel = 0; pixel < ids.size(); ++pixel)
        for (size_t c = 0; c < 3; ++c) {
          const int64_t away = int64_t{bytes[3 * pixel + c]} - shown[ids[pixel]][c];
          sums[c] += away * away;
        }
    }
    {
      const std::scoped_lock lock(mutex);
      for (size_t c = 0; c < 3; ++c) squares[c] += sums[c];
    }
    counter.add(end - begin);
  });
  QuantisationError error;
  const auto pixels = static_cast<double>(tokens.count * tokens.length);
  if (pixels > 0)
    for (size_t c = 0; c < 3; ++c) error.meanSquare[c] = static_cast<double>(squares[c]) / pixels;
  return error;
}

std::vector<int64_t> countColours(const TokenSet& tokens, int64_t colours, int64_t images) {
  std::vector<int64_t> uses(static_cast<size_t>(colours));
  for (int64_t i = 0; i < std::min(images, tokens.count); ++i)
    for (const Token token : tokens.image(i)) ++uses.at(token);
  return uses;
}

double perplexity(const std::vector<int64_t>& counts) {
  double total = 0, entropy = 0;
  for (const int64_t count : counts) total += static_cast<double>(count);
  if (total <= 0) return 0;
  for (const int64_t count : counts)
    if (count > 0) entropy -= static_cast<double>(count) / total * std::log(static_cast<double>(count) / total);
  return std::exp(entropy);
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
