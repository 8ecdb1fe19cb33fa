#include "core/tokens/tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <mutex>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/tokens/colour_lookup.h"

namespace scanline {

namespace {

constexpr int64_t kChunk = 64;  ///< pictures

}  // namespace

int64_t largestToken(std::span<const Token> tokens) {
  Token most = 0;
  for (const Token token : tokens) most = std::max(most, token);  // a compiler does eight and more at once
  return tokens.empty() ? -1 : most;
}

void checkTokens(std::span<const Token> image, int64_t index, int64_t paletteSize, std::string_view set) {
  if (largestToken(image) < paletteSize) return;
  const auto most = std::ranges::max_element(image);
  throw Error(fmt::format(
      "Image {} of {} has the token {} (at position {}), and the palette has {} colours, 0 to {}. Make the tokens with this palette, or give the palette that they were made with.",
      index, set, *most, most - image.begin(), paletteSize, paletteSize - 1));
}

void checkTokens(const TokenSet& tokens, int64_t paletteSize, std::string_view set) {
  std::mutex mutex;
  int64_t first = tokens.count;  // of the images that do not fit, so that it is always the same one that is named
  inParallel((tokens.count + kChunk - 1) / kChunk, hardwareThreads(), [&](int64_t chunk) {
    const int64_t end = std::min(tokens.count, (chunk + 1) * kChunk);
    for (int64_t i = chunk * kChunk; i < end; ++i) {
      if (largestToken(tokens.image(i)) < paletteSize) continue;
      const std::scoped_lock lock(mutex);
      first = std::min(first, i);
      return;
    }
  });
  if (first < tokens.count) checkTokens(tokens.image(first), first, paletteSize, set);
}

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
