#pragma once

#include "core/data/image.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// Centre crop to the largest square (not with Stretch), then to side x side. Area: each target pixel is the mean over
/// its source rectangle, fractional edges weighted. Bilinear: triangle filter widened when shrinking, as Pillow does
/// (antialiased); Stretch the same. `side` >= 1.
Image squareTo(const Image& image, int64_t side, Resize filter);
/// The same filters without cropping.
Image resizeTo(const Image& image, int64_t width, int64_t height, Resize filter);

}  // namespace scanline
