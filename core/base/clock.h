#pragma once

#include <cstdint>

namespace scanline {

/// Now, in Unix milliseconds.
int64_t nowMs();

/// CPU seconds that this process has used, over all its threads.
double cpuSeconds();

}  // namespace scanline
