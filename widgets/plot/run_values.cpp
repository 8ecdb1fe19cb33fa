#include "widgets/plot/run_values.h"

#include <QPainter>
#include <QRect>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/parts/theme.h"
#include "widgets/plot/chart_ticks.h"

namespace scanline {

int RunValues::column(const QString& name) const {
  const auto at = std::ranges::find(columns, name, &Column::name);
  return at == columns.end() ? -1 : int(at - columns.begin());
}

QString RunValues::text(int column, size_t row) const {
  const Column& from = columns[size_t(column)];
  const double value = from.values[row];
  if (std::isnan(value)) return QStringLiteral("–");
  return from.texts.isEmpty() ? valueText(TickText::Number, value) : from.texts.value(qsizetype(value));
}

std::vector<qint64> RunValues::idsOf(const std::vector<size_t>& rows) const {
  std::vector<qint64> ids;
  ids.reserve(rows.size());
  for (const size_t row : rows) ids.push_back(runs[row]);
  return ids;
}

RunColouring::RunColouring(const RunValues& values, int column) {
  if (column < 0) return;
  column_ = &values.columns[size_t(column)];
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : column_->values)
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  if (low > high) low = 0, high = 1;
  if (low == high) high = low + std::max(1e-9, std::abs(low) * 0.1);
  constexpr double kDecades = 100;
  scale_ = AxisScale({low, high}, low > 0 && high / low >= kDecades);
}

QColor RunColouring::colour(size_t row, const Theme& theme) const {
  if (!column_) return theme.accent;
  const double value = column_->values[row];
  if (!std::isfinite(value)) return theme.mutedText;
  return isScale() ? heatColour(scale_.share(value)) : theme.run(int(value));
}

QString runTipText(const RunValues& values, size_t row, const std::vector<int>& columns) {
  QStringList parts{values.names.value(qsizetype(row))};
  for (const int column : columns) parts << values.columns[size_t(column)].name + ' ' + values.text(column, row);
  return parts.join(QStringLiteral(", "));
}

void paintRunTip(QPainter& painter, const QRect& area, const QPoint& at, const RunValues& values, size_t row,
                 const std::vector<int>& columns, const Theme& theme) {
  constexpr int kPadding = 8, kGap = 12, kAway = 14, kMostWidth = 320;
  QFont bold = painter.font();
  bold.setWeight(QFont::DemiBold);
  const QFontMetrics metrics(painter.font()), boldMetrics(bold);
  int names = 0, numbers = 0;
  for (const int column : columns) {
    names = std::max(names, metrics.horizontalAdvance(values.columns[size_t(column)].name));
    numbers = std::max(numbers, metrics.horizontalAdvance(values.text(column, row)));
  }
  const QString name = values.names.value(qsizetype(row));
  const int width = std::min(kMostWidth, std::max(names + kGap + numbers, boldMetrics.horizontalAdvance(name)));
  QRect box(0, 0, width + 2 * kPadding, metrics.height() * int(columns.size() + 1) + 2 * kPadding);
  box.moveTopLeft(at + QPoint(kAway, kAway));
  if (box.right() > area.right()) box.moveRight(at.x() - kAway);
  if (box.bottom() > area.bottom()) box.moveBottom(at.y() - kAway);
  if (box.left() < area.left()) box.moveLeft(area.left());
  if (box.top() < area.top()) box.moveTop(area.top());
  painter.setPen(theme.line);
  painter.setBrush(theme.card);
  painter.drawRoundedRect(box, 4, 4);
  QRect line = box.adjusted(kPadding, kPadding, -kPadding, 0);
  line.setHeight(metrics.height());
  painter.setFont(bold);
  painter.setPen(theme.text);
  painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, boldMetrics.elidedText(name, Qt::ElideRight, line.width()));
  bold.setWeight(QFont::Normal);
  painter.setFont(bold);
  for (const int column : columns) {
    line.translate(0, metrics.height());
    const QString value = values.text(column, row);
    const int room = line.width() - metrics.horizontalAdvance(value) - kGap;
    painter.setPen(theme.mutedText);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(values.columns[size_t(column)].name, Qt::ElideMiddle, std::max(0, room)));
    painter.setPen(theme.text);
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, value);
  }
}

}  // namespace scanline
