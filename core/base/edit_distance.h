#pragma once

#include <cstddef>
#include <string_view>

namespace scanline {

/// Levenshtein's distance: how many bytes have to be changed, added or removed. For short texts: |a| |b| steps.
size_t editDistance(std::string_view a, std::string_view b);

}  // namespace scanline
