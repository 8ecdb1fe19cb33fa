#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/store/run_store.h"

namespace scanline {

/// A line of `runs`. Times are Unix milliseconds, losses as lossUnit() says, accuracies shares; null = not known.
nlohmann::ordered_json toJson(const RunSummary& run);
/// Everything of `show`.
nlohmann::ordered_json detailsJson(const RunStore& store, RunId run);
nlohmann::ordered_json toJson(const ProbeResult& probe);

}  // namespace scanline
