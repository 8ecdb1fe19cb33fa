#pragma once

#include <cstddef>
#include <string_view>

namespace scanline {

/// How many bytes have to be changed, added, removed, or swapped with their neighbour (optimal string alignment). For
/// short texts: |a| |b| steps.
size_t editDistance(std::string_view a, std::string_view b);

}  // namespace scanline
