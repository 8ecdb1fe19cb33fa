#pragma once

#include <nlohmann/json.hpp>

#include "core/run/events.h"

namespace scanline {

// One event as JSON, without loss: a list of a letter that says which, then its fields in their order. For .cpp files
// only, as exported_run.h.

nlohmann::json eventJson(const TrainEvent& event);
/// Throws nlohmann's exceptions, or Error, unless the JSON has the written shape.
TrainEvent eventFrom(const nlohmann::json& json);

}  // namespace scanline
