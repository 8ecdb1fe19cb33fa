#pragma once

#include <cstdint>
#include <vector>

#include "core/data/dataset.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// How a palette fits images.
struct PaletteUse {
  std::vector<int64_t> uses;  ///< [palette] pixels of each colour
  double error = 0;  ///< root mean square over pixels and channels of image minus quantised image, in levels 0..255
};

/// Throws Error("Stopped.") as `progress`, which counts images, asks for.
PaletteUse measurePalette(const ImageSet& images, const Palette& palette, int threads, const Progress& progress = {});

/// How often each colour occurs; there is no error without pixels.
std::vector<int64_t> countColours(const TokenSet& tokens, int64_t paletteSize);

}  // namespace scanline
