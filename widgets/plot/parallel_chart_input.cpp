// Mouse and keys of parallel coordinates.
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/plot/figure_export.h"
#include "widgets/plot/parallel_chart.h"

namespace scanline {

namespace {

constexpr QSize kFigureSize{800, 420};
constexpr double kKeyStep = 0.05;     // of an axis
constexpr double kLeastBrush = 0.01;  // a shorter drag is a click

}  // namespace

void ParallelChart::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || axes_.empty()) return;
  pressed_ = axisAt(event->position());
  dragging_ = false;
  if (!pressed_) return;
  focusAxis_ = *pressed_;
  pressedAt_ = shareAt(event->position().y());
}

void ParallelChart::mouseMoveEvent(QMouseEvent* event) {
  if (pressed_) {
    const double at = shareAt(event->position().y());
    if (!dragging_ && std::abs(at - pressedAt_) < kLeastBrush) return;
    dragging_ = true;
    setBrush(*pressed_, Span{std::min(at, pressedAt_), std::max(at, pressedAt_)});
    return;
  }
  const auto axis = axisAt(event->position());
  const auto row = axis ? std::nullopt : rowAt(event->position());
  setCursor(axis ? Qt::SizeVerCursor : row ? Qt::PointingHandCursor : Qt::ArrowCursor);
  if (row != hovered_ || row) {
    hovered_ = row;
    update();
  }
}

void ParallelChart::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const auto axis = std::exchange(pressed_, std::nullopt);
  const bool dragged = std::exchange(dragging_, false);
  update();
  if (axis) {
    if (!dragged) setBrush(*axis, {});
    return;
  }
  const auto row = rowAt(event->position());
  if (!row) return;
  setCurrent(*row);
  if (event->modifiers() & Qt::ControlModifier)
    emit runToggled(values_->runs[*row]);
  else
    emit runClicked(values_->runs[*row]);
}

void ParallelChart::leaveEvent(QEvent*) {
  hovered_.reset();
  update();
}

void ParallelChart::setCurrent(size_t row) {
  current_ = row;
  setAccessibleDescription(runTipText(*values_, row, shownColumns()));
  update();
}

void ParallelChart::moveBrush(bool upper, double by) {
  Span brush = brushes_[focusAxis_].value_or(Span{0, 1});
  if (upper)
    brush.high = std::clamp(brush.high + by, brush.low + kKeyStep, std::max(1.0, brush.low + kKeyStep));
  else
    brush.low = std::clamp(brush.low + by, std::min(0.0, brush.high - kKeyStep), brush.high - kKeyStep);
  setBrush(focusAxis_, brush);
}

/// Over the runs inside the brushes, by their values on the axis with the focus.
void ParallelChart::walk(int by) {
  const auto& values = columnOf(focusAxis_).values;
  std::vector<size_t> order;
  for (size_t row = 0; row < inside_.size(); ++row)
    if (inside_[row] && scales_[focusAxis_].shows(values[row])) order.push_back(row);
  if (order.empty()) return;
  std::ranges::sort(order, {}, [&](size_t row) { return std::pair(values[row], row); });
  const auto here = current_ ? std::ranges::find(order, *current_) : order.end();
  if (here == order.end()) return setCurrent(by > 0 ? order.front() : order.back());
  const auto to = std::clamp<std::ptrdiff_t>(here - order.begin() + by, 0, std::ssize(order) - 1);
  setCurrent(order[size_t(to)]);
}

void ParallelChart::keyPressEvent(QKeyEvent* event) {
  if (axes_.empty() || values_->size() == 0) return QWidget::keyPressEvent(event);
  hovered_.reset();
  const bool shift = event->modifiers() & Qt::ShiftModifier, control = event->modifiers() & Qt::ControlModifier;
  switch (event->key()) {
    case Qt::Key_Left:
      focusAxis_ = focusAxis_ == 0 ? 0 : focusAxis_ - 1;
      return update();
    case Qt::Key_Right:
      focusAxis_ = std::min(focusAxis_ + 1, axes_.size() - 1);
      return update();
    case Qt::Key_Up:
    case Qt::Key_Down: {
      const int by = event->key() == Qt::Key_Up ? 1 : -1;
      if (shift || control) return moveBrush(shift, by * kKeyStep);
      return walk(by);
    }
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
      return setBrush(focusAxis_, {});
    case Qt::Key_Escape:
      if (!hasBrush()) return QWidget::keyPressEvent(event);
      for (size_t axis = 0; axis < axes_.size(); ++axis) setBrush(axis, {});
      return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (current() != 0) emit runClicked(current());
      return;
    case Qt::Key_Space:
      if (current() != 0) emit runToggled(current());
      return;
    default:
      return QWidget::keyPressEvent(event);
  }
}

void ParallelChart::contextMenuEvent(QContextMenuEvent* event) {
  if (axes_.empty()) return;
  openFigureMenu(
      *this, event->globalPos(), tr("parallel-coordinates"), kFigureSize,
      [this](QPainter& painter, const Theme& theme) { paint(painter, kFigureSize, theme, false); },
      [this](const QString& why) { emit failed(why); });
}

void ParallelChart::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  redraw();
}

void ParallelChart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw();
}

}  // namespace scanline
