#pragma once

#include <cstdint>

namespace scanline {

/// Now, in Unix milliseconds.
int64_t nowMs();

}  // namespace scanline
