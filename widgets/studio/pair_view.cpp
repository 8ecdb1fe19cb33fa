#include "widgets/studio/pair_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/images/device_painter.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {
constexpr int kFrame = 2, kEmpty = 140, kMostHeight = 420, kBigStep = 10;
constexpr double kKnob = 6;
}  // namespace

PairView::PairView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(tr("Two pictures in one place"));
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  setRate(2);
  connect(&timer_, &QTimer::timeout, this, &PairView::flip);
}

void PairView::setPictures(const QImage& first, const QImage& second) {
  const QSize before = images_[0].size();
  const bool fit = !first.isNull() && first.size() == second.size();
  images_[0] = fit ? first : QImage();
  images_[1] = fit ? second : QImage();
  difference_ = differenceOf(images_[0], images_[1]);
  differenceImage_ = difference_.isEmpty() ? QImage() : difference_.image();
  if (images_[0].size() != before) wipe_ = images_[0].width() / 2;
  tell();
  updateGeometry();
  update();
}

void PairView::setNames(const QString& first, const QString& second) {
  names_[0] = first;
  names_[1] = second;
  tell();
}

void PairView::setMode(Mode mode) {
  mode_ = mode;
  if (mode != Mode::Blink) timer_.stop();
  setCursor(Qt::ArrowCursor);
  tell();
  update();
}

void PairView::setEmptyText(const QString& sentence) {
  empty_ = sentence;
  tell();
  update();
}

void PairView::setWipe(int pixels) {
  wipe_ = std::clamp(pixels, 0, images_[0].width());
  tell();
  update();
}

void PairView::setBlinking(bool blinking) {
  if (blinking == timer_.isActive()) return;
  blinking ? timer_.start() : timer_.stop();
}

void PairView::setRate(double perSecond) {
  timer_.setInterval(static_cast<int>(std::lround(1000 / std::clamp(perSecond, 0.5, 10.0))));
}

void PairView::flip() {
  second_ = !second_;
  tell();
  update();
  emit flipped(second_);
}

void PairView::tell() {
  if (!isReady()) return setAccessibleDescription(empty_);
  switch (mode_) {
    case Mode::Wipe:
      return setAccessibleDescription(
          tr("%1 left of column %2, %3 right of it").arg(names_[0]).arg(wipe_ + 1).arg(names_[1]));
    case Mode::Blink:
      return setAccessibleDescription(names_[second_ ? 1 : 0]);
    case Mode::Difference:
      return setAccessibleDescription(tr("Distance between %1 and %2").arg(names_[0], names_[1]));
  }
}

// --- geometry ---

int PairView::zoomFor(int width) const {
  const double ratio = devicePixelRatioF();
  const QSize size = images_[0].size();
  return std::max(1, static_cast<int>(std::min((width - 2 * kFrame) * ratio / size.width(),
                                               (kMostHeight - 2 * kFrame) * ratio / size.height())));
}

QRect PairView::target() const {
  const int frame = static_cast<int>(std::lround(kFrame * devicePixelRatioF()));
  return {QPoint(frame, frame), images_[0].size() * zoomFor(width())};
}

int PairView::heightForWidth(int width) const {
  if (!isReady()) return kEmpty;
  return static_cast<int>(std::ceil(images_[0].height() * zoomFor(width) / devicePixelRatioF())) + 2 * kFrame;
}

QSize PairView::sizeHint() const {
  return {296, heightForWidth(296)};
}

QRectF PairView::shownRect(QPoint pixel) const {
  const double ratio = devicePixelRatioF();
  const int zoom = zoomFor(width());
  return {(QPointF(target().topLeft()) + QPointF(pixel * zoom)) / ratio, QSizeF(zoom, zoom) / ratio};
}

QPointF PairView::placeAt(QPointF at) const {
  return (at * devicePixelRatioF() - target().topLeft()) / zoomFor(width());
}

// --- painting ---

