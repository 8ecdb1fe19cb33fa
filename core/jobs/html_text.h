#pragma once

#include <string>
#include <string_view>

namespace scanline {

/// Text as it stands in HTML, XML and SVG, within an element or an attribute: characters of markup are escaped, bytes
/// that are no UTF-8 and characters that XML forbids become U+FFFD.
std::string htmlText(std::string_view text);

/// Bytes in base 64, as a data: address has them.
std::string base64(std::string_view bytes);

}  // namespace scanline
