#pragma once

#include <filesystem>

#include "core/tokens/tokens.h"

namespace scanline {

// The arrays that OpenAI released with image GPT: {imagenet,cifar10}_{tr,va,te}{X,Y}.npy. A .npz archive is read,
// too: its array named tokens, ids, x or X, or its only one. Their classes are read by core/data/labels.h.

/// Palette indices as whole numbers of any type, [images, n] or [images, height, width], each 0 .. paletteSize - 1.
/// Throws Error.
TokenSet readTokens(const std::filesystem::path& file, int64_t paletteSize);

}  // namespace scanline
