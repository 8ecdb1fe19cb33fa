#include "widgets/plot/heat_map.h"

#include <QContextMenuEvent>
#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"
#include "widgets/plot/colour_scale.h"

namespace scanline {

namespace {

constexpr int kEdge = 12, kTop = 10, kScaleWidth = 12, kScaleGap = 14, kTickGap = 6;
constexpr int kSpacedCell = 8;  // px from which cells have a gap between them
constexpr int kBigStep = 10;
constexpr QSize kFigureSize{640, 420};

}  // namespace

HeatMap::HeatMap(QWidget* parent) : QWidget(parent), empty_(tr("nothing measured yet")) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  setAccessibleName(tr("Heat map: accuracy by layer and step"));
}

void HeatMap::setValues(int64_t layers, std::vector<qint64> steps, std::vector<double> values) {
  assert(values.size() == steps.size() * size_t(layers));
  layers_ = layers;
  steps_ = std::move(steps);
  values_ = std::move(values);
  low_ = std::numeric_limits<double>::infinity();
  high_ = -low_;
  for (const double value : values_)
    if (std::isfinite(value)) low_ = std::min(low_, value), high_ = std::max(high_, value);
  if (!(low_ < high_)) low_ = std::isfinite(low_) ? low_ - 0.01 : 0, high_ = low_ + 0.02;
  if (current_ && (!columnOf(current_->step) || current_->layer >= layers_)) current_.reset();
  hovered_.reset();
  update();
}

void HeatMap::setCurrent(std::optional<Cell> cell) {
  if (cell && (!columnOf(cell->step) || cell->layer < 0 || cell->layer >= layers_)) cell.reset();
  current_ = cell;
  setAccessibleDescription(cell ? textOf(*cell) : QString());
  update();
}

void HeatMap::setEmptyText(const QString& text) {
  empty_ = text;
  update();
}

// --- geometry ---

QRect HeatMap::gridIn(QSize size) const {
  const QFontMetrics metrics(font());
  const int left = kEdge + metrics.horizontalAdvance(QStringLiteral("00")) + 3 * kTickGap + metrics.height();
  const int right = kScaleGap + kScaleWidth + kTickGap + metrics.horizontalAdvance(QStringLiteral("99.9 %")) + kEdge;
  const int top = kTop + metrics.height() + 10, bottom = 2 * metrics.height() + 14;
  return {left, top, std::max(1, size.width() - left - right), std::max(1, size.height() - top - bottom)};
}

QRect HeatMap::rectOf(const QRect& grid, size_t column, int64_t layer) const {
  const auto columns = int64_t(steps_.size());
  const auto x = [&](int64_t at) { return grid.left() + int(at * grid.width() / columns); };
  const auto y = [&](int64_t at) { return grid.top() + grid.height() - int(at * grid.height() / layers_); };
  return {QPoint(x(int64_t(column)), y(layer + 1)), QPoint(x(int64_t(column) + 1) - 1, y(layer) - 1)};
}

std::optional<size_t> HeatMap::columnOf(qint64 step) const {
  const auto at = std::lower_bound(steps_.begin(), steps_.end(), step);
  if (at == steps_.end() || *at != step) return {};
  return size_t(at - steps_.begin());
}

std::optional<HeatMap::Cell> HeatMap::cellAt(QPoint at) const {
  const QRect grid = gridIn(size());
  if (steps_.empty() || layers_ == 0 || !grid.contains(at)) return {};
  // The inverse of rectOf's integer division.
  const auto columns = int64_t(steps_.size());
  const auto column = std::min(columns - 1, ((at.x() - grid.left() + 1) * columns - 1) / grid.width());
  const auto layer = std::min(layers_ - 1, ((grid.top() + grid.height() - at.y()) * layers_ - 1) / grid.height());
  return Cell{layer, steps_[size_t(column)]};
}

QPoint HeatMap::centreOf(const Cell& cell) const {
  return rectOf(gridIn(size()), columnOf(cell.step).value_or(0), cell.layer).center();
}

// --- painting ---

QString HeatMap::textOf(const Cell& cell) const {
  const double value = valueOf(columnOf(cell.step).value_or(0), cell.layer);
  return tr("layer %1 · step %2 · %3")
      .arg(cell.layer)
      .arg(text::steps(cell.step), std::isfinite(value) ? text::percent(value) : tr("not measured"));
}

/// Without the step, which the axis tells, for a narrow map.
QString HeatMap::shortTextOf(const Cell& cell) const {
  const double value = valueOf(columnOf(cell.step).value_or(0), cell.layer);
  return tr("layer %1 · %2").arg(cell.layer).arg(std::isfinite(value) ? text::percent(value) : tr("not measured"));
}

void HeatMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  paint(painter, size(), theme, true);
  if (hasFocus()) paintFocusFrame(painter, rect(), theme);
}

