#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace scanline {

/// The part of a picture that a model may paint: across * down entries in raster order, 1 = the model paints it, 0 = it
/// is given (DrawRequest::paint).
using PaintMask = std::vector<uint8_t>;

/// "lower", "upper", "left", "right", "centre", "random", "checkerboard", in the order in which they are offered.
std::span<const std::string_view> maskPresets();

/// A mask by the name of its preset; at least one pixel is painted. `share` is in (0, 1]: of the rows (lower, upper),
/// of the columns (left, right), of both sides of a rectangle in the middle (centre), or of the pixels, which `seed`
/// draws (random). A checkerboard ignores it: every other pixel is painted, and the first one is given. `across`
/// and `down` are 1 or more. Throws Error on a name that is none, or a share outside of its range.
PaintMask presetMask(std::string_view name, int64_t across, int64_t down, double share = 0.5, uint64_t seed = 1);

/// How many pixels are painted.
int64_t paintedPixels(std::span<const uint8_t> mask);
/// How many given pixels come after the first painted one in raster order: an autoregressive model has not seen them
/// when it paints above them, unless the drawing is conditioned.
int64_t givenAfterPainted(std::span<const uint8_t> mask);
/// Throws Error if `mask` has not `positions` entries, or nothing is to be painted.
void checkMask(std::span<const uint8_t> mask, int64_t positions);

}  // namespace scanline
