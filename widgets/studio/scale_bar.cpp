#include "widgets/studio/scale_bar.h"

#include <QEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kBar = 10, kMarkRoom = 6, kText = 5, kEdge = 4, kUnitGap = 8;
}

ScaleBar::ScaleBar(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ScaleBar::setScale(const ColourScale& scale, const QString& unit) {
  scale_ = scale;
  unit_ = unit;
  const Span range = scale.axis.range();
  setAccessibleName(tr("Colours from %1 to %2 %3")
                        .arg(QString::number(range.low, 'g', 3), QString::number(range.high, 'g', 3), unit));
  update();
}

void ScaleBar::setMark(std::optional<double> value) {
  if (value && !std::isfinite(*value)) value.reset();
  if (value == mark_) return;
  mark_ = value;
  update();
}

QSize ScaleBar::sizeHint() const {
  return {240, kMarkRoom + kBar + kText + fontMetrics().height()};
}

QSize ScaleBar::minimumSizeHint() const {
  return {120, sizeHint().height()};
}

QRect ScaleBar::bar() const {
  const int unit = unit_.isEmpty() ? 0 : fontMetrics().horizontalAdvance(unit_) + kUnitGap;
  return {kEdge, kMarkRoom, std::max(8, width() - 2 * kEdge - unit), kBar};
}

void ScaleBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  paintLyingColourScale(painter, bar(), scale_, unit_, theme);
  if (!mark_) return;
  const double share = scale_.axis.shows(*mark_) ? std::clamp(scale_.axis.share(*mark_), 0.0, 1.0) : 0;
  const double x = bar().left() + share * (bar().width() - 1) + 0.5;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.text);
  painter.drawPolygon(QPolygonF({{x, kMarkRoom + 1.0}, {x - 4, 0}, {x + 4, 0}}));
  painter.setPen(QPen(theme.text, 1));
  painter.drawLine(QPointF(x, kMarkRoom), QPointF(x, kMarkRoom + kBar));
}

void ScaleBar::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
  if (event->type() == QEvent::FontChange) updateGeometry();
}

}  // namespace scanline
