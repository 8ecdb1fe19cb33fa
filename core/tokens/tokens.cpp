#include "core/tokens/tokens.h"

#include <algorithm>
#include <cassert>

#include "core/base/parallel.h"
#include "core/tokens/colour_lookup.h"

namespace scanline {

namespace {

constexpr int64_t kChunk = 64;  ///< pictures

}  // namespace

TokenSet tokenize(const ImageSet& images, const Palette& palette, int threads) {
  TokenSet tokens{.count = images.count, .length = images.width * images.height, .ids = {}, .labels = images.labels};
  tokens.ids.resize(static_cast<size_t>(tokens.count * tokens.length));
  // A few pictures touch few of the lookup's cells; of many, finding out which would cost more than it saves.
  const ColourLookup lookup =
      images.file.isNone() ? ColourLookup(palette, images.rgb, threads) : ColourLookup(palette, threads);
  inParallel((tokens.count + kChunk - 1) / kChunk, threads, [&](int64_t chunk) {
    const int64_t end = std::min(tokens.count, (chunk + 1) * kChunk);
    for (int64_t i = chunk * kChunk; i < end; ++i)
      lookup.tokens(
          images.image(i),
          std::span(tokens.ids).subspan(static_cast<size_t>(i * tokens.length), static_cast<size_t>(tokens.length)));
  });
  return tokens;
}

Image toImage(std::span<const Token> tokens, const Palette& palette, int64_t width) {
  assert(width > 0 && std::ssize(tokens) % width == 0);
  Image image{width, std::ssize(tokens) / width, {}};
  image.rgb.reserve(3 * tokens.size());
  for (const Token token : tokens)
    for (const uint8_t value : palette.rgb(token)) image.rgb.push_back(value);
  return image;
}

}  // namespace scanline
