#include "widgets/plot/axis_scale.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plot/chart_ticks.h"

namespace scanline {

bool AxisScale::shows(double value) const {
  return std::isfinite(value) && (!logarithmic_ || value > 0);
}

AxisScale AxisScale::fitted(std::span<const double> values, bool logarithmic) {
  constexpr double kRoom = 0.05;
  AxisScale scale({0, 1}, logarithmic);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool whole = true;
  for (const double value : values) {
    if (!scale.shows(value)) continue;
    low = std::min(low, value), high = std::max(high, value);
    whole = whole && value == std::round(value);
  }
  if (low > high) return logarithmic ? AxisScale({0.1, 1}, true) : scale;
  if (logarithmic) {
    const double room = low < high ? std::pow(high / low, kRoom) : 2;
    return {{low / room, high * room}, true, whole};
  }
  const double room = low < high ? kRoom * (high - low) : low == 0 ? 1 : 0.1 * std::abs(low);
  return {{low - room, high + room}, false, whole};
}

double AxisScale::share(double value) const {
  if (!shows(value)) return std::numeric_limits<double>::quiet_NaN();
  if (logarithmic_) return std::log(value / range_.low) / std::log(range_.high / range_.low);
  return (value - range_.low) / range_.width();
}

double AxisScale::value(double share) const {
  if (logarithmic_) return range_.low * std::pow(range_.high / range_.low, share);
  return range_.low + share * range_.width();
}

AxisScale AxisScale::part(double low, double high) const {
  return {{value(low), value(high)}, logarithmic_, whole_};
}

std::vector<AxisTick> ticksOf(const AxisScale& scale, int count, const QStringList& texts) {
  std::vector<AxisTick> result;
  if (!texts.isEmpty()) {
    const auto every = std::max<qsizetype>(1, (texts.size() + count - 1) / std::max(1, count));
    for (qsizetype i = 0; i < texts.size(); i += every)
      if (const double share = scale.share(double(i)); share >= 0 && share <= 1) result.push_back({share, texts[i]});
    return result;
  }
  QVector<double> ticks, minor;
  QVector<QString> labels;
  makeTicker(TickText::Number, scale.isLogarithmic(), std::max(2, count))
      ->generate({scale.range().low, scale.range().high}, QLocale::c(), 'g', 4, ticks, &minor, &labels);
  for (qsizetype i = 0; i < std::min(ticks.size(), labels.size()); ++i)
    if (const double share = scale.share(ticks[i]); share >= 0 && share <= 1) result.push_back({share, labels[i]});
  if (!scale.isWhole()) return result;
  const auto isBetween = [&](const AxisTick& tick) {
    const double value = scale.value(tick.share);
    return std::abs(value - std::round(value)) > 1e-6 * std::max(1.0, std::abs(value));
  };
  // A part that lies between two whole numbers keeps its ticks: without any, it would have no scale.
  if (std::ranges::all_of(result, isBetween)) return result;
  std::erase_if(result, isBetween);
  for (AxisTick& tick : result)  // "4", not "4.00" for the sake of ticks that are gone
    if (const auto point = tick.label.indexOf(QLatin1Char('.')); point > 0 && !tick.label.contains(QLatin1Char('e')))
      tick.label.truncate(point);
  return result;
}

}  // namespace scanline
