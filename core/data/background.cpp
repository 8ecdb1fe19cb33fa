#include "core/data/background.h"

#include <fmt/format.h>

#include <charconv>

#include "core/base/error.h"

namespace scanline {

Rgb backgroundColour(std::string_view text) {
  if (text == "white") return kWhite;
  if (text == "black") return {0, 0, 0};
  if (text == "grey" || text == "gray") return {128, 128, 128};
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  if (text.size() != 7 || text[0] != '#' || std::from_chars(text.data() + 1, end, value, 16).ptr != end)
    throw Error(fmt::format(
        "data.background is \"{}\"; give white, black, grey, or a colour as #rrggbb, such as #ff8000 for orange.",
        text));
  return {static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

}  // namespace scanline
