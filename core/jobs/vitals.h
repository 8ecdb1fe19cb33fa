#pragma once

#include <chrono>
#include <optional>

#include "core/base/system_load.h"
#include "core/run/events.h"

namespace scanline {

/// The load of the machine while a run trains, as points of the run's series kBusyCores, kOwnMemory and kFreeMemory
/// (core/store/run_types.h), so that a slow stretch of a curve can be explained later. Decides nothing of the run. The
/// lane's thread.
class Vitals {
 public:
  /// The load since the last ones, if `kPause` has passed; they belong to `step`.
  std::optional<Scalars> take(int64_t step);

  static constexpr std::chrono::seconds kPause{2};

 private:
  LoadMeter meter_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace scanline
