#pragma once

#include <cstdint>
#include <string>

#include "core/data/image.h"

namespace scanline {

/// Abilities of the standard output.
struct Terminal {
  bool isTty = false;
  bool unicode = false;  ///< the locale is UTF-8
  bool colour = false;   ///< 24-bit colours
  int columns = 80;

  /// Looks at the standard output and the environment (LC_ALL, LC_CTYPE, LANG, TERM, COLORTERM, NO_COLOR, COLUMNS).
  /// CLICOLOR_FORCE=1 draws as on a terminal even into a pipe.
  static Terminal ofStdout();
};

/// A picture as lines of text: two pixels a character with colours, else two characters a pixel by brightness. Empty if
/// the terminal is too narrow for it.
std::string drawPicture(const Image& image, const Terminal& terminal);

/// "1 h 20 min", "3 min 5 s", "48 s".
std::string durationText(double seconds);
/// "76.6 M", "455 k": a count in three digits.
std::string countText(int64_t count);
/// "2026-11-23 22:14" in local time; "-" for 0.
std::string timeText(int64_t unixMs);
/// Columns that a text takes on the screen: its code points, which suffices for our own texts.
int textWidth(const std::string& text);

}  // namespace scanline
