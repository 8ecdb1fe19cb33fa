#pragma once

#include "core/data/image.h"

namespace scanline {

/// Perceptually even colours of values, dark blue to yellow (viridis). `at` in 0..1; values outside take the ends'.
Rgb evenColour(double at);
/// Blue below the middle, near white in it, brown above (vik of Crameri's scientific colour maps), likewise.
Rgb divergingColour(double at);

}  // namespace scanline
