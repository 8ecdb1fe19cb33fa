#include "core/jobs/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/jobs/html_text.h"

namespace scanline {
namespace {

constexpr size_t kMostMarks = 60;  // of a line; more would hide it
constexpr double kWidth = 720, kHeight = 420, kTop = 24, kBottom = 56, kLeft = 72, kRight = 24;
// Told apart with every common colour vision (Okabe and Ito).
constexpr std::array kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};

const char* colour(size_t index) {
  return kColours[index % kColours.size()];
}

std::string text(double x, double y, const std::string& content, const char* anchor, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
                     htmlText(content));
}

std::string svg(double height, const std::string& content) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#202020\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{2}</svg>\n",
      kWidth, height, content);
}

/// An axis with ticks at multiples of 1, 2 or 5 times a power of ten.
class Axis {
 public:
  Axis(double low, double high, double from, double to) : from_(from), to_(to) {
    if (!(high > low)) {
      low -= 0.5;
      high += 0.5;
    }
    const double raw = (high - low) / 6, power = std::pow(10, std::floor(std::log10(raw)));
    step_ = power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
    low_ = std::floor(low / step_ + 1e-9) * step_;
    high_ = std::ceil(high / step_ - 1e-9) * step_;
  }

  double at(double value) const { return from_ + (value - low_) / (high_ - low_) * (to_ - from_); }

  std::vector<std::pair<double, std::string>> ticks() const {
    const int digits = std::max(0, static_cast<int>(-std::floor(std::log10(step_) + 1e-9)));
    std::vector<std::pair<double, std::string>> all;
    const auto count = std::lround((high_ - low_) / step_);
    for (long i = 0; i <= count; ++i) {
      const double value = low_ + static_cast<double>(i) * step_;
      all.emplace_back(value, fmt::format("{:.{}f}", std::abs(value) < step_ / 1e6 ? 0.0 : value, digits));
    }
    return all;
  }

 private:
  double from_, to_, low_ = 0, high_ = 1, step_ = 1;
};

bool isFinite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

std::string grid(const Axis& x, const Axis& y, const std::string& xLabel, const std::string& yLabel, double height) {
  std::string content;
  for (const auto& [value, label] : y.ticks()) {
    content +=
        fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#dddddd\"/>\n", kLeft, y.at(value), kWidth - kRight);
    content += text(kLeft - 8, y.at(value) + 4, label, "end");
  }
  for (const auto& [value, label] : x.ticks()) {
    content += fmt::format("<path d=\"M{:.1f} {:.1f}v5\" stroke=\"#808080\"/>\n", x.at(value), height - kBottom);
    content += text(x.at(value), height - kBottom + 20, label, "middle");
  }
  content +=
      fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#808080\"/>\n", kLeft, height - kBottom, kWidth - kRight);
  content += text((kLeft + kWidth - kRight) / 2, height - 14, xLabel, "middle");
  const double middle = (kTop + height - kBottom) / 2;
  content += text(18, middle, yLabel, "middle", fmt::format(" transform=\"rotate(-90 18 {:.1f})\"", middle).c_str());
  return content;
}

}  // namespace

std::string lineFigure(const std::string& xLabel, const std::string& yLabel, const std::vector<FigureLine>& lines) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double left = kInfinity, right = -kInfinity, low = kInfinity, high = -kInfinity;
  for (const FigureLine& line : lines) {
    for (const auto& point : line.points) {
      if (!isFinite(point)) continue;
      left = std::min(left, point.first);
      right = std::max(right, point.first);
      low = std::min(low, point.second);
      high = std::max(high, point.second);
    }
  }
  if (left > right) left = low = 0, right = high = 1;
  const double legend = 18 * static_cast<double>(lines.size());
  constexpr double kRoom = 7 * 18;  // the names of more lines make the figure higher
  const double height = kHeight + std::max(0.0, legend - kRoom);
  const Axis x(left, right, kLeft, kWidth - kRight), y(low, high, height - kBottom, kTop + legend);

  std::string content = grid(x, y, xLabel, yLabel, height);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string path, marks;
    for (const auto& point : lines[i].points) {
      if (!isFinite(point)) continue;
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x.at(point.first), y.at(point.second));
      if (lines[i].points.size() > kMostMarks) continue;
      marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n", x.at(point.first),
                           y.at(point.second), colour(i));
    }
    if (!path.empty())
      content += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", path, colour(i));
    const double row = kTop + 18 * static_cast<double>(i);
    content += marks + fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"4\" fill=\"{}\"/>\n", kLeft,
                                   row - 6, colour(i));
    content += text(kLeft + 22, row, lines[i].name, "start");
  }
  return svg(height, content);
}

std::string barFigure(const std::string& label, const std::vector<FigureBar>& bars) {
  constexpr double kBar = 30, kNames = 250, kValues = 96;
  double high = 0;
  for (const FigureBar& bar : bars) {
    if (std::isfinite(bar.value)) high = std::max(high, bar.value + bar.deviation);
  }
  const Axis x(0, high, kNames, kWidth - kValues);
  const double bottom = kTop + kBar * static_cast<double>(bars.size());
  std::string content;
  for (const auto& [value, tick] : x.ticks()) {
    content += fmt::format("<path d=\"M{:.1f} {:.1f}V{:.1f}\" stroke=\"#dddddd\"/>\n", x.at(value), kTop, bottom);
    content += text(x.at(value), bottom + 18, tick, "middle");
  }
  for (size_t i = 0; i < bars.size(); ++i) {
    const FigureBar& bar = bars[i];
    const double top = kTop + kBar * static_cast<double>(i) + 5, middle = top + (kBar - 10) / 2;
    content += text(kNames - 10, middle + 4, bar.name, "end");
    if (!std::isfinite(bar.value)) continue;
    const double length = std::max(0.0, bar.value);
    content += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", kNames,
                           top, x.at(length) - kNames, kBar - 10, colour(0));
    if (bar.deviation > 0)
      content += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#202020\" stroke-width=\"2\"/>\n",
                             x.at(std::max(0.0, length - bar.deviation)), middle, x.at(length + bar.deviation));
    content += text(
        x.at(length + bar.deviation) + 8, middle + 4,
        bar.deviation > 0 ? fmt::format("{:.1f} ± {:.1f}", bar.value, bar.deviation) : fmt::format("{:.1f}", bar.value),
        "start");
  }
  content += text((kNames + kWidth - kValues) / 2, bottom + 40, label, "middle");
  return svg(bottom + kBottom, content);
}

}  // namespace scanline
