#include "widgets/plot/chart_overlay.h"

#include <QPainter>
#include <algorithm>
#include <utility>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kPad = 8, kSwatch = 18, kGap = 12, kOff = 14;

}  // namespace

ChartOverlay::ChartOverlay(QWidget* parent) : QWidget(parent) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setAttribute(Qt::WA_NoSystemBackground);
}

void ChartOverlay::setContent(Content content) {
  content_ = std::move(content);
  update();
}

void ChartOverlay::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  const QRect area = content_.area;
  if (!content_.empty.isEmpty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(area.adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, content_.empty);
  }
  if (!content_.rubberBand.isNull()) {
    QColor fill = theme.accent;
    fill.setAlpha(36);
    painter.setPen(QPen(theme.accent, 1));
    painter.setBrush(fill);
    painter.drawRect(content_.rubberBand.intersected(area.adjusted(0, 0, -1, -1)));
  }
  if (!content_.crosshair || content_.x < area.left() - 0.5 || content_.x > area.right() + 0.5) return;
  const double x = std::round(content_.x) + 0.5;
  painter.setPen(QPen(theme.mutedText, 1, Qt::DashLine));
  painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
  painter.setRenderHint(QPainter::Antialiasing);
  for (const auto& [at, colour] : content_.dots) {
    if (!area.contains(at.toPoint())) continue;
    painter.setPen(QPen(theme.card, 1.5));
    painter.setBrush(colour);
    painter.drawEllipse(at, 4, 4);
  }
  if (content_.table) paintTable(painter);
}

void ChartOverlay::paintTable(QPainter& painter) const {
  const Theme theme(palette());
  const QFontMetrics metrics(font());
  const int line = metrics.height() + 3;
  int names = 0, values = 0, extras = 0;
  for (const auto& row : content_.rows) {
    names = std::max(names, metrics.horizontalAdvance(row.name) + 1);  // a fraction more than the advance
    values = std::max(values, metrics.horizontalAdvance(row.value));
    extras = std::max(extras, metrics.horizontalAdvance(row.extra));
  }
  names = std::min(names, 180);
  const QString more = content_.more > 0 ? QObject::tr("and %1 more").arg(content_.more) : QString();
  const int inner = std::max({kSwatch + names + kGap + values + (extras > 0 ? kGap + extras : 0),
                              metrics.horizontalAdvance(content_.title), metrics.horizontalAdvance(more)});
  const int rows = int(content_.rows.size()) + 1 + (more.isEmpty() ? 0 : 1);
  QRect box(0, 0, inner + 2 * kPad, rows * line + 2 * kPad - 3);
  const bool left = content_.x + kOff + box.width() > width();
  box.moveLeft(int(content_.x) + (left ? -kOff - box.width() : kOff));
  box.moveLeft(std::clamp(box.left(), 0, std::max(0, width() - box.width())));
  box.moveTop(content_.area.top() + 4);

  painter.setPen(QPen(theme.line, 1));
  painter.setBrush(theme.card);
  painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  int y = box.top() + kPad;
  painter.setPen(theme.mutedText);
  painter.drawText(box.left() + kPad, y + metrics.ascent(), content_.title);
  for (const auto& row : content_.rows) {
    y += line;
    const int x = box.left() + kPad;
    const QPointF middle(x + 6, y + metrics.height() / 2.0);
    if (row.points) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(row.colour);
      painter.drawEllipse(middle, 3, 3);
    } else {
      painter.setPen(QPen(row.colour, 2, row.dash, Qt::FlatCap));
      painter.drawLine(middle - QPointF(6, 0), middle + QPointF(6, 0));
    }
    painter.setPen(theme.text);
    painter.drawText(x + kSwatch, y + metrics.ascent(), metrics.elidedText(row.name, Qt::ElideRight, names));
    painter.drawText(QRect(x + kSwatch + names + kGap, y, values, line), Qt::AlignRight | Qt::AlignTop, row.value);
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(x + kSwatch + names + 2 * kGap + values, y, extras, line), Qt::AlignRight | Qt::AlignTop,
                     row.extra);
  }
  if (more.isEmpty()) return;
  painter.setPen(theme.mutedText);
  painter.drawText(box.left() + kPad, y + line + metrics.ascent(), more);
}

}  // namespace scanline
