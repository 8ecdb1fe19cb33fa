#include "widgets/studio/token_map.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/images/device_painter.h"
#include "widgets/images/picture_export.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {
constexpr int kFrame = 2;     // room for the rings around tokens at the edge
constexpr int kEmpty = 140;   // height without a picture
constexpr int kExported = 8;  // zoom of a picture that is copied or saved
}  // namespace

TokenMap::TokenMap(const QString& name, QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(name);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void TokenMap::setPicture(const StudioPicture& picture) {
  picture_ = picture;
  image_ = picture.image();
  if (chosen_ >= picture_.count()) chosen_ = -1;
  if (hovered_ >= picture_.count()) hovered_ = -1;
  heat_ = layer_.values.size() == picture_.tokens.size() ? heatImage(layer_, picture_.across) : QImage();
  updateGeometry();
  update();
}

void TokenMap::setLayer(const HeatLayer& layer) {
  layer_ = layer;
  heat_ = layer_.values.size() == picture_.tokens.size() ? heatImage(layer_, picture_.across) : QImage();
  tell();
  update();
}

void TokenMap::setChosen(qint64 position) {
  chosen_ = position < picture_.count() ? position : -1;
  tell();
  update();
}

void TokenMap::setWords(std::function<QString(qint64)> words) {
  words_ = std::move(words);
  tell();
}

void TokenMap::setEmptyText(const QString& sentence) {
  empty_ = sentence;
  if (picture_.isEmpty()) setAccessibleDescription(sentence);
  update();
}

void TokenMap::setMostHeight(int height) {
  mostHeight_ = height;
  updateGeometry();
}

void TokenMap::tell() {
  if (picture_.isEmpty()) return setAccessibleDescription(empty_);
  setAccessibleDescription(words_ && told() >= 0 ? words_(told()) : QString());
}

// --- geometry ---

int TokenMap::zoomFor(int width) const {
  const double ratio = devicePixelRatioF();
  const QSize size = picture_.size();
  const double room = (width - 2 * kFrame) * ratio, high = (mostHeight_ - 2 * kFrame) * ratio;
  return std::max(1, static_cast<int>(std::min(room / size.width(), high / size.height())));
}

QRect TokenMap::target() const {
  const int frame = static_cast<int>(std::lround(kFrame * devicePixelRatioF()));
  return {QPoint(frame, frame), picture_.size() * zoomFor(width())};
}

int TokenMap::heightForWidth(int width) const {
  if (picture_.isEmpty()) return kEmpty;
  return static_cast<int>(std::ceil(picture_.size().height() * zoomFor(width) / devicePixelRatioF())) + 2 * kFrame;
}

QSize TokenMap::sizeHint() const {
  return {296, heightForWidth(296)};
}

QSize TokenMap::minimumSizeHint() const {
  return {64, picture_.isEmpty() ? kEmpty : 64};
}

QRectF TokenMap::shownRect(qint64 position) const {
  const double ratio = devicePixelRatioF();
  const int side = zoomFor(width()) * picture_.stride;
  return {(QPointF(target().topLeft()) + QPointF(picture_.cellOf(position) * side)) / ratio,
          QSizeF(side, side) / ratio};
}

qint64 TokenMap::positionAt(QPointF at) const {
  if (picture_.isEmpty()) return -1;
  const QPointF inside = at * devicePixelRatioF() - target().topLeft();
  const int side = zoomFor(width()) * picture_.stride;
  return picture_.positionOf(
      {static_cast<int>(std::floor(inside.x() / side)), static_cast<int>(std::floor(inside.y() / side))});
}

// --- painting ---

QImage TokenMap::rendered(int zoom) const {
  if (picture_.isEmpty()) return {};
  QImage result(picture_.size() * zoom, QImage::Format_RGB32);
  QPainter painter(&result);
  painter.drawImage(result.rect(), image_);
  if (!heat_.isNull()) painter.drawImage(result.rect(), heat_);
  return result;
}

void TokenMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  if (picture_.isEmpty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, empty_);
    if (hasFocus()) paintFocusFrame(painter, rect(), theme);
    return;
  }
  const double ratio = devicePixelRatioF();
  const int zoom = zoomFor(width());
  painter.save();
  useDevicePixels(painter, ratio);
  painter.drawImage(target(), image_);
  if (!heat_.isNull()) painter.drawImage(target(), heat_);
  painter.restore();
  if (hovered_ >= 0 && hovered_ != chosen_) {
    painter.setPen(QPen(Qt::black, 1));
    painter.drawRect(shownRect(hovered_).adjusted(-0.5, -0.5, 0.5, 0.5));
    painter.setPen(QPen(Qt::white, 1));
    painter.drawRect(shownRect(hovered_).adjusted(0.5, 0.5, -0.5, -0.5));
  }
  if (chosen_ >= 0) {
    // A token of few pixels is marked around itself, so that its colour can be seen.
    const double out = zoom * picture_.stride / ratio < 6 ? 2 : 0;
    paintCellRing(painter, shownRect(chosen_).adjusted(-out, -out, out, out), hasFocus(), theme);
  }
  if (hasFocus()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.accent, 1));
    painter.drawRect(
        QRectF(QPointF(0.5, 0.5), QSizeF(target().size()) / ratio + QSizeF(2 * kFrame - 1, 2 * kFrame - 1)));
  }
}

