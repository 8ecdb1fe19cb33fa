#include "widgets/plot/colour_scale.h"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kTickGap = 6, kBelow = 4, kBetween = 8;

/// The colours of vik at 0, 1/10, ..., 1.
constexpr std::array<QRgb, 11> kVik{0xff001261, 0xff033171, 0xff0f6192, 0xff4c93b4, 0xff9ec3d7, 0xffece5e0,
                                    0xffdcb297, 0xffc37a4b, 0xffa3481a, 0xff7c1d06, 0xff590008};

QColor between(QRgb low, QRgb high, double share) {
  const auto mix = [share](int a, int b) { return int(std::lround(a + (b - a) * share)); };
  return {mix(qRed(low), qRed(high)), mix(qGreen(low), qGreen(high)), mix(qBlue(low), qBlue(high))};
}

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
  const double place = std::clamp(at, 0.0, 1.0) * (kVik.size() - 1);
  const size_t low = std::min(size_t(place), kVik.size() - 2);
  return between(kVik[low], kVik[low + 1], place - double(low));
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