void HeatMap::paint(QPainter& painter, QSize size, const Theme& theme, bool interactive) const {
  const QFontMetrics metrics(font());
  const auto told = hovered_ ? hovered_ : current_;
  const QRect head(kEdge, kTop, size.width() - 2 * kEdge, metrics.height());
  // Beside the words about a cell the title is as long as there is room.
  QString words = interactive && told ? textOf(*told) : QString();
  const auto roomBeside = [&] {
    return head.width() - (words.isEmpty() ? 0 : metrics.horizontalAdvance(words) + kScaleGap);
  };
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  if (told && !words.isEmpty() && QFontMetrics(bold).horizontalAdvance(tr("Accuracy, %")) > roomBeside())
    words = shortTextOf(*told);
  const int room = roomBeside();
  QString title = tr("Accuracy by layer and step, %");
  for (const QString& shorter : {tr("Accuracy by step, %"), tr("Accuracy, %"), QString()})
    if (QFontMetrics(bold).horizontalAdvance(title) > room) title = shorter;
  paintHead(painter, head, title, words, theme);
  const QRect grid = gridIn(size);
  if (steps_.empty() || layers_ == 0) {
    painter.setPen(theme.mutedText);
    painter.drawText(grid, Qt::AlignCenter | Qt::TextWordWrap, empty_);
    return;
  }
  paintCells(painter, grid, theme);
  paintAxes(painter, grid, theme);
  const ColourScale percent{ColourMap::Even, AxisScale({100 * low_, 100 * high_}, false)};
  paintColourScale(painter, {grid.right() + kScaleGap, grid.top(), kScaleWidth, grid.height()}, percent, theme);
  if (current_)
    paintCellRing(painter, rectOf(grid, *columnOf(current_->step), current_->layer), interactive && hasFocus(), theme);
}

void HeatMap::paintCells(QPainter& painter, const QRect& grid, const Theme& theme) const {
  const int gap = rectOf(grid, 0, 0).width() >= kSpacedCell ? 1 : 0;
  for (size_t column = 0; column < steps_.size(); ++column) {
    for (int64_t layer = 0; layer < layers_; ++layer) {
      const double value = valueOf(column, layer);
      const QRect cell = rectOf(grid, column, layer).adjusted(0, gap, -gap, 0);
      if (std::isfinite(value))
        painter.fillRect(cell, mapColour(ColourMap::Even, (value - low_) / (high_ - low_)));
      else
        painter.fillRect(cell, theme.grid);
    }
  }
}

void HeatMap::paintAxes(QPainter& painter, const QRect& grid, const Theme& theme) const {
  const QFontMetrics metrics(font());
  painter.setPen(theme.mutedText);
  const auto rowEvery = std::max<int64_t>(1, (metrics.height() + 2) * layers_ / std::max(1, grid.height()) + 1);
  for (int64_t layer = 0; layer < layers_; layer += rowEvery) {
    const QRect row = rectOf(grid, 0, layer);
    painter.drawText(QRect(grid.left() - kTickGap - 60, row.center().y() - metrics.height() / 2, 60, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter, QString::number(layer));
  }
  const int label = metrics.horizontalAdvance(text::steps(steps_.back())) + 20;
  const auto columnEvery =
      std::max<size_t>(1, (steps_.size() * size_t(label) + size_t(grid.width()) - 1) / size_t(grid.width()));
  for (size_t column = columnEvery - 1; column < steps_.size(); column += columnEvery) {
    const int middle = rectOf(grid, column, 0).center().x();
    painter.drawText(QRect(middle - label, grid.bottom() + kTickGap, 2 * label, metrics.height()), Qt::AlignHCenter,
                     text::steps(steps_[column]));
  }
  painter.drawText(QRect(grid.left(), grid.bottom() + kTickGap + metrics.height() + 2, grid.width(), metrics.height()),
                   Qt::AlignHCenter, tr("step"));
  painter.save();
  painter.translate(kEdge, grid.center().y());
  painter.rotate(-90);
  painter.drawText(QRect(-grid.height() / 2, 0, grid.height(), metrics.height()), Qt::AlignHCenter, tr("layer"));
  painter.restore();
}

// --- input ---

void HeatMap::choose(size_t column, int64_t layer) {
  const Cell cell{layer, steps_[column]};
  if (current_ == cell) return;
  setCurrent(cell);
  emit cellChosen(cell.layer, cell.step);
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const auto cell = cellAt(event->position().toPoint());
  if (!cell) return;
  // The marked cell can be chosen again: it may have been marked by a step chosen elsewhere.
  setCurrent(cell);
  emit cellChosen(cell->layer, cell->step);
}

void HeatMap::mouseMoveEvent(QMouseEvent* event) {
  const auto cell = cellAt(event->position().toPoint());
  if (cell == hovered_) return;
  hovered_ = cell;
  setCursor(cell ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
}

void HeatMap::leaveEvent(QEvent*) {
  hovered_.reset();
  update();
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
  if (steps_.empty() || layers_ == 0) return QWidget::keyPressEvent(event);
  const auto last = int64_t(steps_.size()) - 1;
  auto column = current_ ? int64_t(*columnOf(current_->step)) : last;
  int64_t layer = current_ ? current_->layer : 0;
  const int by = event->modifiers() & Qt::ShiftModifier ? kBigStep : 1;
  switch (event->key()) {
    case Qt::Key_Left:
      column -= by;
      break;
    case Qt::Key_Right:
      column += by;
      break;
    case Qt::Key_Up:
      layer += by;
      break;
    case Qt::Key_Down:
      layer -= by;
      break;
    case Qt::Key_Home:
      column = 0;
      break;
    case Qt::Key_End:
      column = last;
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (current_) emit cellChosen(current_->layer, current_->step);
      return;
    default:
      return QWidget::keyPressEvent(event);
  }
  hovered_.reset();
  choose(size_t(std::clamp<int64_t>(column, 0, last)), std::clamp<int64_t>(layer, 0, layers_ - 1));
}

void HeatMap::contextMenuEvent(QContextMenuEvent* event) {
  openFigureMenu(
      *this, event->globalPos(), tr("accuracy-by-layer-and-step"), kFigureSize,
      [this](QPainter& painter, const Theme& theme) { paint(painter, kFigureSize, theme, false); },
      [this](const QString& why) { emit failed(why); });
}

void HeatMap::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
