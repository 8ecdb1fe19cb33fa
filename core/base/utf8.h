#pragma once

#include <cstddef>
#include <string_view>

namespace scanline {

/// Bytes of the UTF-8 sequence at the beginning of `text`, which is not empty; 0 if it is malformed, cut off, overlong
/// or a surrogate.
size_t utf8Length(std::string_view text);

bool isUtf8(std::string_view text);

}  // namespace scanline
