// The drawing of a chart of runs as points.
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/statistics.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"
#include "widgets/plot/colour_scale.h"
#include "widgets/plot/point_chart.h"

namespace scanline {

namespace {

constexpr size_t kFewPoints = 3000;  // round and smooth; more are drawn as small squares
constexpr double kRadius = 4;
constexpr int kDensityCell = 4;  // px

}  // namespace

struct PointChart::Group {
  double x = 0;
  double colour = 0;  ///< place among the texts of the colour column; 0 without one
  MeanDeviation y;
  size_t row = 0;  ///< one of its runs, for the colour
};

void PointChart::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  paint(painter, size(), theme, true);
  if (hasFocus()) paintFocusFrame(painter, rect(), theme);
}

void PointChart::paint(QPainter& painter, QSize size, const Theme& theme, bool interactive) {
  const QRect grid = gridIn(size);
  if (rows_.empty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(QPoint(), size).adjusted(kEdge, kEdge, -kEdge, -kEdge), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_);
    return;
  }
  paintAxes(painter, grid, size, theme);
  paintLegend(painter, QRect(kEdge, kTop, size.width() - 2 * kEdge, QFontMetrics(font()).height()), grid, theme);
  if (!interactive) {
    painter.save();
    painter.setClipRect(grid.adjusted(-1, -1, 1, 1));
    paintPoints(painter, grid, theme);
    painter.restore();
    return;
  }
  if (picture_.isNull()) {
    picture_ = QImage(size * devicePixelRatio(), QImage::Format_ARGB32_Premultiplied);
    picture_.setDevicePixelRatio(devicePixelRatio());
    picture_.fill(Qt::transparent);
    QPainter onto(&picture_);
    onto.setFont(font());
    onto.setClipRect(grid.adjusted(-1, -1, 1, 1));
    paintPoints(onto, grid, theme);
  }
  painter.drawImage(0, 0, picture_);
  paintMarks(painter, theme);
}

void PointChart::paintAxes(QPainter& painter, const QRect& grid, QSize size, const Theme& theme) const {
  const QFontMetrics metrics(font());
  const int labelWidth = metrics.horizontalAdvance(QStringLiteral("0.000001"));
  for (const AxisTick& tick : ticksOf(y_, std::max(2, grid.height() / 60), column(axes_.y)->texts)) {
    const int at = grid.bottom() + 1 - qRound(tick.share * grid.height());
    painter.setPen(theme.grid);
    painter.drawLine(grid.left(), at, grid.right(), at);
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(grid.left() - kTickGap - kLeftText, at - metrics.height() / 2, kLeftText, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(tick.label, Qt::ElideMiddle, kLeftText));
  }
  const QStringList& texts = column(axes_.x)->texts;
  int free = 0;  // labels that would touch the one before are left out
  for (const AxisTick& tick : ticksOf(x_, std::max(2, grid.width() / (labelWidth + 40)), texts)) {
    const int at = grid.left() + qRound(tick.share * grid.width());
    painter.setPen(theme.line);
    painter.drawLine(at, grid.bottom() + 1, at, grid.bottom() + 4);
    const QString label = metrics.elidedText(tick.label, Qt::ElideMiddle, 2 * labelWidth);
    const int half = metrics.horizontalAdvance(label) / 2;
    if (at - half < free) continue;
    free = at + half + 8;
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(at - half - 1, grid.bottom() + kTickGap, 2 * half + 4, metrics.height()), Qt::AlignHCenter,
                     label);
  }
  painter.setPen(theme.line);
  painter.drawLine(grid.bottomLeft() + QPoint(0, 1), grid.bottomRight() + QPoint(0, 1));
  painter.setPen(theme.mutedText);
  painter.drawText(QRect(grid.left(), size.height() - metrics.height() - 6, grid.width(), metrics.height()),
                   Qt::AlignHCenter, column(axes_.x)->name);
}

