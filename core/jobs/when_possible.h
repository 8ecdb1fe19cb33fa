#pragma once

#include <functional>
#include <stop_token>

#include "core/base/passing_error.h"
#include "core/run/loop.h"

namespace scanline {

/// `work`, again every second for as long as it throws PassingError, which `onProblem` hears of. Throws what else it
/// throws, and Stopped once `stop` is requested meanwhile.
template <class Work>
auto whenPossible(const std::stop_token& stop, Work&& work,
                  const std::function<void(const PassingError&)>& onProblem = {}) {
  for (;;) {
    try {
      return work();
    } catch (const PassingError& problem) {
      if (onProblem) onProblem(problem);
    }
    waitForDisk(stop);
  }
}

}  // namespace scanline
