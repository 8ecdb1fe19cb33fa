#include "widgets/pages/feature_map.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <limits>

namespace scanline {

namespace {

constexpr double kReach = 9;  // how near the mouse has to be to a point, px

}  // namespace

FeatureMap::FeatureMap(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  setAccessibleName(tr("Map of the features"));
}

void FeatureMap::setPictures(SharedFeaturePictures pictures) {
  pictures_ = std::move(pictures);
  places_ = {};
  current_ = hovered_ = -1;
  listed_.clear();
  isListed_.assign(pictures_ ? static_cast<size_t>(pictures_->count()) : 0, false);
  shownClass_ = -1;
  marks_.clear();
  notes_.clear();
  drag_ = Drag::None;
  redraw();
}

void FeatureMap::setPlaces(FeaturePlaces places) {
  const bool same = places_.layer == places.layer && !places_.places.empty();
  places_ = std::move(places);
  hovered_ = -1;
  if (!same) showAll();
  redraw();
}

void FeatureMap::setEmptyText(const QString& text) {
  empty_ = text;
  update();
}

void FeatureMap::setCurrent(int index) {
  current_ = index;
  const bool isOne = pictures_ && index >= 0;
  setAccessibleDescription(isOne ? QStringList{pictures_->nameOf(index), pictures_->classOf(index)}.join(", ")
                                 : QString());
  update();
}

void FeatureMap::setListed(std::vector<int> listed) {
  listed_ = std::move(listed);
  std::fill(isListed_.begin(), isListed_.end(), false);
  for (const int index : listed_) isListed_[static_cast<size_t>(index)] = true;
  redraw();
}

void FeatureMap::setShownClass(int32_t label) {
  shownClass_ = label;
  redraw();
}

void FeatureMap::setMarks(std::vector<int32_t> marks, std::vector<QString> notes) {
  marks_ = std::move(marks);
  notes_ = std::move(notes);
  redraw();
}

int32_t FeatureMap::markOf(int index) const {
  const auto at = static_cast<size_t>(index);
  return marks_.empty() ? pictures_->labels[at] : marks_[at];
}

void FeatureMap::redraw() {
  points_ = {};
  update();
}

// --- where points are ---

QRect FeatureMap::area() const {
  const int text = fontMetrics().height() + kMapGap;
  return rect().adjusted(kMapEdge + text, kMapEdge, -kMapEdge, -kMapEdge - text);
}

QPointF FeatureMap::pixelOf(QPointF place) const {
  const QRect within = area();
  return {within.left() + (place.x() - shown_.left()) / shown_.width() * within.width(),
          within.bottom() - (place.y() - shown_.top()) / shown_.height() * within.height()};
}

QPointF FeatureMap::placeAt(QPointF pixel) const {
  const QRect within = area();
  return {shown_.left() + (pixel.x() - within.left()) / within.width() * shown_.width(),
          shown_.top() + (within.bottom() - pixel.y()) / within.height() * shown_.height()};
}

std::optional<QPointF> FeatureMap::placeOf(int index) const {
  if (isEmpty() || index < 0) return {};
  const QPointF pixel = pixelOf(places_.places[static_cast<size_t>(index)]);
  if (!QRectF(area()).adjusted(-kMapEdge, -kMapEdge, kMapEdge, kMapEdge).contains(pixel)) return {};
  return pixel;
}

/// The nearest one within reach; of equals the lower one.
int FeatureMap::indexAt(QPointF pixel) const {
  int best = -1;
  double least = kReach * kReach;
  for (int index = 0; !isEmpty() && index < pictures_->count(); ++index) {
    const auto at = placeOf(index);
    if (!at || isPale(index)) continue;
    const QPointF apart = *at - pixel;
    if (const double distance = QPointF::dotProduct(apart, apart); distance < least) {
      least = distance;
      best = index;
    }
  }
  return best;
}

bool FeatureMap::isPale(int index) const {
  return (!listed_.empty() && !isListed_[static_cast<size_t>(index)]) ||
         (shownClass_ >= 0 && markOf(index) != shownClass_);
}

void FeatureMap::showAll() {
  double left = std::numeric_limits<double>::infinity(), right = -left, low = left, high = -left;
  for (const QPointF& place : places_.places) {
    left = std::min(left, place.x());
    right = std::max(right, place.x());
    low = std::min(low, place.y());
    high = std::max(high, place.y());
  }
  if (places_.places.empty()) return;
  // Where all have one place, it is in the middle.
  const double wide = right > left ? right - left : 1, tall = high > low ? high - low : 1;
  shown_ = QRectF((left + right - wide) / 2, (low + high - tall) / 2, wide, tall);
  redraw();
}

void FeatureMap::zoomAbout(QPointF pixel, double factor) {
  if (isEmpty()) return;
  const QPointF still = placeAt(pixel);
  shown_ = QRectF(still + (shown_.topLeft() - still) / factor, shown_.size() / factor);
  redraw();
}

// --- input ---

void FeatureMap::setHovered(int index) {
  if (index == hovered_) return;
  hovered_ = index;
  update();
}

void FeatureMap::choose(int index) {
  setCurrent(index);
  emit chosen(index);
}

void FeatureMap::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || isEmpty()) return;
  drag_ = Drag::Press;
  path_ = {event->position()};
  showsFocus_ = false;
}