void PointChart::paintPoints(QPainter& painter, const QRect& grid, const Theme& theme) const {
  if (rows_.size() > kMostPoints) {
    paintDensity(painter, grid, theme);
  } else {
    const bool few = rows_.size() <= kFewPoints;
    painter.setRenderHint(QPainter::Antialiasing, few);
    for (const size_t row : rows_) {
      const QPointF at = pixelOf(grid, column(axes_.x)->values[row], column(axes_.y)->values[row]);
      const QColor colour = colouring_.colour(row, theme);
      if (!few) {
        painter.fillRect(QRectF(at.x() - 1.5, at.y() - 1.5, 3, 3), colour);
        continue;
      }
      painter.setPen(QPen(colouring_.isScale() ? theme.mutedText : theme.card, 1));  // heat colours may be the card's
      painter.setBrush(colour);
      painter.drawEllipse(at, kRadius, kRadius);
    }
  }
  if (axes_.means) paintMeans(painter, grid, theme);
}

void PointChart::paintDensity(QPainter& painter, const QRect& grid, const Theme& theme) const {
  const int columns = grid.width() / kDensityCell + 1, lines = grid.height() / kDensityCell + 1;
  std::vector<int> counts(size_t(columns) * size_t(lines), 0);
  int most = 1;
  for (const size_t row : rows_) {
    const QPointF at = pixelOf(grid, column(axes_.x)->values[row], column(axes_.y)->values[row]) - grid.topLeft();
    const int x = int(std::floor(at.x() / kDensityCell)), y = int(std::floor(at.y() / kDensityCell));
    if (x < 0 || y < 0 || x >= columns || y >= lines) continue;
    most = std::max(most, ++counts[size_t(y) * size_t(columns) + size_t(x)]);
  }
  const double whole = std::log1p(most);
  for (int y = 0; y < lines; ++y) {
    for (int x = 0; x < columns; ++x) {
      const int count = counts[size_t(y) * size_t(columns) + size_t(x)];
      if (count == 0) continue;
      const double share = std::log1p(count) / whole;
      painter.fillRect(QRect(grid.left() + x * kDensityCell, grid.top() + y * kDensityCell, kDensityCell, kDensityCell),
                       theme.dark ? heatColour(0.15 + 0.85 * share) : heatColour(1 - 0.9 * share));
    }
  }
}

std::vector<PointChart::Group> PointChart::groups() const {
  const bool byText = colouring_.column() && !colouring_.isScale();
  std::map<std::pair<double, double>, std::pair<std::vector<double>, size_t>> all;  // (colour, x): values of y, a row
  for (const size_t row : rows_) {
    const double colour = byText ? colouring_.column()->values[row] : 0;
    auto& group = all[{std::isnan(colour) ? -1 : colour, column(axes_.x)->values[row]}];
    group.first.push_back(column(axes_.y)->values[row]);
    group.second = row;
  }
  std::vector<Group> result;
  for (const auto& [key, group] : all)
    result.push_back({.x = key.second, .colour = key.first, .y = meanDeviation(group.first), .row = group.second});
  return result;
}

