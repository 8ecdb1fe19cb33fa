#include "widgets/studio/picture_canvas.h"

#include <QEvent>
#include <QScrollBar>
#include <QUndoStack>
#include <algorithm>
#include <cmath>

#include "widgets/images/scroll_ranges.h"
#include "widgets/studio/token_shapes.h"

// Picture, zoom, places and history; picture_canvas_input.cpp has mouse and keys, picture_canvas_paint.cpp
// painting.

namespace scanline {

namespace {
constexpr int kMargin = 8;   // around a picture that fits
constexpr int kSteps = 200;  // of the history
}  // namespace

/// The mask and the picture before and after an edit.
class PictureCanvas::EditCommand : public QUndoCommand {
 public:
  struct State {
    PaintMask mask;
    StudioPicture picture;
  };
  EditCommand(PictureCanvas& canvas, State before, State after, const QString& words)
      : QUndoCommand(words), canvas_(canvas), before_(std::move(before)), after_(std::move(after)) {}

  void undo() override { canvas_.restore(before_.mask, before_.picture); }
  void redo() override { canvas_.restore(after_.mask, after_.picture); }

 private:
  PictureCanvas& canvas_;
  State before_, after_;
};

PictureCanvas::PictureCanvas(QWidget* parent) : QAbstractScrollArea(parent), history_(new QUndoStack(this)) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Picture"));
  viewport()->setMouseTracking(true);
  viewport()->setBackgroundRole(QPalette::Window);
  history_->setUndoLimit(kSteps);
}

PictureCanvas::~PictureCanvas() {
  history_->disconnect();  // the stack dies after this object's own part
}

void PictureCanvas::setPicture(const StudioPicture& picture) {
  stroke_.reset();
  history_->clear();
  const bool other = picture.across != picture_.across || picture.down != picture_.down;
  picture_ = picture;
  image_ = picture_.image();
  if (other || mask_.size() != picture_.tokens.size()) {
    mask_.assign(picture_.tokens.size(), 0);
    setHeat({});
    chosen_ = -1;
    setHovered(-1);
  }
  if (picture_.isEmpty() || picture_.isCodes()) target_ = Target::Mask;
  if (!picture_.palette || colour_ >= picture_.palette->size()) colour_ = 0;
  emit toolChanged();
  relayout();
}

void PictureCanvas::setPixels(const QImage& pixels) {
  if (!picture_.isCodes() || pixels.size() != picture_.size()) return;
  picture_.pixels = pixels;
  image_ = picture_.image();
  viewport()->update();
}

void PictureCanvas::setMask(PaintMask mask) {
  if (mask.size() != picture_.tokens.size()) return;
  mask_ = std::move(mask);
  viewport()->update();
}

void PictureCanvas::setMaskShown(bool shown) {
  if (shown == maskShown_) return;
  maskShown_ = shown;
  viewport()->update();
  emit toolChanged();
}

void PictureCanvas::setHeat(const HeatLayer& layer) {
  if (layer == heat_) return;
  heat_ = layer;
  const bool fits = static_cast<qint64>(heat_.values.size()) == picture_.count();
  heatImage_ = fits ? heatImage(heat_, picture_.across) : QImage();
  viewport()->update();
}

void PictureCanvas::setEmptyText(const QString& sentence) {
  emptyText_ = sentence;
  viewport()->update();
}

void PictureCanvas::replacePicture(const StudioPicture& picture, const QString& words) {
  pushEdit(mask_, picture, words);
}

void PictureCanvas::replaceMask(PaintMask mask, const QString& words) {
  if (mask.size() == picture_.tokens.size() && mask != mask_) pushEdit(std::move(mask), picture_, words);
}

void PictureCanvas::invertMask() {
  PaintMask mask = mask_;
  for (auto& each : mask) each = each == 0 ? 1 : 0;
  replaceMask(std::move(mask), tr("Invert the mask"));
}

void PictureCanvas::clearMask() {
  replaceMask(PaintMask(mask_.size(), 0), tr("Clear the mask"));
}

void PictureCanvas::paintAll() {
  replaceMask(PaintMask(mask_.size(), 1), tr("Mask all"));
}

void PictureCanvas::pushEdit(PaintMask mask, StudioPicture picture, const QString& words) {
  cancelStroke();
  if (picture.tokens.size() != mask.size()) mask.assign(picture.tokens.size(), 0);
  history_->push(new EditCommand(*this, {mask_, picture_}, {std::move(mask), std::move(picture)}, words));
}

void PictureCanvas::recordStroke(const Stroke& stroke, const QString& words) {
  if (stroke.mask == mask_ && stroke.picture.tokens == picture_.tokens) return;
  history_->push(new EditCommand(*this, {stroke.mask, stroke.picture}, {mask_, picture_}, words));
}

void PictureCanvas::restore(const PaintMask& mask, const StudioPicture& picture) {
  stroke_.reset();
  const bool otherMask = mask != mask_;
  const bool otherPicture = picture.tokens != picture_.tokens || picture.across != picture_.across ||
                            picture.palette != picture_.palette ||
                            picture.pixels.cacheKey() != picture_.pixels.cacheKey();
  const bool otherSize = picture.size() != picture_.size();
  mask_ = mask;
  if (otherPicture) {
    picture_ = picture;
    image_ = picture_.image();
  }
  if (otherSize) relayout();
  viewport()->update();
  if (otherPicture) emit pictureChanged();
  if (otherMask) emit maskChanged();
}

