#include "core/data/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/base/error.h"
#include "core/formats/npz.h"

namespace scanline {

LabelValues readLabels(const std::filesystem::path& file, int64_t count) {
  return labelsOf(readNpyOrNpz(file, {"labels", "y", "Y"}), count);
}

LabelValues labelsOf(const NpyArray& array, int64_t count) {
  const bool oneHot = array.shape.size() == 2 && array.shape[1] != 1, column = array.shape.size() == 2 && !oneHot;
  if ((array.shape.size() != 1 && !oneHot && !column) || array.shape[0] != count)
    throw Error(fmt::format("{} holds {}; the classes of {} images are one-hot [{}, classes] or whole numbers [{}].",
                            array.source, array.describe(), count, count, count));
  if (!oneHot) {
    LabelValues values = array.toIntegers(-1, std::numeric_limits<int64_t>::max());
    const bool signs = std::ranges::all_of(values, [](int64_t v) { return v == -1 || v == 1; });
    if (!signs && std::ranges::find(values, -1) != values.end())
      throw Error(fmt::format(
          "{} has the class -1 beside others. If these images have no class, leave them out; else number the classes from 0.",
          array.source));
    return values;
  }
  const std::vector<int64_t> values = array.toIntegers(0, 1);
  const int64_t classes = array.shape[1];
  LabelValues labels;
  for (int64_t row = 0; row < count; ++row) {
    const auto begin = values.begin() + row * classes, end = begin + classes;
    if (std::count(begin, end, 1) != 1)
      throw Error(fmt::format("{}: row {} has {} ones; a one-hot row has exactly one, at its class.", array.source, row,
                              std::count(begin, end, 1)));
    labels.push_back(std::find(begin, end, 1) - begin);
  }
  return labels;
}

LabelValues classesOf(const std::vector<const LabelValues*>& parts, const std::string& source) {
  constexpr size_t kMostClasses = 65536;
  std::set<int64_t> found;
  for (const LabelValues* part : parts)
    for (const int64_t label : *part)
      if (found.insert(label).second && found.size() > kMostClasses)
        throw Error(fmt::format(
            "{} has more than {} different classes, which is the most that can be used. Are these numbers of images and not of classes?",
            source, kMostClasses));
  return {found.begin(), found.end()};
}

std::vector<int32_t> placesOf(const LabelValues& labels, const LabelValues& classes) {
  std::vector<int32_t> places;
  places.reserve(labels.size());
  for (const int64_t label : labels)
    places.push_back(static_cast<int32_t>(std::ranges::lower_bound(classes, label) - classes.begin()));
  return places;
}

std::vector<std::string> namesOf(const LabelValues& classes) {
  std::vector<std::string> names;
  for (const int64_t value : classes) names.push_back(std::to_string(value));
  return names;
}

}  // namespace scanline
