#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace scanline {

/// Parses JSON of another program: objects with a key twice and nesting deeper than `maxDepth` are refused, so
/// that neither which value counts nor the stack depends on the writer. Throws Error that begins with `source`. For
/// .cpp files only: the library's header is slow to compile.
nlohmann::json parseStrictJson(std::string_view text, std::string_view source, int maxDepth);

}  // namespace scanline
