#pragma once

#include "core/base/random.h"
#include "core/data/image.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// A training image as it looks once (paper section 3.1), `side` pixels squared. `side` >= 1.
/// None: the centre square, brought to `side`.
/// Cifar: that, padded by its reflection by an eighth of the side, a random crop of `side`, and flipped every other
/// time. Imagenet: the shorter side resized to 256-384 pixels, a random crop of 224, brought to `side`: in one step, a
/// random square of 224/384 to 224/256 of the shorter side, in whole pixels of `image`, brought to `side`.
Image augmented(const Image& image, Augment augment, int64_t side, Resize filter, RandomStream& random);

}  // namespace scanline
