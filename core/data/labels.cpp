#include "core/data/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/formats/npz.h"

namespace scanline {

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
