#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr double kClickSlack = 4;   // px a click may wander
constexpr int kFlat = 14;           // px; a rubber band thinner than this zooms the other axis alone
constexpr double kLinePick = 8;     // px from a line that still mean it
constexpr double kWheelStep = 0.8;  // of the width, a notch
constexpr int kOneWheelMs = 600;    // turns within this time are one step of the way back
constexpr int kBigStep = 10;

/// `span` scaled by `factor` about `at`; both in the axis's own measure, linear or logarithmic.
Span scaled(const Span& span, double at, double factor, bool logarithmic) {
  if (!logarithmic) return {at + (span.low - at) * factor, at + (span.high - at) * factor};
  return {at * std::pow(span.low / at, factor), at * std::pow(span.high / at, factor)};
}

/// Below this, doubles cannot tell pixels apart.
bool isTooNarrow(const Span& span) {
  return !(span.width() > 1e-9 * std::max(std::abs(span.low), std::abs(span.high)));
}

}  // namespace

bool Chart::eventFilter(QObject* watched, QEvent* event) {
  if (watched != &plot_.widget()) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::MouseButtonPress:
      press(*static_cast<QMouseEvent*>(event));
      return true;
    case QEvent::MouseMove:
      move(*static_cast<QMouseEvent*>(event));
      return true;
    case QEvent::MouseButtonRelease:
      release(*static_cast<QMouseEvent*>(event));
      return true;
    case QEvent::MouseButtonDblClick:
      if (static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton) choose({}, false);
      return true;
    case QEvent::Wheel:
      wheel(*static_cast<QWheelEvent*>(event));
      event->accept();
      return true;
    case QEvent::ContextMenu:
      showMenu(static_cast<QContextMenuEvent*>(event)->globalPos());
      return true;
    case QEvent::Leave:
      if (drag_ == Drag::None) hover({});
      return false;
    case QEvent::Resize:
      overlay_->resize(static_cast<QResizeEvent*>(event)->size());
      return false;
    default:
      return false;
  }
}

// --- mouse ---

void Chart::press(const QMouseEvent& event) {
  setFocus(Qt::MouseFocusReason);
  const bool left = event.button() == Qt::LeftButton;
  if (!left && event.button() != Qt::MiddleButton) return;
  drag_ = left && !(event.modifiers() & Qt::ShiftModifier) ? Drag::Zoom : Drag::Pan;
  dragFrom_ = dragAt_ = event.position();
  if (drag_ == Drag::Pan) choose(history_.current().x ? history_.current() : ChartView{frame_.x, {}}, false);
}

void Chart::move(const QMouseEvent& event) {
  const QPointF at = event.position();
  mouseY_ = at.y();
  if (drag_ == Drag::Pan) {
    pan(at - dragAt_);
    dragAt_ = at;
  } else if (drag_ == Drag::Zoom) {
    dragAt_ = at;
    updateOverlay();
  } else if (plot_.area().contains(at.toPoint())) {
    hover(nearestX(plot_.valueAt(at).x()));
  } else {
    hover({});
  }
}

void Chart::release(const QMouseEvent& event) {
  const Drag was = std::exchange(drag_, Drag::None);
  if (was != Drag::Zoom || event.button() != Qt::LeftButton) return;
  dragAt_ = event.position();
  const QPointF moved = dragAt_ - dragFrom_;
  if (std::hypot(moved.x(), moved.y()) > kClickSlack) {
    zoomTo(QRectF(dragFrom_, dragAt_).normalized().toRect());
    updateOverlay();
    return;
  }
  if (!plot_.area().contains(dragAt_.toPoint())) return;
  const auto x = nearestX(plot_.valueAt(dragAt_).x());
  if (!x) return;
  hover(x);
  double best = kLinePick;
  std::optional<Key> picked;
  for (const auto& [key, line] : lines_) {
    const auto at = line.isShown() ? line.series.nearest(*x) : std::nullopt;
    if (!at) continue;
    const QPointF pixel = plot_.pixelOf(line.series.x(*at), line.series.shown()[*at]);
    const double distance = std::abs(pixel.y() - dragAt_.y());
    if (distance <= best && std::abs(pixel.x() - dragAt_.x()) < 24) best = distance, picked = key;
  }
  emit clicked(*x);
  if (picked) emit lineClicked(*picked);
}

void Chart::wheel(const QWheelEvent& event) {
  const double notches = event.angleDelta().y() / 120.0;
  if (notches == 0) return;
  zoomAbout(event.position(), std::pow(kWheelStep, notches), event.modifiers() & Qt::ControlModifier);
}

void Chart::zoomTo(const QRect& rect) {
  const QRect inside = rect.intersected(plot_.area());
  if (inside.width() < kFlat && inside.height() < kFlat) return;
  const QPointF topLeft = plot_.valueAt(inside.topLeft());
  const QPointF bottomRight = plot_.valueAt(QPointF(inside.x() + inside.width(), inside.y() + inside.height()));
  ChartView view = history_.current();
  if (inside.width() >= kFlat) view.x = Span{topLeft.x(), bottomRight.x()};
  if (inside.height() >= kFlat) view.y = Span{bottomRight.y(), topLeft.y()};
  if ((view.x && isTooNarrow(*view.x)) || (view.y && isTooNarrow(*view.y))) return;
  choose(view, false);
}

