#pragma once

#include <optional>
#include <string_view>

#include "core/store/run_query_grammar.h"

namespace scanline {

/// The value of a comparison with `field`. Nothing if the text is no value of its type.
std::optional<QueryValue> queryValue(const QueryField& field, std::string_view text);
/// The values that a field takes, in words that follow "takes": "a number, such as 0.003 or 5k".
std::string_view expectedValue(const QueryField& field);

}  // namespace scanline
