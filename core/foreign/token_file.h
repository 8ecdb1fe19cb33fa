#pragma once

#include <filesystem>

#include "core/exchange/npy.h"
#include "core/tokens/tokens.h"

namespace scanline {

// The arrays that OpenAI released with image GPT: {imagenet,cifar10}_{tr,va,te}{X,Y}.npy. A .npz archive is read,
// too: its array named tokens, ids, x or X for tokens, labels, y or Y for classes, or its only one.

/// Palette indices as whole numbers of any type, [images, n] or [images, height, width], each 0 .. paletteSize - 1.
/// Throws Error.
TokenSet readTokens(const std::filesystem::path& file, int64_t paletteSize);

/// Classes of `count` images: one-hot [count, classes] or whole numbers [count]. Throws Error.
std::vector<int32_t> readLabels(const std::filesystem::path& file, int64_t count);
/// The same from an array, which may also be [count, 1].
std::vector<int32_t> labelsOf(const NpyArray& array, int64_t count);

}  // namespace scanline
