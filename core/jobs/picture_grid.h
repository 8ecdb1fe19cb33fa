#pragma once

#include <optional>

#include "core/data/image.h"
#include "core/run/events.h"
#include "core/tokens/palette.h"

namespace scanline {

struct SheetLayout {
  int64_t scale = 1;         ///< screen pixels a pixel
  int64_t gap = 1;           ///< between pictures
  int64_t columns = 8;       ///< for whole images and reconstructions; completions have one row a prompt
  int64_t rows = INT64_MAX;  ///< at most
};

struct PictureSize {
  int64_t width = 0, height = 0;
};
/// Of each picture of a set: decoded pixels where its tokens are codes, else a pixel a token.
PictureSize pictureSize(const SampleSet& set);
/// Whether all of each original was given, as a VQ-VAE's sets tell.
bool areReconstructions(const SampleSet& set);

/// One picture of a sample set. Completions: a row a prompt, and in it the original, its given part, and the samples;
/// of codes whose true pictures are known, these come first.
/// Reconstructions: rows of `columns` originals, each above its own. Whole images: rows of `columns`. Sets that hold
/// pixels show these; the others need the palette of their tokens.
Image pictureGrid(const SampleSet& set, const std::optional<Palette>& palette, const SheetLayout& layout);

}  // namespace scanline