void PairView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  if (!isReady()) {
    painter.setPen(theme.mutedText);
    painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, empty_);
    if (hasFocus()) paintFocusFrame(painter, rect(), theme);
    return;
  }
  const double ratio = devicePixelRatioF();
  const QRect whole = target();
  const int split = wipe_ * zoomFor(width()), high = images_[0].height();
  painter.save();
  useDevicePixels(painter, ratio);
  if (mode_ == Mode::Difference) painter.drawImage(whole, differenceImage_);
  if (mode_ == Mode::Blink) painter.drawImage(whole, images_[second_ ? 1 : 0]);
  if (mode_ == Mode::Wipe) {
    painter.drawImage(QRect(whole.topLeft(), QSize(split, whole.height())), images_[0], QRect(0, 0, wipe_, high));
    painter.drawImage(QRect(whole.left() + split, whole.top(), whole.width() - split, whole.height()), images_[1],
                      QRect(wipe_, 0, images_[1].width() - wipe_, high));
  }
  painter.restore();
  const QRectF frame = QRectF(QPointF(0.5, 0.5), QSizeF(whole.size()) / ratio + QSizeF(2 * kFrame - 1, 2 * kFrame - 1));
  if (mode_ == Mode::Wipe) {
    const double x = (whole.left() + split) / ratio;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Qt::black, 3));
    painter.drawLine(QPointF(x, kFrame), QPointF(x, frame.bottom() - kFrame + 0.5));
    painter.setPen(QPen(hasFocus() ? theme.accent : QColor(Qt::white), 1.5));
    painter.drawLine(QPointF(x, kFrame), QPointF(x, frame.bottom() - kFrame + 0.5));
    painter.setPen(QPen(Qt::black, 1));
    painter.setBrush(hasFocus() ? theme.accent : QColor(Qt::white));
    painter.drawEllipse(QPointF(x, frame.center().y()), kKnob, kKnob);
    painter.setRenderHint(QPainter::Antialiasing, false);
  }
  if (!hasFocus()) return;
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme.accent, 1));
  painter.drawRect(frame);
}

// --- input ---

void PairView::moveWipe(int pixels) {
  const int before = wipe_;
  setWipe(pixels);
  if (wipe_ != before) emit wipeChanged(wipe_);
}

void PairView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !isReady() || mode_ != Mode::Wipe) return;
  dragging_ = true;
  moveWipe(static_cast<int>(std::lround(placeAt(event->position()).x())));
}

void PairView::mouseMoveEvent(QMouseEvent* event) {
  if (!isReady()) return;
  const QPointF place = placeAt(event->position());
  if (dragging_) moveWipe(static_cast<int>(std::lround(place.x())));
  setCursor(mode_ == Mode::Wipe ? Qt::SplitHCursor : Qt::CrossCursor);
  const QPoint pixel(static_cast<int>(std::floor(place.x())), static_cast<int>(std::floor(place.y())));
  emit pixelHovered(images_[0].rect().contains(pixel) ? pixel : QPoint(-1, -1));
}

void PairView::mouseReleaseEvent(QMouseEvent*) {
  dragging_ = false;
}

void PairView::leaveEvent(QEvent*) {
  emit pixelHovered({-1, -1});
}

void PairView::keyPressEvent(QKeyEvent* event) {
  const int by = event->modifiers() & Qt::ShiftModifier ? kBigStep : 1;
  if (!isReady()) return QWidget::keyPressEvent(event);
  if (mode_ == Mode::Blink && event->key() == Qt::Key_Space) {
    if (isBlinking()) {
      setBlinking(false);
      emit blinkingChanged(false);
    }
    return flip();
  }
  if (mode_ != Mode::Wipe) return QWidget::keyPressEvent(event);
  switch (event->key()) {
    case Qt::Key_Left:
      return moveWipe(wipe_ - by);
    case Qt::Key_Right:
      return moveWipe(wipe_ + by);
    case Qt::Key_Home:
      return moveWipe(0);
    case Qt::Key_End:
      return moveWipe(images_[0].width());
    default:
      QWidget::keyPressEvent(event);
  }
}

void PairView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
