#pragma once

#include <cstdint>
#include <string>

#include "core/run/paint_mask.h"

namespace scanline {

/// A mask as people write it: the name of a preset, with a share after a colon where it takes one ("lower",
/// "random:0.3"), or a file. Of a picture, brought to across x down, light pixels are painted; of a .npy of [down,
/// across] or [n] numbers, those that are not 0. Throws Error, also where nothing is to be painted.
PaintMask maskOf(const std::string& text, int64_t across, int64_t down, uint64_t seed);

}  // namespace scanline
