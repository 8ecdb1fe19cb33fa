#include "core/exchange/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/exchange/npz.h"

namespace scanline {

TokenSet readTokens(const std::filesystem::path& file, int64_t paletteSize) {
  const NpyArray array = readNpyOrNpz(file, {"tokens", "ids", "x", "X"});
  if ((array.shape.size() != 2 && array.shape.size() != 3) || array.count() == 0)
    throw Error(fmt::format("{} holds {}; tokens are whole numbers [images, n] or [images, height, width].",
                            array.source, array.describe()));
  TokenSet tokens{.count = array.shape[0], .length = array.count() / array.shape[0], .ids = {}, .labels = {}};
  tokens.ids.reserve(static_cast<size_t>(array.count()));
  for (const int64_t id : array.toIntegers(0, paletteSize - 1)) tokens.ids.push_back(static_cast<Token>(id));
  return tokens;
}

std::vector<int32_t> readLabels(const std::filesystem::path& file, int64_t count) {
  const NpyArray array = readNpyOrNpz(file, {"labels", "y", "Y"});
  const bool oneHot = array.shape.size() == 2;
  if ((array.shape.size() != 1 && !oneHot) || array.shape[0] != count)
    throw Error(fmt::format("{} holds {}; the classes of {} images are one-hot [{}, classes] or whole numbers [{}].",
                            array.source, array.describe(), count, count, count));
  const std::vector<int64_t> values = array.toIntegers(0, oneHot ? 1 : std::numeric_limits<int32_t>::max());
  if (!oneHot) return {values.begin(), values.end()};
  const int64_t classes = array.shape[1];
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < count; ++row) {
    const auto begin = values.begin() + row * classes, end = begin + classes;
    if (std::count(begin, end, 1) != 1)
      throw Error(fmt::format("{}: row {} has {} ones; a one-hot row has exactly one, at its class.", array.source, row,
                              std::count(begin, end, 1)));
    labels.push_back(static_cast<int32_t>(std::find(begin, end, 1) - begin));
  }
  return labels;
}

}  // namespace scanline
