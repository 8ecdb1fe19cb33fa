#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/formats/npy.h"

namespace scanline {

/// Classes of `count` images from a .npy file, or from the array named labels, y or Y (or the only one) of a .npz
/// archive: one-hot [count, classes] or whole numbers [count]. Throws Error.
std::vector<int32_t> readLabels(const std::filesystem::path& file, int64_t count);
/// The same from an array, which may also be [count, 1].
std::vector<int32_t> labelsOf(const NpyArray& array, int64_t count);

}  // namespace scanline