void FeatureMap::mouseMoveEvent(QMouseEvent* event) {
  const QPointF at = event->position();
  if (drag_ == Drag::None) return setHovered(indexAt(at));
  if (drag_ == Drag::Press) {
    if ((at - path_.first()).manhattanLength() < QApplication::startDragDistance()) return;
    drag_ = event->modifiers() & Qt::ShiftModifier ? Drag::Lasso : Drag::Rectangle;
    setHovered(-1);
  }
  path_ << at;
  update();
}

void FeatureMap::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || drag_ == Drag::None) return;
  if (drag_ != Drag::Press) return endDrag();
  drag_ = Drag::None;
  if (const int index = indexAt(event->position()); index >= 0)
    choose(index);
  else if (!listed_.empty())
    emit listChosen({});
}

void FeatureMap::endDrag() {
  QPainterPath outline;
  if (drag_ == Drag::Rectangle)
    outline.addRect(QRectF(path_.first(), path_.last()).normalized());
  else
    outline.addPolygon(path_);
  drag_ = Drag::None;
  std::vector<int> within;
  for (int index = 0; index < pictures_->count(); ++index) {
    const bool isOfClass = shownClass_ < 0 || markOf(index) == shownClass_;
    if (const auto at = placeOf(index); at && isOfClass && outline.contains(*at)) within.push_back(index);
  }
  emit listChosen(within);
  update();
}

void FeatureMap::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || isEmpty()) return;
  if (const int index = indexAt(event->position()); index >= 0)
    emit opened(index);
  else
    showAll();
}

void FeatureMap::wheelEvent(QWheelEvent* event) {
  if (isEmpty()) return event->ignore();
  zoomAbout(event->position(), std::pow(1.2, event->angleDelta().y() / 120.0));
  event->accept();
}

void FeatureMap::leaveEvent(QEvent*) {
  setHovered(-1);
}

/// To the nearest point on that side; distance across the direction counts twice.
void FeatureMap::walk(QPoint direction) {
  const auto from = placeOf(current_).value_or(QRectF(area()).center());
  int best = -1;
  double least = std::numeric_limits<double>::infinity();
  for (int index = 0; index < pictures_->count(); ++index) {
    const auto at = placeOf(index);
    if (!at || index == current_ || isPale(index)) continue;
    const QPointF apart = *at - from;
    const double ahead = QPointF::dotProduct(apart, direction);
    const double aside = std::abs(apart.x() * direction.y() - apart.y() * direction.x());
    if (ahead <= 0 || ahead + 2 * aside >= least) continue;
    least = ahead + 2 * aside;
    best = index;
  }
  if (best >= 0) choose(best);
}

void FeatureMap::keyPressEvent(QKeyEvent* event) {
  if (isEmpty()) return QWidget::keyPressEvent(event);
  showsFocus_ = true;
  switch (event->key()) {
    case Qt::Key_Left:
      return walk({-1, 0});
    case Qt::Key_Right:
      return walk({1, 0});
    case Qt::Key_Up:
      return walk({0, -1});
    case Qt::Key_Down:
      return walk({0, 1});
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (current_ >= 0) emit opened(current_);
      return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoomAbout(QRectF(area()).center(), 1.5);
    case Qt::Key_Minus:
      return zoomAbout(QRectF(area()).center(), 1 / 1.5);
    case Qt::Key_0:
      return showAll();
    case Qt::Key_Escape:
      if (drag_ != Drag::None) {
        drag_ = Drag::None;
        return update();
      }
      if (!listed_.empty()) return void(emit listChosen({}));
      [[fallthrough]];
    default:
      QWidget::keyPressEvent(event);
  }
}

void FeatureMap::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  redraw();
}

void FeatureMap::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  showsFocus_ = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                event->reason() == Qt::ShortcutFocusReason;
  update();
}

void FeatureMap::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  drag_ = Drag::None;
  update();
}

void FeatureMap::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) redraw();
}

}  // namespace scanline
