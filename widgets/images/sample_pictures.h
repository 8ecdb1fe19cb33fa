#pragma once

#include "core/run/events.h"
#include "core/tokens/palette.h"
#include "widgets/images/picture_set.h"

namespace scanline {

/// A row a prompt: original | given half | samples, with nats under originals and samples; the likeliest and the least
/// likely sample are marked. Sets that have pixels are painted by them: original | its reconstruction from its codes |
/// given half | samples, without the original where the set does not hold it. Others are painted by their tokens'
/// colours. Throws Error if the set's sizes disagree or a token is not in the palette.
PictureSet completionPictures(const SampleSet& set, const Palette& palette);
/// The samples alone, flowing: whole images drawn from nothing.
PictureSet wholePictures(const SampleSet& set, const Palette& palette);
/// Of a VQ-VAE: every picture beside its decoded codes, flowing, with the signal-to-noise ratio under it. Throws
/// Error if the set's sizes disagree.
PictureSet reconstructionPictures(const SampleSet& set);

}  // namespace scanline
