#pragma once

#include <optional>

#include "core/run/events.h"

namespace scanline {

/// Says in the log of a run how it came along: its data and palette, the first step, validations and checkpoints. One
/// object an attempt.
class RunLog {
 public:
  /// The line for an event, if it is worth one.
  std::optional<LogLine> lineFor(const TrainEvent& event);

 private:
  bool prepared_ = false, stepped_ = false;
};

}  // namespace scanline
