#pragma once

#include <cstdint>

namespace scanline {

/// Bytes of memory that this process may use at most: the machine's, or what its control group allows it.
int64_t memoryLimit();

}  // namespace scanline
