#include "core/base/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace scanline {

namespace {

constexpr int kMostDecimals = 8;
constexpr double kMostPlain = 1e7;

/// Of the first digit, of a number that is rounded to two: 0.0996 -> "1.0e-01" -> -1.
int exponentOf(double number) {
  const std::string text = fmt::format("{:.1e}", number);
  return std::atoi(text.c_str() + text.find('e') + 1);
}

}  // namespace

MeanDeviation meanDeviation(std::span<const double> values) {
  MeanDeviation result;
  double mean = 0, squares = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    // Welford's update: values of one size lose no digits to their sum of squares.
    const double off = value - mean;
    mean += off / static_cast<double>(++result.count);
    squares += off * (value - mean);
  }
  if (result.count > 0) result.mean = mean;
  if (result.count > 1) result.deviation = std::sqrt(squares / static_cast<double>(result.count - 1));
  return result;
}

std::string spreadText(double mean, double deviation) {
  if (!std::isfinite(mean) || !std::isfinite(deviation) || deviation <= 0)
    return fmt::format("{:.4g} \u00b1 {:.4g}", mean, deviation);
  const int decimals = std::max(0, 1 - exponentOf(deviation));
  if (decimals <= kMostDecimals && std::abs(mean) < kMostPlain && deviation < kMostPlain)
    return fmt::format("{:.{}f} \u00b1 {:.{}f}", mean, decimals, deviation, decimals);
  const int more = mean == 0 ? 0 : exponentOf(mean) - exponentOf(deviation);
  return fmt::format("{:.{}e} \u00b1 {:.1e}", mean, std::clamp(1 + more, 0, 15), deviation);
}

std::string shareSpreadText(double mean, double deviation) {
  return fmt::format("{:.1f} \u00b1 {:.1f} %", 100 * mean, 100 * deviation);
}

double medianOf(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::ranges::nth_element(sorted, middle);
  if (sorted.size() % 2 == 1) return *middle;
  return 0.5 * (*std::max_element(sorted.begin(), middle) + *middle);
}

std::vector<double> midRanks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t last = first + 1;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    const double shared = static_cast<double>(first + 1 + last) / 2;
    for (size_t i = first; i < last; ++i) ranks[order[i]] = shared;
    first = last;
  }
  return ranks;
}

RankCorrelation rankCorrelation(std::span<const double> x, std::span<const double> y) {
  std::vector<double> left, right;
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) continue;
    left.push_back(x[i]);
    right.push_back(y[i]);
  }
  RankCorrelation result{.count = std::ssize(left)};
  if (result.count < 3) return result;
  const auto xRanks = midRanks(left), yRanks = midRanks(right);
  const double mean = static_cast<double>(result.count + 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    const double dx = xRanks[i] - mean, dy = yRanks[i] - mean;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx > 0 && yy > 0) result.rho = std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
  return result;
}

}  // namespace scanline
