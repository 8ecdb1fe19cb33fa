#pragma once

#include <cstdint>
#include <functional>

#include "core/base/control.h"

namespace scanline {

/// Calls work(i, part) for i = 0 .. count - 1 and returns when all have ended. Small pieces of work go side by side, a
/// thread each (a single one too), begun in order, which saves thousands of waits for all threads; others share
/// all of LibTorch's threads one after another, which spares memory. `control` and `turn` are called on the calling
/// thread only, whenever work there checks `part` and after each piece done there. Throws the first exception of them
/// or a piece: no new piece begins then, and every other one that checks `part` ends with Stopped.
void sideBySide(int64_t count, bool areSmall, const Control& control, const std::function<void()>& turn,
                const std::function<void(int64_t i, const Control& part)>& work);

}  // namespace scanline
