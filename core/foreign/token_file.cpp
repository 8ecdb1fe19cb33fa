#include "core/foreign/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "core/formats/npz.h"

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
  // A side of 1 says that the other one counts the tokens of a picture.
  if (array.shape.size() == 3 && array.shape[1] != array.shape[2] && std::min(array.shape[1], array.shape[2]) > 1)
    throw Error(fmt::format("{} holds {}, images of {} rows and {} columns; models see squares.", array.source,
                            array.describe(), array.shape[1], array.shape[2]));
  TokenSet tokens{.count = array.shape[0], .length = array.count() / array.shape[0], .ids = {}, .labels = {}};
  const int64_t most = paletteSize - 1;
  if (takeIds<int32_t>(array, most, tokens.ids) || takeIds<uint16_t>(array, most, tokens.ids)) return tokens;
  tokens.ids.clear();
  for (const int64_t id : array.toIntegers(0, most)) tokens.ids.push_back(static_cast<Token>(id));
  return tokens;
}

}  // namespace scanline
