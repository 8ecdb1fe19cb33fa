#pragma once

#include <cstdint>
#include <functional>

namespace scanline {

using KeepOn = std::function<bool()>;

/// Calls work(i, goOn) for i = 0 .. count - 1 and returns when all have ended; false if they were stopped. Small pieces
/// of work go side by side, a thread each (a single one too), begun in order, which spares them thousands of meetings
/// of all threads; others share all of LibTorch's threads one after another, which spares memory. `turn` is called on
/// the calling thread only, whenever work there asks goOn and after each piece done there; once it says no, every goOn
/// does, and nothing new begins.
bool sideBySide(int64_t count, bool areSmall, const KeepOn& turn,
                const std::function<void(int64_t i, const KeepOn& goOn)>& work);

}  // namespace scanline
