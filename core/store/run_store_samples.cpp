// RunStore: sets of samples, as views read them.
#include <fmt/format.h>

#include "core/store/run_store_impl.h"

namespace scanline {

std::vector<Token> unpackTokens(std::string_view bytes, int64_t positions) {
  const auto count = static_cast<size_t>(positions);
  if (bytes.size() != count && bytes.size() != 2 * count)
    throw Error(
        fmt::format("A stored sample has {} bytes instead of {} or {}. Check the store with `scanline-cli verify`.",
                    bytes.size(), count, 2 * count));
  const size_t width = bytes.size() == count ? 1 : 2;
  std::vector<Token> tokens(count);
  for (size_t i = 0; i < count; ++i) {
    tokens[i] = static_cast<uint8_t>(bytes[width * i]);
    if (width == 2) tokens[i] = static_cast<Token>(tokens[i] | (static_cast<uint8_t>(bytes[2 * i + 1]) << 8));
  }
  return tokens;
}

std::vector<SampleSetInfo> RunStore::sampleSets(RunId run) const {
  std::vector<SampleSetInfo> sets;
  Query query = impl_->db.query(
      "SELECT step, given, prompts, per_prompt FROM sample_set WHERE run = ? ORDER BY step, completions", run.value);
  while (query.next()) sets.push_back({query.integer(0), query.integer(1), query.integer(2), query.integer(3)});
  return sets;
}

std::optional<SampleSet> RunStore::samples(RunId run, int64_t step, bool completions) const {
  Database& db = impl_->db;
  return db.read([&]() -> std::optional<SampleSet> {
    Query query = db.query(
        "SELECT id, width, height, given, per_prompt, pixel_width, pixel_height FROM sample_set WHERE run = ? AND step "
        "= ? AND completions = ?",
        run.value, step, completions);
    if (!query.next()) return std::nullopt;
    SampleSet set{.step = step,
                  .width = query.integer(1),
                  .height = query.integer(2),
                  .given = query.integer(3),
                  .perPrompt = query.integer(4),
                  .pixelWidth = query.integer(5),
                  .pixelHeight = query.integer(6)};
    const auto pixelBytes = static_cast<size_t>(3 * set.pixelWidth * set.pixelHeight);
    Query pictures = db.query(
        "SELECT original, nats, tokens, pixels, true_pixels FROM sample WHERE sample_set = ? ORDER BY original, place",
        query.integer(0));
    const auto picture = [&](int column) {
      auto pixels = valuesOf<uint8_t>(pictures.blob(column));
      if (pixels.size() != pixelBytes)
        throw Error(
            fmt::format("A stored picture has {} bytes instead of {}. Check the store with `scanline-cli verify`.",
                        pixels.size(), pixelBytes));
      return pixels;
    };
    while (pictures.next()) {
      const bool original = pictures.integer(0) != 0;
      (original ? set.originals : set.samples).push_back(unpackTokens(pictures.blob(2), set.width * set.height));
      (original ? set.originalNats : set.sampleNats).push_back(pictures.real(1));
      if (pixelBytes == 0) continue;
      (original ? set.originalPixels : set.samplePixels).push_back(picture(3));
      if (!pictures.isNull(4)) set.truePixels.push_back(picture(4));
    }
    return set;
  });
}

}  // namespace scanline
