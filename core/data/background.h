#pragma once

#include <string_view>

#include "core/data/image.h"

namespace scanline {

/// The colour of data.background: white, black, grey, or #rrggbb in hexadecimal digits. Throws Error that names the
/// setting.
Rgb backgroundColour(std::string_view text);

}  // namespace scanline
