#include "widgets/plot/cell_paint.h"

#include <QPainter>
#include <algorithm>

#include "widgets/parts/theme.h"

namespace scanline {

void paintFocusFrame(QPainter& painter, const QRect& widget, const Theme& theme) {
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme.accent, 2));
  painter.drawRect(widget.adjusted(1, 1, -1, -1));
}

void paintCellRing(QPainter& painter, const QRectF& cell, bool hasKeyboard, const Theme& theme) {
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(Qt::black, 1));
  painter.drawRect(cell.adjusted(-1.5, -1.5, 1.5, 1.5));
  painter.setPen(QPen(hasKeyboard ? theme.accent : QColor(Qt::white), 2));
  painter.drawRect(cell);
}

void paintHead(QPainter& painter, const QRect& head, const QString& title, const QString& words, const Theme& theme) {
  constexpr int kGap = 16;
  const QFont plain = painter.font();
  QFont bold = plain;
  bold.setWeight(QFont::DemiBold);
  const QString shown = QFontMetrics(bold).elidedText(title, Qt::ElideRight, head.width());
  painter.setFont(bold);
  painter.setPen(theme.text);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, shown);
  painter.setFont(plain);
  const int room = head.width() - (shown.isEmpty() ? 0 : QFontMetrics(bold).horizontalAdvance(shown) + kGap);
  painter.setPen(theme.mutedText);
  painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter,
                   QFontMetrics(plain).elidedText(words, Qt::ElideRight, std::max(0, room)));
}

QColor inkOn(const QColor& ground) {
  return qGray(ground.rgb()) > 140 ? Qt::black : Qt::white;
}

}  // namespace scanline
