#pragma once

#include <string>
#include <string_view>

namespace scanline {

/// Without the bytes of `blanks` at both ends.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t");

/// A to Z as a to z, in any locale; every other byte stays.
std::string lowerCase(std::string_view text);

}  // namespace scanline
