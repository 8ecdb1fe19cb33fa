#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/store/run_store.h"

namespace scanline {

/// The trials of a learning-rate search that ended, a line each with rate, loss and run; the winner marked.
std::string searchTable(const RunStore& store, RunId search);
/// The same as data: an array of {rate, loss (null: diverged), run, best}.
nlohmann::ordered_json searchJson(const RunStore& store, RunId search);

}  // namespace scanline
