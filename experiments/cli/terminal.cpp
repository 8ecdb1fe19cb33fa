#include "experiments/cli/terminal.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace scanline {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool localeIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos || value.find("UTF8") != value.npos;
  }
  return false;
}

bool hasTrueColour() {
  if (!environment("NO_COLOR").empty()) return false;
  const std::string_view colour = environment("COLORTERM"), term = environment("TERM");
  return colour == "truecolor" || colour == "24bit" || term.ends_with("-direct") || term == "xterm-kitty" ||
         term == "alacritty" || term == "foot";
}

int columnsOf(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view text = environment("COLUMNS");
  int columns = 0;
  std::from_chars(text.data(), text.data() + text.size(), columns);
  return columns > 0 ? columns : 80;
}

const uint8_t* pixel(const Image& image, int64_t x, int64_t y) {
  return image.rgb.data() + 3 * (y * image.width + x);
}

/// The upper half block shows the upper pixel in its own colour and the lower one in the background's.
std::string drawInColour(const Image& image) {
  std::string text;
  for (int64_t y = 0; y < image.height; y += 2) {
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* upper = pixel(image, x, y);
      text += fmt::format("\x1b[38;2;{};{};{}", upper[0], upper[1], upper[2]);
      if (y + 1 < image.height) {
        const uint8_t* lower = pixel(image, x, y + 1);
        text += fmt::format(";48;2;{};{};{}", lower[0], lower[1], lower[2]);
      }
      text += "m\u2580";
    }
    text += "\x1b[0m\n";
  }
  return text;
}

std::string drawInAscii(const Image& image) {
  constexpr std::string_view kRamp = " .:-=+*#%@";
  std::string text;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* rgb = pixel(image, x, y);
      const int brightness = (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000;
      text.append(2, kRamp[static_cast<size_t>(brightness * 10 / 256)]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace

Terminal Terminal::ofStdout() {
  const bool forced = environment("CLICOLOR_FORCE") == "1";
  Terminal terminal;
  terminal.isTty = isatty(STDOUT_FILENO) == 1 && environment("TERM") != "dumb";
  terminal.unicode = localeIsUtf8() && (terminal.isTty || forced);
  terminal.colour = terminal.unicode && hasTrueColour();
  terminal.columns = columnsOf(STDOUT_FILENO);
  return terminal;
}

std::string drawPicture(const Image& image, const Terminal& terminal) {
  const int64_t columns = terminal.colour ? image.width : 2 * image.width;
  if (columns > terminal.columns) return {};
  return terminal.colour ? drawInColour(image) : drawInAscii(image);
}

std::string durationText(double seconds) {
  if (!(seconds >= 0) || seconds > 1e10) return "?";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

std::string countText(int64_t count) {
  const auto value = static_cast<double>(count);
  if (value < 1e4) return fmt::format("{}", count);
  if (value < 1e6) return fmt::format("{:.3g} k", std::min(value / 1e3, 999.0));
  if (value < 1e9) return fmt::format("{:.3g} M", std::min(value / 1e6, 999.0));
  return fmt::format("{:.3g} G", value / 1e9);
}

std::string timeText(int64_t unixMs) {
  if (unixMs == 0) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(static_cast<std::time_t>(unixMs / 1000)));
}

int textWidth(const std::string& text) {
  int width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

}  // namespace scanline