// --- input ---

void TokenMap::hover(qint64 position) {
  if (position == hovered_) return;
  hovered_ = position;
  setCursor(position >= 0 ? Qt::CrossCursor : Qt::ArrowCursor);
  tell();
  update();
  emit hoveredChanged(position);
}

void TokenMap::choose(qint64 position) {
  if (position < 0 || position == chosen_) return;
  chosen_ = position;
  tell();
  update();
  emit positionChosen(position);
}

void TokenMap::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(positionAt(event->position()));
}

void TokenMap::mouseMoveEvent(QMouseEvent* event) {
  hover(positionAt(event->position()));
  if (event->buttons() & Qt::LeftButton) choose(hovered_);
}

void TokenMap::leaveEvent(QEvent*) {
  hover(-1);
}

void TokenMap::keyPressEvent(QKeyEvent* event) {
  if (picture_.isEmpty()) return QWidget::keyPressEvent(event);
  if (event->matches(QKeySequence::Copy)) return copy();
  if (event->matches(QKeySequence::Save)) return save();
  const qint64 to = walkedTo(chosen_, event->key(), event->modifiers(), picture_.across, picture_.down);
  if (to < 0) return QWidget::keyPressEvent(event);
  hover(-1);
  choose(to);
}

void TokenMap::contextMenuEvent(QContextMenuEvent* event) {
  if (picture_.isEmpty()) return;
  QMenu menu(this);
  menu.addAction(tr("Copy picture"), QKeySequence::Copy, this, &TokenMap::copy);
  menu.addAction(tr("Save picture…"), QKeySequence::Save, this, &TokenMap::save);
  menu.exec(event->globalPos());
}

void TokenMap::copy() const {
  QApplication::clipboard()->setImage(rendered(kExported));
}

void TokenMap::save() {
  const QString problem = askAndSavePng(this, rendered(kExported), fileNameFor(accessibleName()));
  if (!problem.isEmpty()) emit failed(problem);
}

bool TokenMap::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const qint64 at = positionAt(help->pos());
    QToolTip::showText(help->globalPos(), at >= 0 && words_ ? words_(at) : QString(), this);
    return true;
  }
  return QWidget::event(event);
}

void TokenMap::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

qint64 walkedTo(qint64 position, int key, Qt::KeyboardModifiers modifiers, int across, int down) {
  const qint64 last = static_cast<qint64>(across) * down - 1;
  const bool whole = modifiers & Qt::ControlModifier;
  switch (key) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Home:
    case Qt::Key_End:
      break;
    default:
      return -1;
  }
  if (last < 0) return -1;
  if (position < 0) return key == Qt::Key_End ? last : 0;
  const qint64 row = position / across * across;
  switch (key) {
    case Qt::Key_Left:
      return std::max<qint64>(0, position - 1);
    case Qt::Key_Right:
      return std::min(last, position + 1);
    case Qt::Key_Up:
      return position >= across ? position - across : position;
    case Qt::Key_Down:
      return position + across <= last ? position + across : position;
    case Qt::Key_Home:
      return whole ? 0 : row;
    default:
      return whole ? last : row + across - 1;
  }
}

}  // namespace scanline
