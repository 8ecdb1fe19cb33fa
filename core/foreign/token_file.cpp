#include "core/exchange/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "core/base/error.h"
#include "core/exchange/npz.h"

namespace scanline {

namespace {

/// The elements, if they are of type T and each is 0 .. most: without the eight bytes an element that any type takes,
/// which matter with a billion of them.
template <class T>
bool takeIds(const NpyArray& array, int64_t most, std::vector<Token>& ids) {
  if (array.type != npyTypeOf<T>()) return false;
  const auto count = static_cast<size_t>(array.count());
  ids.resize(count);
  for (size_t i = 0; i < count; ++i) {
    T value = 0;
    std::memcpy(&value, &array.bytes[i * sizeof(T)], sizeof(T));
    if (std::cmp_less(value, 0) || std::cmp_greater(value, most)) return false;
    ids[i] = static_cast<Token>(value);
  }
  return true;
}

}  // namespace

TokenSet readTokens(const std::filesystem::path& file, int64_t paletteSize) {
  const NpyArray array = readNpyOrNpz(file, {"tokens", "ids", "x", "X"});
  if ((array.shape.size() != 2 && array.shape.size() != 3) || array.count() == 0)
    throw Error(fmt::format("{} holds {}; tokens are whole numbers [images, n] or [images, height, width].",
                            array.source, array.describe()));
  TokenSet tokens{.count = array.shape[0], .length = array.count() / array.shape[0], .ids = {}, .labels = {}};
  const int64_t most = paletteSize - 1;
  if (takeIds<int32_t>(array, most, tokens.ids) || takeIds<uint16_t>(array, most, tokens.ids)) return tokens;
  tokens.ids.clear();
  for (const int64_t id : array.toIntegers(0, most)) tokens.ids.push_back(static_cast<Token>(id));
  return tokens;
}

std::vector<int32_t> readLabels(const std::filesystem::path& file, int64_t count) {
  return labelsOf(readNpyOrNpz(file, {"labels", "y", "Y"}), count);
}

std::vector<int32_t> labelsOf(const NpyArray& array, int64_t count) {
  const bool oneHot = array.shape.size() == 2 && array.shape[1] != 1, column = array.shape.size() == 2 && !oneHot;
  if ((array.shape.size() != 1 && !oneHot && !column) || array.shape[0] != count)
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
