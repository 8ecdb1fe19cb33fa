#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/file_bytes.h"
#include "core/run/events.h"
#include "core/store/run_types.h"

namespace scanline {

// The lines of a run's event file (core/jobs/run_files.h): a JSON list of a time and an event, or of a time and the
// step from which the run goes on.

struct EventLine {
  TrainEvent event;
  std::optional<int64_t> backTo;  ///< no event: what came after this step no longer holds; -1: nothing holds
  int64_t timeMs = 0;             ///< Unix ms, by the clock of the machine that trains
};

/// With its line end.
std::string lineOf(const TrainEvent& event, int64_t timeMs);
std::string lineGoingBackTo(int64_t step, int64_t timeMs);
/// Without its line end. Throws an exception of std unless it is such a line.
EventLine readEventLine(std::string_view line);

/// The place behind `line` (without its line end), whose line end is byte `bytes` - 1 of the file.
TakenTo behindLine(std::string_view line, int64_t bytes);
/// Whether `file` is the one that was taken so far: as long at least, and with the same last line there. Throws Error.
bool isAsTaken(const FileBytes& file, TakenTo taken);

}  // namespace scanline
