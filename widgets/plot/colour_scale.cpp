#include "widgets/plot/colour_scale.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "core/data/colour_map.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kTickGap = 6, kBelow = 4, kBetween = 8;

/// The greatest of measure(value) over the values that are finite.
template <typename Measure>
double greatest(std::span<const float> values, Measure measure) {
  double high = 0;
  for (const float value : values)
    if (std::isfinite(value)) high = std::max(high, double(measure(value)));
  return high > 0 ? high : 1;
}

}  // namespace

QColor mapColour(ColourMap map, double at) {
  if (map == ColourMap::Even) return heatColour(at);
  const auto [red, green, blue] = divergingColour(at);
  return {red, green, blue};
}

QColor ColourScale::colour(double value) const {
  // On a logarithmic axis 0 lies below every value that the axis shows.
  if (axis.isLogarithmic() && value <= 0) return mapColour(map, 0);
  return std::isfinite(value) ? mapColour(map, axis.share(value)) : QColor();
}

ColourScale scaleFromZero(std::span<const float> values) {
  return {ColourMap::Even, AxisScale({0, greatest(values, [](float value) { return value; })}, false)};
}

ColourScale scaleAboutZero(std::span<const float> values) {
  const double far = greatest(values, [](float value) { return std::abs(value); });
  return {ColourMap::Diverging, AxisScale({-far, far}, false)};
}

void paintColourScale(QPainter& painter, const QRect& bar, const ColourScale& scale, const Theme& theme) {
  const QFontMetrics metrics(painter.font());
  for (int y = bar.top(); y <= bar.bottom(); ++y)
    painter.fillRect(QRect(bar.left(), y, bar.width(), 1),
                     mapColour(scale.map, double(bar.bottom() - y) / std::max(1, bar.height() - 1)));
  painter.setPen(theme.mutedText);
  for (const AxisTick& tick : ticksOf(scale.axis, std::clamp(bar.height() / (3 * metrics.height()), 2, 6))) {
    const int at = bar.bottom() - qRound(tick.share * bar.height()) - metrics.height() / 2;
    const int y = std::clamp(at, bar.top() - 2, bar.bottom() - metrics.height() + 2);
    painter.drawText(QRect(bar.right() + kTickGap, y, 90, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     tick.label);
  }
}

void paintLyingColourScale(QPainter& painter, const QRect& bar, const ColourScale& scale, const QString& unit,
                           const Theme& theme) {
  const QFontMetrics metrics(painter.font());
  for (int x = bar.left(); x <= bar.right(); ++x)
    painter.fillRect(QRect(x, bar.top(), 1, bar.height()),
                     mapColour(scale.map, double(x - bar.left()) / std::max(1, bar.width() - 1)));
  painter.setPen(theme.mutedText);
  painter.drawText(QRect(bar.right() + kBetween, bar.center().y() - metrics.height() / 2,
                         metrics.horizontalAdvance(unit) + 1, metrics.height()),
                   Qt::AlignLeft | Qt::AlignVCenter, unit);
  int free = bar.left();
  for (const AxisTick& tick : ticksOf(scale.axis, std::clamp(bar.width() / 64, 2, 6))) {
    const int width = metrics.horizontalAdvance(tick.label), x = bar.left() + qRound(tick.share * (bar.width() - 1));
    painter.drawLine(x, bar.bottom() + 1, x, bar.bottom() + 3);
    const int left = std::clamp(x - width / 2, bar.left(), std::max(bar.left(), bar.right() + kBetween - width));
    if (left < free) continue;
    painter.drawText(QRect(left, bar.bottom() + 1 + kBelow, width + 1, metrics.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, tick.label);
    free = left + width + kBetween;
  }
}

}  // namespace scanline
