#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plot/chart.h"

// Which part of the plane a chart shows while the person has not chosen one.

namespace scanline {

namespace {

constexpr double kLowShare = 0.05, kHighShare = 0.95;  // of the values that count as no outliers
constexpr size_t kLogSample = 4096;
constexpr double kRoom = 0.01, kDot = 6;  // at either end: share of the width, and at least pixels, for half a dot

void addBand(const ChartLine& line, const Span& x, MinMaxPyramid::Extremes& all) {
  for (const ChartSeries* edge : {&line.low, &line.high}) {
    const auto [first, last] = edge->inside(x.low, x.high);
    all.add(edge->raw().extremes(first, last));
  }
}

}  // namespace

/// The values between which most of the curve lies, by its length on the axis: on a logarithmic one, the first decade
/// of a thousand steps is a third of the picture and no outlier.
std::pair<double, double> Chart::inliers(const ChartSeries& series, size_t first, size_t last) const {
  if (!frame_.logX) return quantiles(series.raw(), first, last, kLowShare, kHighShare);
  while (first < last && series.x(first) <= 0) ++first;
  if (first == last) return {std::nan(""), std::nan("")};
  const double from = series.x(first), ratio = series.x(last - 1) / from;
  MinMaxPyramid sample;
  for (size_t at = 0; at < kLogSample; ++at) {
    const auto index = series.nearest(from * std::pow(ratio, (double(at) + 0.5) / kLogSample));
    if (index) sample.append(series.raw()[*index]);
  }
  return quantiles(sample, 0, sample.size(), kLowShare, kHighShare);
}

void Chart::fitFrame() {
  const auto& view = history_.current();
  frame_.x = view.x.value_or(Span{});
  if (!view.x || (frame_.logX && frame_.x.low <= 0)) frame_.x = fittedX();
  frame_.y = view.y.value_or(Span{});
  if (!view.y || (frame_.logY && frame_.y.low <= 0)) frame_.y = fittedY(frame_.x);
}

Span Chart::fittedX() const {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool curves = false;
  for (const auto& [key, line] : lines_) {
    if (!line.isShown()) continue;
    curves = curves || line.style.look == LineLook::Curve;
    const ChartSeries& series = line.series;
    const size_t first = frame_.logX ? series.after(0) : 0;
    if (first >= series.size()) continue;
    low = std::min(low, series.x(first));
    high = std::max(high, series.x(series.size() - 1));
  }
  if (!(low <= high)) return frame_.logX ? Span{1, 100} : Span{0, 100};
  if (texts_.x == TickText::Layers) return {low - 0.25, high + 0.25};
  const bool counts = texts_.x == TickText::Steps;  // nothing stands left of 0
  if (low == high && frame_.logX) return {low / 2, low * 2};
  if (low == high && counts && low >= 0) return {low - 0.02 * std::max(1.0, low), low + std::max(1.0, low)};
  if (low == high) return {low - 1, high + 1};
  // Curves start at the axis, but a dot there would be cut in half.
  if (frame_.logX && !curves) return {low / std::pow(high / low, 0.03), high * std::pow(high / low, 0.03)};
  const double share = std::max(kRoom, kDot / std::max(1, plot_.area().width()));
  if (frame_.logX) return {low, high * std::pow(high / low, share)};
  // Training starts at the left edge, even if the first point is step 1.
  if (low > 0 && low < 0.05 * high) low = 0;
  const double room = share * (high - low);
  return {low - room, high + room};  // alike for all charts of a page, so that their steps stand below each other
}

Span Chart::fittedY(const Span& x) const {
  MinMaxPyramid::Extremes all;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& [key, line] : lines_) {
    if (!line.isShown()) continue;
    const auto [first, last] = line.series.inside(x.low, x.high);
    if (!line.high.empty()) addBand(line, x, all);
    all.add(line.series.raw().extremes(first, last));
    for (size_t at = first; at < std::min(last, line.deviations.size()); ++at) {
      const double y = line.series.raw()[at], by = line.deviations[at];
      if (!std::isfinite(y) || !std::isfinite(by)) continue;
      all.add({.min = y - by, .max = y + by});
    }
    if (!clipOutliers_) continue;
    const auto [lower, upper] = inliers(line.series, first, last);
    if (std::isfinite(lower)) low = std::min(low, lower), high = std::max(high, upper);
  }
  if (frame_.logY) {
    if (!all.anyPositive()) return {0.1, 10};
    low = clipOutliers_ && low > 0 ? low : all.minPositive;
    high = clipOutliers_ && high >= low ? high : all.max;
    const double room = std::max(1.02, std::pow(high / low, 0.05));
    return {low / room, high * room};
  }
  if (!all.any()) return {0, 1.05};  // the topmost number stays clear of the title
  if (!clipOutliers_ || !(low <= high)) low = all.min, high = all.max;
  // A constant rate is a line below its name, not in the middle of its last digits.
  if (texts_.y == TickText::Rate && low == high && low > 0) return {0, 1.25 * high};
  const double room = high > low ? 0.06 * (high - low) : std::max(0.05 * std::abs(high), 1e-9);
  // Values that come near zero and never go below it are measured from zero.
  const bool fromZero = low >= 0 && low < 0.3 * high;
  return {fromZero ? 0 : low - room, high + room};
}

}  // namespace scanline
