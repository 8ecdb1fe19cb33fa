// Mouse and keys of the chart of runs as points.
#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/parts/theme.h"
#include "widgets/plot/figure_export.h"
#include "widgets/plot/point_chart.h"

namespace scanline {

namespace {

constexpr QSize kFigureSize{640, 420};

}  // namespace

void PointChart::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || rows_.empty()) return;
  drag_ = Drag::Press;
  path_ = QPolygonF{event->position()};
}

void PointChart::mouseMoveEvent(QMouseEvent* event) {
  const QPointF at = event->position();
  if (drag_ == Drag::Press && (at - path_.front()).manhattanLength() >= QApplication::startDragDistance())
    drag_ = event->modifiers() & Qt::ShiftModifier ? Drag::Lasso : Drag::Rectangle;
  if (drag_ == Drag::Rectangle) path_ = QPolygonF{path_.front(), at};
  if (drag_ == Drag::Lasso) path_ << at;
  if (drag_ != Drag::None) return update();
  const auto row = rowAt(at);
  if (row == hovered_) return;
  hovered_ = row;
  setCursor(row ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
}

void PointChart::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const Drag drag = std::exchange(drag_, Drag::None);
  update();
  if (drag == Drag::Press) {
    const auto row = rowAt(event->position());
    if (!row) return;
    setCurrent(*row);
    if (event->modifiers() & Qt::ControlModifier)
      emit runToggled(values_->runs[*row]);
    else
      emit runClicked(values_->runs[*row]);
    return;
  }
  if (drag == Drag::None) return;
  std::vector<size_t> inside;
  const QRectF rectangle = QRectF(path_.front(), path_.back()).normalized();
  const QRectF grid = QRectF(gridIn(size())).adjusted(-1, -1, 1, 1);
  for (size_t i = 0; i < rows_.size(); ++i) {
    const bool isIn =
        drag == Drag::Rectangle ? rectangle.contains(places_[i]) : path_.containsPoint(places_[i], Qt::OddEvenFill);
    if (isIn && grid.contains(places_[i])) inside.push_back(rows_[i]);
  }
  emit runsTicked(values_->idsOf(inside));
}

void PointChart::mouseDoubleClickEvent(QMouseEvent*) {
  drag_ = Drag::None;
  x_ = wholeX_;
  y_ = wholeY_;
  place();
}

void PointChart::zoomAbout(QPointF share, double factor) {
  constexpr double kDeepest = 1e-6;
  const auto zoomed = [factor](const AxisScale& scale, const AxisScale& whole, double at) {
    const AxisScale part = scale.part(at - at * factor, at + (1 - at) * factor);
    const double low = whole.share(part.range().low), high = whole.share(part.range().high);
    if (high - low < kDeepest) return scale;
    return high - low >= 1 ? whole : part;
  };
  x_ = zoomed(x_, wholeX_, share.x());
  y_ = zoomed(y_, wholeY_, share.y());
  hovered_.reset();
  place();
}

void PointChart::wheelEvent(QWheelEvent* event) {
  const QRect grid = gridIn(size());
  const double turns = event->angleDelta().y() / 120.0;
  if (rows_.empty() || turns == 0 || !grid.contains(event->position().toPoint())) return event->ignore();
  constexpr double kTurn = 0.85;
  zoomAbout({(event->position().x() - grid.left()) / grid.width(),
             (grid.bottom() + 1 - event->position().y()) / grid.height()},
            std::pow(kTurn, turns));
  event->accept();
}

void PointChart::leaveEvent(QEvent*) {
  hovered_.reset();
  update();
}

void PointChart::setCurrent(size_t row) {
  current_ = row;
  setAccessibleDescription(runTipText(*values_, row, shownColumns()));
  update();
}

/// To the next run in the order of x or y; of equals, in the order of the other.
void PointChart::walk(bool byX, int by) {
  auto& order = byX ? byX_ : byY_;
  const auto &first = column(byX ? axes_.x : axes_.y)->values, &second = column(byX ? axes_.y : axes_.x)->values;
  const auto keyOf = [&](uint32_t i) { return std::tuple(first[rows_[i]], second[rows_[i]], i); };
  if (order.empty()) {
    order.resize(rows_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, keyOf);
  }
  const auto known = current_ ? std::ranges::lower_bound(rows_, *current_) : rows_.end();
  if (known == rows_.end() || *known != *current_) return setCurrent(rows_[order.front()]);
  const auto here = std::ranges::lower_bound(order, keyOf(uint32_t(known - rows_.begin())), {}, keyOf);
  const auto to = std::clamp<std::ptrdiff_t>(here - order.begin() + by, 0, std::ssize(order) - 1);
  setCurrent(rows_[order[size_t(to)]]);
}

void PointChart::keyPressEvent(QKeyEvent* event) {
  if (rows_.empty()) return QWidget::keyPressEvent(event);
  const int by = event->modifiers() & Qt::ShiftModifier ? 10 : 1;
  hovered_.reset();
  constexpr double kKey = 0.7;
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
      return walk(true, event->key() == Qt::Key_Left ? -by : by);
    case Qt::Key_Up:
    case Qt::Key_Down:
      return walk(false, event->key() == Qt::Key_Down ? -by : by);
    case Qt::Key_Home:
    case Qt::Key_End:
      return walk(true, event->key() == Qt::Key_Home ? -int(rows_.size()) : int(rows_.size()));
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (current() != 0) emit runClicked(current());
      return;
    case Qt::Key_Space:
      if (current() != 0) emit runToggled(current());
      return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoomAbout({0.5, 0.5}, kKey);
    case Qt::Key_Minus:
      return zoomAbout({0.5, 0.5}, 1 / kKey);
    case Qt::Key_0:
      return zoomAbout({0.5, 0.5}, 1e9);
    case Qt::Key_Escape:
      if (drag_ == Drag::None) return QWidget::keyPressEvent(event);
      drag_ = Drag::None;
      return update();
    default:
      return QWidget::keyPressEvent(event);
  }
}

void PointChart::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

void PointChart::contextMenuEvent(QContextMenuEvent* event) {
  if (rows_.empty()) return;
  openFigureMenu(
      *this, event->globalPos(), tr("runs"), kFigureSize,
      [this](QPainter& painter, const Theme& theme) { paint(painter, kFigureSize, theme, false); },
      [this](const QString& why) { emit failed(why); });
}

void PointChart::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  place();
}

void PointChart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) place();
}

}  // namespace scanline