void Chart::zoomAbout(QPointF pixel, double factor, bool y) {
  const QPointF at = plot_.valueAt(pixel);
  ChartView view = history_.current();
  if (y)
    view.y = scaled(frame_.y, at.y(), factor, frame_.logY);
  else
    view.x = scaled(frame_.x, at.x(), factor, frame_.logX);
  if (isTooNarrow(y ? *view.y : *view.x)) return;
  // Zooming out beyond all values shows all of them.
  const Span all = fittedX();
  if (!y && view.x->low <= all.low && view.x->high >= all.high) view.x.reset();
  const bool sameTurn = sinceWheel_.isValid() && sinceWheel_.elapsed() < kOneWheelMs;
  sinceWheel_.start();
  choose(view, sameTurn);
}

void Chart::pan(QPointF by) {
  const auto moved = [](const Span& span, double from, double to, bool logarithmic) {
    return logarithmic ? Span{span.low * from / to, span.high * from / to}
                       : Span{span.low + from - to, span.high + from - to};
  };
  const QPointF from = plot_.valueAt(dragAt_), to = plot_.valueAt(dragAt_ + by);
  ChartView view = history_.current();
  view.x = moved(frame_.x, from.x(), to.x(), frame_.logX);
  if (view.y) view.y = moved(frame_.y, from.y(), to.y(), frame_.logY);
  choose(view, true);
}

void Chart::choose(const ChartView& view, bool replace) {
  if (view == history_.current()) return;
  history_.go(view, replace);
  drawTimer_.stop();
  draw();
  emit viewChanged(replace);
}

// --- crosshair and keys ---

void Chart::hover(std::optional<double> x) {
  setCursor(x, x.has_value());
  emit cursorMoved(x);
}

const ChartSeries* Chart::leadingSeries() const {
  for (const auto& [key, line] : lines_)
    if (line.isShown() && line.style.look == LineLook::Curve && !line.series.empty()) return &line.series;
  for (const auto& [key, line] : lines_)
    if (line.isShown() && line.style.look == LineLook::Points && !line.series.empty()) return &line.series;
  return nullptr;
}

void Chart::moveCursorBy(int points) {
  const ChartSeries* series = leadingSeries();
  if (series == nullptr) return;
  const double start = std::clamp(frame_.x.high, series->x(0), series->x(series->size() - 1));
  const auto from = int64_t(*series->nearest(cursor_.value_or(start)));
  // The first press shows the crosshair where it is.
  const auto to = std::clamp<int64_t>(cursor_ ? from + points : from, 0, int64_t(series->size()) - 1);
  const double x = series->x(size_t(to));
  mouseY_ = plot_.pixelOf(x, series->shown()[size_t(to)]).y();
  hover(x);
}

void Chart::keyPressEvent(QKeyEvent* event) {
  const int by = event->modifiers() & Qt::ShiftModifier ? kBigStep : 1;
  const bool alt = event->modifiers() & Qt::AltModifier;
  constexpr int kAll = 1 << 30;
  const QPointF middle = cursor_ ? plot_.pixelOf(*cursor_, frame_.y.low) : QPointF(plot_.area().center());
  switch (event->key()) {
    case Qt::Key_Left:
      if (alt)
        goBack(), emit wentBack();
      else
        moveCursorBy(-by);
      break;
    case Qt::Key_Right:
      if (alt)
        goForward(), emit wentForward();
      else
        moveCursorBy(by);
      break;
    case Qt::Key_Home:
      moveCursorBy(-kAll);
      break;
    case Qt::Key_End:
      moveCursorBy(kAll);
      break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoomAbout(middle, kWheelStep, false);
      break;
    case Qt::Key_Minus:
      zoomAbout(middle, 1 / kWheelStep, false);
      break;
    case Qt::Key_0:
      choose({}, false);
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (cursor_) emit clicked(*cursor_);
      break;
    case Qt::Key_Escape:
      if (drag_ == Drag::None && !cursor_) {
        event->ignore();
        return;
      }
      drag_ = Drag::None;
      hover({});
      break;
    case Qt::Key_F:
      emit enlargeRequested();
      break;
    case Qt::Key_Menu:
      showMenu(mapToGlobal(rect().center()));
      break;
    default:
      QWidget::keyPressEvent(event);
  }
}

void Chart::contextMenuEvent(QContextMenuEvent* event) {
  showMenu(event->globalPos());
}

/// Beside the plot, which has its own meaning of it.
void Chart::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) emit enlargeRequested();
}

void Chart::showMenu(QPoint global) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  emit menuAboutToShow(menu);
  const auto add = [&](const QString& text, const QKeySequence& keys, bool enabled, auto act) {
    QAction* action = menu->addAction(text, this, act);
    action->setShortcut(keys);  // shown only: the keys are handled by keyPressEvent
    action->setEnabled(enabled);
  };
  add(tr("Previous view"), Qt::ALT | Qt::Key_Left, canGoBack(), [this] { goBack(), emit wentBack(); });
  add(tr("Next view"), Qt::ALT | Qt::Key_Right, canGoForward(), [this] { goForward(), emit wentForward(); });
  add(tr("Show everything"), Qt::Key_0, view() != ChartView{}, [this] { choose({}, false); });
  menu->addSeparator();
  addFigureActions(*menu, *this,
                   {.figure = [this] { return figure(); },
                    .numbers = [this] { return numbers(); },
                    .exported = [this](const QString& file) { emit exported(file); },
                    .failed = [this](const QString& why) { emit failed(why); }});
  menu->popup(global);
}

}  // namespace scanline