void PointChart::paintMeans(QPainter& painter, const QRect& grid, const Theme& theme) const {
  const auto all = groups();
  painter.setRenderHint(QPainter::Antialiasing);
  for (size_t first = 0; first < all.size();) {
    size_t last = first;
    QPolygonF line, above, below;
    for (; last < all.size() && all[last].colour == all[first].colour; ++last) {
      const Group& group = all[last];
      line << pixelOf(grid, group.x, group.y.mean);
      above << pixelOf(grid, group.x, group.y.mean + group.y.deviation);
      // On a logarithmic axis a band that reaches 0 ends at the frame.
      const double low = group.y.mean - group.y.deviation;
      below << (y_.shows(low) ? pixelOf(grid, group.x, low) : QPointF(line.back().x(), grid.bottom() + 1));
    }
    std::ranges::reverse(below);
    const bool byText = colouring_.column() && !colouring_.isScale();
    const QColor colour = byText ? colouring_.colour(all[first].row, theme) : theme.accent;
    QColor band = colour;
    band.setAlpha(50);
    painter.setPen(Qt::NoPen);
    painter.setBrush(band);
    painter.drawPolygon(above + below);
    painter.setPen(QPen(colour, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
    first = last;
  }
}

void PointChart::paintLegend(QPainter& painter, const QRect& head, const QRect& grid, const Theme& theme) const {
  const QFontMetrics metrics(font());
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  painter.setFont(bold);
  painter.setPen(theme.text);
  const QString title = column(axes_.y)->name;
  const int titleWidth = QFontMetrics(bold).horizontalAdvance(title);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, title);
  painter.setFont(font());
  const auto* by = colouring_.column();
  if (!by) return;
  if (colouring_.isScale()) {
    const QRect bar(grid.right() + kScaleGap, grid.top(), kScaleWidth, grid.height());
    paintColourScale(painter, bar, {ColourMap::Even, colouring_.scale()}, theme);
    painter.setPen(theme.mutedText);
    const int room = head.width() - titleWidth - 2 * kScaleGap;
    painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(by->name, Qt::ElideMiddle, room));
    return;
  }
  // Names from the right, as many as there is room for.
  constexpr int kDot = 8, kMostName = 120;
  int right = head.right();
  for (qsizetype i = std::min<qsizetype>(by->texts.size(), 8); i-- > 0;) {
    const QString name = metrics.elidedText(by->texts[i], Qt::ElideMiddle, kMostName);
    const int width = metrics.horizontalAdvance(name);
    if (right - width - kDot - 20 < head.left() + titleWidth) break;
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(right - width, head.top(), width + 2, head.height()), Qt::AlignVCenter, name);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.run(int(i)));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.drawEllipse(QPointF(right - width - kDot, head.center().y() + 1), kDot / 2.0, kDot / 2.0);
    right -= width + kDot + 20;
  }
}

/// The points that the mouse, the keys and the list mark.
void PointChart::paintMarks(QPainter& painter, const Theme& theme) const {
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  const QRectF inside = QRectF(gridIn(size())).adjusted(-1, -1, 1, 1);
  std::optional<QPointF> told;
  constexpr auto kNone = std::numeric_limits<size_t>::max();
  const size_t row = hovered_ ? *hovered_ : hasFocus() ? current_.value_or(kNone) : kNone;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const qint64 run = values_->runs[rows_[i]];
    const bool isTold = row == rows_[i];
    if (isTold) told = places_[i];
    if (!inside.contains(places_[i])) continue;
    if (run == marked_.chosen) {
      painter.setPen(QPen(theme.text, 2));
      painter.drawEllipse(places_[i], kRadius + 4, kRadius + 4);
    }
    if (marked_.ticked.contains(run)) {
      painter.setPen(QPen(theme.accent, 1.5));
      painter.drawEllipse(places_[i], kRadius + 2, kRadius + 2);
    }
    if (isTold || current_ == rows_[i]) {
      painter.setPen(QPen(theme.accent, 2));
      painter.drawEllipse(places_[i], kRadius + 6, kRadius + 6);
    }
  }
  if (drag_ == Drag::Rectangle || drag_ == Drag::Lasso) {
    QColor fill = theme.accent;
    fill.setAlpha(40);
    painter.setPen(QPen(theme.accent, 1));
    painter.setBrush(fill);
    if (drag_ == Drag::Rectangle)
      painter.drawRect(QRectF(path_.front(), path_.back()).normalized());
    else
      painter.drawPolygon(path_);
    return;
  }
  if (told && row != kNone) paintRunTip(painter, rect(), told->toPoint(), *values_, row, shownColumns(), theme);
}

}  // namespace scanline
