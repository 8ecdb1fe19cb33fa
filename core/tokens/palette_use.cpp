#include "core/tokens/palette_use.h"

#include <cmath>
#include <mutex>

#include "core/base/parallel.h"
#include "core/data/progress.h"
#include "core/tokens/colour_lookup.h"

namespace scanline {

PaletteUse measurePalette(const ImageSet& images, const Palette& palette, int threads, const Progress& progress) {
  constexpr int64_t kChunk = 256;
  PaletteUse total{.uses = std::vector<int64_t>(static_cast<size_t>(palette.size()))};
  if (images.count == 0) return total;
  const ColourLookup lookup(palette, threads);
  std::vector<std::array<uint8_t, 3>> colours;
  for (int64_t token = 0; token < palette.size(); ++token) colours.push_back(palette.rgb(static_cast<Token>(token)));
  ProgressCounter counter(progress, images.count);
  std::mutex mutex;
  int64_t squares = 0;  // whole numbers, so that the order of the threads is nothing to them
  inParallel((images.count + kChunk - 1) / kChunk, threads, [&](int64_t chunk) {
    std::vector<int64_t> uses(total.uses.size());
    int64_t sum = 0;
    const int64_t begin = chunk * kChunk, end = std::min(images.count, begin + kChunk);
    for (int64_t image = begin; image < end; ++image) {
      const auto rgb = images.image(image);
      for (size_t i = 0; i < rgb.size(); i += 3) {
        const Token token = lookup.nearest(&rgb[i]);
        ++uses[token];
        for (size_t c = 0; c < 3; ++c) {
          const int off = rgb[i + c] - colours[token].at(c);
          sum += off * off;
        }
      }
    }
    {
      const std::scoped_lock lock(mutex);
      squares += sum;
      for (size_t i = 0; i < uses.size(); ++i) total.uses[i] += uses[i];
    }
    counter.add(end - begin);
  });
  total.error =
      std::sqrt(static_cast<double>(squares) / static_cast<double>(3 * images.count * images.width * images.height));
  return total;
}

std::vector<int64_t> countColours(const TokenSet& tokens, int64_t paletteSize) {
  std::vector<int64_t> uses(static_cast<size_t>(paletteSize));
  for (int64_t i = 0; i < tokens.count; ++i)
    for (const Token token : tokens.image(i)) ++uses[token];
  return uses;
}

}  // namespace scanline