void PictureCanvas::setTool(Tool tool) {
  if (tool == Tool::Eyedropper && !canPaintPixels()) return;
  if (tool == tool_) return;
  cancelStroke();
  if (tool == Tool::Eyedropper) before_ = tool_ == Tool::Look ? Tool::Brush : tool_;
  tool_ = tool;
  viewport()->setCursor(tool == Tool::Look ? Qt::ArrowCursor : Qt::CrossCursor);
  viewport()->update();
  emit toolChanged();
}

void PictureCanvas::setTarget(Target target) {
  if (target == target_ || (target == Target::Pixels && !canPaintPixels())) return;
  cancelStroke();
  target_ = target;
  if (target == Target::Mask && tool_ == Tool::Eyedropper) tool_ = before_;
  viewport()->update();
  emit toolChanged();
}

void PictureCanvas::setBrush(int side) {
  side = std::clamp(side, 1, kMaxBrush);
  if (side == brush_) return;
  brush_ = side;
  viewport()->update();
  emit toolChanged();
}

void PictureCanvas::setErasing(bool erasing) {
  if (erasing == erasing_) return;
  erasing_ = erasing;
  emit toolChanged();
}

void PictureCanvas::setColour(Token colour) {
  if (colour == colour_ || !picture_.palette || colour >= picture_.palette->size()) return;
  colour_ = colour;
  emit toolChanged();
}

void PictureCanvas::setChosen(qint64 position) {
  chosen_ = position >= 0 && position < picture_.count() ? position : -1;
  viewport()->update();
}

void PictureCanvas::setZoom(int zoom) {
  chosenZoom_ = std::clamp(zoom, 0, kMaxZoom);
  relayout();
}

void PictureCanvas::relayout() {
  const double ratio = devicePixelRatioF();
  const int before = zoom_;
  const QSize size = picture_.size(), whole = maximumViewportSize();
  if (picture_.isEmpty()) {
    zoom_ = 1;
    horizontalScrollBar()->setRange(0, 0);
    verticalScrollBar()->setRange(0, 0);
    return viewport()->update();
  }
  const auto room = [ratio](int side) { return static_cast<int>((side - 2 * kMargin) * ratio); };
  const int fit = std::min(room(whole.width()) / size.width(), room(whole.height()) / size.height());
  zoom_ = std::clamp(chosenZoom_ > 0 ? chosenZoom_ : fit, 1, kMaxZoom);
  const auto needed = [&](int pixels) { return static_cast<int>(std::ceil(pixels * zoom_ / ratio)) + 2 * kMargin; };
  const QSize content(needed(size.width()), needed(size.height()));
  const int bar = verticalScrollBar()->sizeHint().width();
  bool down = content.height() > whole.height();
  const bool across = content.width() > whole.width() - (down ? bar : 0);
  down = content.height() > whole.height() - (across ? bar : 0);
  const QSize seen(whole.width() - (down ? bar : 0), whole.height() - (across ? bar : 0));
  setScrollRanges(*this, content, seen);
  viewport()->update();
  if (before != zoom_) emit zoomChanged(zoom_);
}

QRect PictureCanvas::pictureRect() const {
  const double ratio = devicePixelRatioF();
  const QSize size = picture_.size() * zoom_;
  const QSize room = (QSizeF(viewport()->size()) * ratio).toSize();
  const auto start = [ratio](int free, const QScrollBar* bar) {
    const int margin = static_cast<int>(kMargin * ratio);
    return bar->maximum() > 0 ? margin - static_cast<int>(std::lround(bar->value() * ratio)) : std::max(0, free / 2);
  };
  return {QPoint(start(room.width() - size.width(), horizontalScrollBar()),
                 start(room.height() - size.height(), verticalScrollBar())),
          size};
}

QRect PictureCanvas::cellRect(QPoint cell, const QRect& target) const {
  const int side = picture_.stride * zoom_;
  return {target.topLeft() + cell * side, QSize(side, side)};
}

QRectF PictureCanvas::shownRect(qint64 position) const {
  const double ratio = devicePixelRatioF();
  const QRect device = cellRect(picture_.cellOf(position), pictureRect());
  return {QPointF(device.topLeft()) / ratio, QSizeF(device.size()) / ratio};
}

QPointF PictureCanvas::placeAt(const QPointF& viewportPoint) const {
  const QPointF inside = viewportPoint * devicePixelRatioF() - QPointF(pictureRect().topLeft());
  return inside / (picture_.stride * zoom_);
}

QPoint PictureCanvas::cellAt(const QPointF& viewportPoint) const {
  const QPointF place = placeAt(viewportPoint);
  return {static_cast<int>(std::floor(place.x())), static_cast<int>(std::floor(place.y()))};
}

void PictureCanvas::showCell(QPoint cell) {
  const QRectF shown = shownRect(picture_.positionOf(cell)).adjusted(-kMargin, -kMargin, kMargin, kMargin);
  auto* down = verticalScrollBar();
  auto* across = horizontalScrollBar();
  if (shown.top() < 0) down->setValue(down->value() + static_cast<int>(std::floor(shown.top())));
  if (shown.bottom() > viewport()->height())
    down->setValue(down->value() + static_cast<int>(std::ceil(shown.bottom())) - viewport()->height());
  if (shown.left() < 0) across->setValue(across->value() + static_cast<int>(std::floor(shown.left())));
  if (shown.right() > viewport()->width())
    across->setValue(across->value() + static_cast<int>(std::ceil(shown.right())) - viewport()->width());
}

void PictureCanvas::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  relayout();
}

void PictureCanvas::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) viewport()->update();
}

}  // namespace scanline
