#include "core/tokens/token_cache.h"

#include <fmt/format.h>

#include <cassert>
#include <cstring>

#include "core/base/digest.h"
#include "core/base/parallel.h"
#include "core/base/user_folders.h"
#include "core/tokens/colour_lookup.h"

namespace scanline {

namespace {

std::string nameOf(const MappedFile& images, const Palette& palette) {
  Digest digest("sha256");
  digest.add(fmt::format("1 {}\n", images.path().filename().string()));  // itself made from all that decides the images
  digest.add(std::as_bytes(palette.colours()));
  return digest.hex().substr(0, 32);
}

}  // namespace

TokenCache::TokenCache(const ImageSet& images, const Palette& palette, int threads, const Control& control) {
  assert(!images.file.isNone());
  const MappedFile& source = images.file.file();
  const auto pixels = static_cast<size_t>(images.width * images.height);
  recordBytes_ = pixels * sizeof(Token);
  const ColourLookup lookup(palette, threads);
  const auto fill = [&](int64_t first, std::span<std::byte> records, std::span<uint8_t> marks) {
    constexpr size_t kAtOnce = 64;
    const auto parts = static_cast<int64_t>((marks.size() + kAtOnce - 1) / kAtOnce);
    inParallel(parts, threads, [&](int64_t part) {
      std::vector<Token> ids(pixels);
      const size_t begin = static_cast<size_t>(part) * kAtOnce, end = std::min(marks.size(), begin + kAtOnce);
      for (size_t i = begin; i < end; ++i) {
        const auto rgb = source.bytes().subspan((static_cast<size_t>(first) + i) * 3 * pixels, 3 * pixels);
        lookup.tokens({reinterpret_cast<const uint8_t*>(rgb.data()), rgb.size()}, ids);
        std::memcpy(&records[i * recordBytes_], ids.data(), recordBytes_);
      }
    });
  };
  file_ = openRecordFile({.file = userCacheFolder() / "tokens" / nameOf(source, palette),
                          .count = static_cast<int64_t>(source.bytes().size() / (3 * pixels)),
                          .recordBytes = static_cast<int64_t>(recordBytes_),
                          .contents = "tokens of decoded images"},
                         fill, control);
}

TokenSet TokenCache::tokens(const ImageSet& images) const {
  if (images.count == 0) return {};
  const auto rows = images.file.rows();
  return {.count = images.count,
          .length = images.width * images.height,
          .ids = {},
          .labels = images.labels,
          .file = MappedRows(file_.mapped, 0, recordBytes_, {rows.begin(), rows.end()})};
}

DatasetTokens tokenizeDataset(const Dataset& set, const Palette& palette, int threads, const Control& control) {
  if (set.train.file.isNone())
    return {tokenize(set.train, palette, threads), tokenize(set.validation, palette, threads),
            tokenize(set.test, palette, threads)};
  const TokenCache cache(set.train, palette, threads, control);
  return {cache.tokens(set.train), cache.tokens(set.validation), cache.tokens(set.test)};
}

}  // namespace scanline
