#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/run/events.h"
#include "core/spec/run_spec.h"
#include "core/store/process_identity.h"
#include "core/store/run_types.h"

namespace scanline {

// Lines of a log in the inbox, as resources/python/scanline_log.py writes them. All functions throw Error for a line
// that is none of theirs; times are Unix ms, 0 if the line has none.

/// The first line.
struct InboxHeader {
  std::string name, project;
  int64_t timeMs = 0;
  std::vector<std::pair<std::string, std::string>> config;  ///< flat: "model.layers" and the value as text
  ProcessIdentity writer;                                   ///< pid 0: not known
};
InboxHeader readInboxHeader(std::string_view line);

/// Settings of the configuration that Scanline has too, by its own names or the usual ones ("lr", "batch_size"); those
/// are `known`. A value that its setting cannot take is left out.
struct InboxSettings {
  RunSpec spec;
  KnownSettings known;
};
InboxSettings settingsOf(const InboxHeader& header);

/// Any other line: numbers of a step, or the end.
struct InboxLine {
  int64_t timeMs = 0;
  std::optional<Scalars> values;
  std::optional<StateChanged> end;
};
InboxLine readInboxLine(std::string_view line);

}  // namespace scanline
