#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/formats/npy.h"

namespace scanline {

/// The class of each image as its file says it: a whole number, of which only some may occur.
using LabelValues = std::vector<int64_t>;

/// Classes of `count` images from a .npy file, or from the array named labels, y or Y (or the only one) of a .npz
/// archive: one-hot [count, classes] or whole numbers [count]: from 0, or -1 and 1. Throws Error.
LabelValues readLabels(const std::filesystem::path& file, int64_t count);
/// The same from an array, which may also be [count, 1].
LabelValues labelsOf(const NpyArray& array, int64_t count);

/// The classes of a data set: the different values that occur in any of its parts, ascending. `source` names the set in
/// messages. Throws Error above 65,536 classes.
LabelValues classesOf(const std::vector<const LabelValues*>& parts, const std::string& source);
/// The place of each label among `classes`, which hold it.
std::vector<int32_t> placesOf(const LabelValues& labels, const LabelValues& classes);
/// The values as texts, which are the names of classes that have no others.
std::vector<std::string> namesOf(const LabelValues& classes);

}  // namespace scanline
