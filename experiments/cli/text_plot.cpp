#include "experiments/cli/text_plot.h"

#include <fmt/format.h>
#include <utility>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace scanline {
namespace {

constexpr int kRows = 12;

/// Characters, and dots within them: 2 x 4 as Braille where the terminal knows Unicode, else one a character.
class Canvas {
 public:
  Canvas(int columns, bool braille)
      : columns_(columns), braille_(braille), cells_(static_cast<size_t>(columns * kRows)) {}

  int width() const { return braille_ ? 2 * columns_ : columns_; }
  int height() const { return braille_ ? 4 * kRows : kRows; }

  /// `x` from the left, `y` from the top, in dots. The stronger of two layers shows.
  void dot(int x, int y, int layer) {
    const int perColumn = braille_ ? 2 : 1, perRow = braille_ ? 4 : 1;
    Cell& cell = cells_[static_cast<size_t>(y / perRow * columns_ + x / perColumn)];
    if (braille_) cell.dots |= kBits[static_cast<size_t>(2 * (y % 4) + x % 2)];
    cell.layer = std::max(cell.layer, layer);
  }

  std::string row(int row, bool colour) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
      if (cell.layer == 0) {
        text += ' ';
      } else if (!braille_) {
        text += cell.layer == 1 ? '.' : 'o';
      } else {
        // U+2800 and its 8 dots in the low byte.
        const std::array braille{'\xe2', static_cast<char>(0xa0 | cell.dots >> 6),
                                 static_cast<char>(0x80 | (cell.dots & 0x3f))};
        const std::string_view sign(braille.data(), braille.size());
        text += colour && cell.layer == 2 ? fmt::format("\x1b[38;2;255;160;60m{}\x1b[0m", sign) : std::string(sign);
      }
    }
    return text;
  }

 private:
  struct Cell {
    unsigned dots = 0;
    int layer = 0;  ///< 0 = empty
  };
  static constexpr std::array<unsigned, 8> kBits{0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};

  int columns_;
  bool braille_;
  std::vector<Cell> cells_;
};

struct Limits {
  double least = INFINITY, most = -INFINITY;
  void take(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  /// 0 .. dots - 1
  int place(double value, int dots) const {
    const double share = most > least ? (value - least) / (most - least) : 0.5;
    return std::clamp(static_cast<int>(std::lround(share * (dots - 1))), 0, dots - 1);
  }
};

void plot(Canvas& canvas, std::span<const Point> points, const Limits& steps, const Limits& losses, int layer) {
  for (const Point& point : points) {
    if (!std::isfinite(point.value)) continue;
    canvas.dot(steps.place(static_cast<double>(point.step), canvas.width()),
               canvas.height() - 1 - losses.place(point.value, canvas.height()), layer);
  }
}

}  // namespace

std::string drawLosses(std::span<const Point> training, std::span<const Point> validation, const Terminal& terminal,
                       std::string_view unit) {
  Limits steps, losses;
  for (const auto points : {training, validation}) {
    for (const Point& point : points) {
      if (!std::isfinite(point.value)) continue;
      steps.take(static_cast<double>(point.step));
      losses.take(point.value);
    }
  }
  if (!(steps.most > steps.least)) return {};

  constexpr int kLabel = 8;
  Canvas canvas(std::clamp(terminal.columns - kLabel - 2, 20, 100), terminal.unicode);
  plot(canvas, training, steps, losses, 1);
  plot(canvas, validation, steps, losses, 2);

  const std::string bar = terminal.unicode ? "\u2502" : "|";
  std::string text = fmt::format("loss, {}\n", unit);
  for (int row = 0; row < kRows; ++row) {
    const double at = losses.most - (losses.most - losses.least) * row / (kRows - 1);
    const std::string label =
        row % 4 == 0 || row == kRows - 1 ? fmt::format("{:>{}.3f}", at, kLabel) : std::string(kLabel, ' ');
    text += fmt::format("{} {}{}\n", label, bar, canvas.row(row, terminal.colour));
  }
  const std::string first = fmt::format("{:.0f}", steps.least), last = fmt::format("{:.0f} steps", steps.most);
  const int gap = std::max(1, canvas.width() / (terminal.unicode ? 2 : 1) - textWidth(first) - textWidth(last));
  return text + fmt::format("{:>{}}{}{:>{}}{}\n", "", kLabel + 2, first, "", gap, last);
}

std::string drawAccuracies(std::span<const ProbeResult> layers, const Terminal& terminal) {
  if (layers.empty()) return {};
  const auto best = std::ranges::max_element(layers, {}, &ProbeResult::accuracy);
  const int width = std::clamp(terminal.columns - 30, 10, 50);
  std::string text = "linear probe, accuracy by layer\n";
  for (auto each = layers.begin(); each != layers.end(); ++each) {
    const int length = static_cast<int>(std::lround(each->accuracy * width));
    std::string bar;
    for (int i = 0; i < length; ++i) bar += terminal.unicode ? "\u2588" : "#";
    text +=
        fmt::format("{:>8}  {:5.1f} % {}{}\n", each->layer, 100 * each->accuracy, bar, each == best ? "  best" : "");
  }
  return text;
}

}  // namespace scanline
