#pragma once

#include <cstdint>
#include <vector>

#include "core/store/run_columns.h"
#include "core/store/run_query_grammar.h"

namespace scanline {

/// Which runs a question asks for: 1 or 0 by their places in `columns`. `nowMs` decides an age.
std::vector<uint8_t> matches(const RunQuery& query, RunColumns& columns, int64_t nowMs);

}  // namespace scanline
