#pragma once

#include <cstdint>
#include <vector>

#include "core/store/run_columns.h"

namespace scanline {

/// All places by the values of a column, the newest run first among equal ones, those without a value last.
std::vector<uint32_t> ordered(const RunColumn& column, bool falling);

/// That order again after the values of a few runs changed, or a few were added. Of many it is made anew when it is
/// asked for, and empty until then.
void putInPlace(std::vector<uint32_t>& order, const RunColumn& column, bool falling, std::vector<uint32_t> moved);

}  // namespace scanline
