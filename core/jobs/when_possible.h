#pragma once

#include <functional>

#include "core/base/passing_error.h"
#include "core/run/loop.h"

namespace scanline {

/// `work`, again every second for as long as it throws PassingError, which `onProblem` hears of. Throws its other
/// exceptions, and Stopped once `control` is stopped meanwhile.
template <class Work>
auto whenPossible(const Control& control, Work&& work, const std::function<void(const PassingError&)>& onProblem = {}) {
  for (;;) {
    try {
      return work();
    } catch (const PassingError& problem) {
      if (onProblem) onProblem(problem);
    }
    waitForDisk(control);
  }
}

}  // namespace scanline
