#include <QKeyEvent>
#include <QMouseEvent>
#include <QUndoStack>
#include <QWheelEvent>
#include <algorithm>

#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/token_shapes.h"

// Mouse, keys and strokes; picture_canvas.cpp has the state that they change.

namespace scanline {

bool PictureCanvas::isOwnKey(const QKeyEvent* event) {
  if (event->matches(QKeySequence::Undo) || event->matches(QKeySequence::Redo)) return true;
  const auto modifiers = event->modifiers() & ~Qt::KeypadModifier;
  if (modifiers == (Qt::ControlModifier | Qt::ShiftModifier)) return event->key() == Qt::Key_Z;
  if (modifiers == Qt::ShiftModifier && event->key() == Qt::Key_I) return true;
  if ((modifiers & ~Qt::ShiftModifier) != Qt::NoModifier) return false;
  switch (event->key()) {
    case Qt::Key_Plus:  // with Shift on many keyboards
    case Qt::Key_Equal:
    case Qt::Key_BracketLeft:
    case Qt::Key_BracketRight:
    case Qt::Key_Minus:
      return true;
    case Qt::Key_V:
    case Qt::Key_B:
    case Qt::Key_R:
    case Qt::Key_L:
    case Qt::Key_F:
    case Qt::Key_I:
    case Qt::Key_M:
    case Qt::Key_E:
    case Qt::Key_H:
    case Qt::Key_0:
      return modifiers == Qt::NoModifier;
    default:
      return false;
  }
}

bool PictureCanvas::handleKey(QKeyEvent* event) {
  if (!isOwnKey(event)) return false;
  if (event->matches(QKeySequence::Undo)) {
    cancelStroke();
    history_->undo();
    return true;
  }
  if (event->matches(QKeySequence::Redo) || event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier)) {
    cancelStroke();
    history_->redo();
    return true;
  }
  switch (event->key()) {
    case Qt::Key_V:
      setTool(Tool::Look);
      break;
    case Qt::Key_B:
      setTool(Tool::Brush);
      break;
    case Qt::Key_R:
      setTool(Tool::Rectangle);
      break;
    case Qt::Key_L:
      setTool(Tool::Lasso);
      break;
    case Qt::Key_F:
      setTool(Tool::Fill);
      break;
    case Qt::Key_I:
      event->modifiers() & Qt::ShiftModifier ? invertMask() : setTool(Tool::Eyedropper);
      break;
    case Qt::Key_M:
      setTarget(target_ == Target::Mask ? Target::Pixels : Target::Mask);
      break;
    case Qt::Key_E:
      setErasing(!erasing_);
      break;
    case Qt::Key_H:
      setMaskShown(!maskShown_);
      break;
    case Qt::Key_BracketLeft:
      setBrush(brush_ - 1);
      break;
    case Qt::Key_BracketRight:
      setBrush(brush_ + 1);
      break;
    case Qt::Key_Minus:
      zoomOut();
      break;
    case Qt::Key_0:
      zoomToFit();
      break;
    default:
      zoomIn();
  }
  return true;
}

bool PictureCanvas::event(QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride) return QAbstractScrollArea::event(event);
  // The window's shortcuts of the same keys are for other pages.
  const auto* key = static_cast<QKeyEvent*>(event);
  const bool walks = key->key() == Qt::Key_Left || key->key() == Qt::Key_Right || key->key() == Qt::Key_Up ||
                     key->key() == Qt::Key_Down || key->key() == Qt::Key_Home || key->key() == Qt::Key_End;
  if (isOwnKey(key) || walks || key->key() == Qt::Key_Space || (key->key() == Qt::Key_Escape && stroke_)) {
    event->accept();
    return true;
  }
  return QAbstractScrollArea::event(event);
}

void PictureCanvas::keyPressEvent(QKeyEvent* event) {
  if (picture_.isEmpty()) return event->ignore();
  if (event->key() == Qt::Key_Escape && stroke_) return cancelStroke();
  if (event->key() == Qt::Key_Space) {
    if (event->isAutoRepeat() || stroke_) return;
    if (chosen_ < 0) choose(0);
    const QPoint cell = picture_.cellOf(chosen_);
    beginStroke(cell, QPointF(cell) + QPointF(0.5, 0.5), event->modifiers() & Qt::ShiftModifier, true);
    return;
  }
  if (walk(event->key(), event->modifiers() & Qt::ControlModifier)) return;
  if (!handleKey(event)) event->ignore();
}

void PictureCanvas::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Space || event->isAutoRepeat()) return QAbstractScrollArea::keyReleaseEvent(event);
  if (stroke_ && stroke_->byKeys) endStroke();
}

bool PictureCanvas::walk(int key, bool toEnds) {
  const qint64 last = picture_.count() - 1, at = std::max<qint64>(chosen_, 0), row = at - at % picture_.across;
  qint64 next = at;
  switch (key) {
    case Qt::Key_Left:
      next = at - 1;
      break;
    case Qt::Key_Right:
      next = at + (chosen_ < 0 ? 0 : 1);
      break;
    case Qt::Key_Up:
      next = at - picture_.across;
      break;
    case Qt::Key_Down:
      next = at + picture_.across;
      break;
    case Qt::Key_Home:
      next = toEnds ? 0 : row;
      break;
    case Qt::Key_End:
      next = toEnds ? last : row + picture_.across - 1;
      break;
    default:
      return false;
  }
  if (next < 0 || next > last) return true;
  choose(next);
  const QPoint cell = picture_.cellOf(next);
  showCell(cell);
  if (stroke_ && stroke_->byKeys) continueStroke(cell, QPointF(cell) + QPointF(0.5, 0.5));
  return true;
}

void PictureCanvas::choose(qint64 position) {
  chosen_ = position;
  const Token token = picture_.tokens[static_cast<size_t>(position)];
  const bool painted = mask_[static_cast<size_t>(position)] != 0;
  setAccessibleDescription(tr("%1, %2, %3")
                               .arg(placeWords(picture_, position),
                                    picture_.isCodes() ? tr("code %1").arg(token) : tr("colour %1").arg(token),
                                    painted ? tr("painted by the model") : tr("given")));
  viewport()->update();
  emit pixelChosen(position);
}

void PictureCanvas::setHovered(qint64 position) {
  if (position == hovered_) return;
  hovered_ = position;
  viewport()->update();
  emit pixelHovered(position);
}

bool PictureCanvas::viewportEvent(QEvent* event) {
  if (picture_.isEmpty()) return QAbstractScrollArea::viewportEvent(event);
  switch (event->type()) {
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonDblClick:
      if (press(static_cast<QMouseEvent*>(event))) return true;
      break;
    case QEvent::MouseMove: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      const QPoint cell = cellAt(mouse->position());
      const qint64 position = picture_.positionOf(cell);
      setHovered(position);
      if (stroke_ && !stroke_->byKeys) continueStroke(cell, placeAt(mouse->position()));
      const bool looks = tool_ == Tool::Look && mouse->buttons() & Qt::LeftButton;
      if (looks && position >= 0 && position != chosen_) choose(position);
      return true;
    }
    case QEvent::MouseButtonRelease:
      if (stroke_ && !stroke_->byKeys) endStroke();
      return true;
    case QEvent::Leave:
      setHovered(-1);
      break;
    default:
      break;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

bool PictureCanvas::press(QMouseEvent* event) {
  const bool right = event->button() == Qt::RightButton;
  if (event->button() != Qt::LeftButton && !right) return false;
  if (stroke_) {  // the other button gives it up
    cancelStroke();
    return true;
  }
  const QPoint cell = cellAt(event->position());
  if (isWithin(cell)) choose(picture_.positionOf(cell));
  if (right && target_ == Target::Pixels && tool_ != Tool::Look) {
    pickColour(cell);
  } else if (tool_ != Tool::Look || !right) {
    beginStroke(cell, placeAt(event->position()), right, false);
  }
  return true;
}

void PictureCanvas::pickColour(QPoint cell) {
  if (!isWithin(cell) || !canPaintPixels()) return;
  colour_ = picture_.tokens[static_cast<size_t>(picture_.positionOf(cell))];
  target_ = Target::Pixels;
  if (tool_ == Tool::Eyedropper) tool_ = before_;
  viewport()->update();
  emit toolChanged();
}

void PictureCanvas::beginStroke(QPoint cell, const QPointF& place, bool opposite, bool byKeys) {
  if (tool_ == Tool::Look) return;
  if (tool_ == Tool::Eyedropper) return pickColour(cell);
  stroke_ = Stroke{mask_, picture_, cell, cell, {place}, opposite, byKeys};
  if (tool_ == Tool::Fill) {
    applyCells(fillCells(cell, cells(), [this](QPoint at) {
      const auto index = static_cast<size_t>(picture_.positionOf(at));
      return target_ == Target::Mask ? static_cast<int>(mask_[index]) : static_cast<int>(picture_.tokens[index]);
    }));
    if (!byKeys) endStroke();
    return;
  }
  continueStroke(cell, place);
}

void PictureCanvas::continueStroke(QPoint cell, const QPointF& place) {
  if (tool_ == Tool::Brush) {
    std::vector<QPoint> reached;
    for (const QPoint centre : lineCells(stroke_->last, cell))
      for (const QPoint each : brushCells(centre, brush_, cells())) reached.push_back(each);
    applyCells(reached);
  } else if (tool_ == Tool::Rectangle) {
    applyCells(rectangleCells(stroke_->start, cell, cells()));
  } else if (tool_ == Tool::Lasso) {
    stroke_->path.push_back(place);
    viewport()->update();
  }
  if (stroke_) stroke_->last = cell;
}

/// Brush and fill add cells to the stroke; a rectangle replaces the last one, so it starts from the state before.
void PictureCanvas::applyCells(const std::vector<QPoint>& cells) {
  const bool afresh = tool_ == Tool::Rectangle;
  if (target_ == Target::Mask) {
    PaintMask mask = afresh ? stroke_->mask : mask_;
    const uint8_t value = erasing_ != stroke_->opposite ? 0 : 1;
    for (const QPoint cell : cells) mask[static_cast<size_t>(picture_.positionOf(cell))] = value;
    if (mask == mask_) return;
    mask_ = std::move(mask);
    viewport()->update();
    emit maskChanged();
    return;
  }
  std::vector<Token> tokens = afresh ? stroke_->picture.tokens : picture_.tokens;
  for (const QPoint cell : cells) tokens[static_cast<size_t>(picture_.positionOf(cell))] = colour_;
  if (tokens == picture_.tokens) return;
  picture_.tokens = std::move(tokens);
  image_ = picture_.image();
  viewport()->update();
  emit pictureChanged();
}

void PictureCanvas::endStroke() {
  if (tool_ == Tool::Lasso) applyCells(lassoCells(stroke_->path, cells()));
  const QString words = strokeWords();
  const Stroke stroke = std::move(*stroke_);
  stroke_.reset();
  viewport()->update();
  recordStroke(stroke, words);
}

void PictureCanvas::cancelStroke() {
  if (!stroke_) return;
  const Stroke stroke = std::move(*stroke_);
  restore(stroke.mask, stroke.picture);
}

QString PictureCanvas::strokeWords() const {
  if (target_ == Target::Pixels) return tr("Paint pixels");
  return erasing_ != stroke_->opposite ? tr("Give pixels") : tr("Mask pixels");
}

void PictureCanvas::wheelEvent(QWheelEvent* event) {
  if (!(event->modifiers() & Qt::ControlModifier)) return QAbstractScrollArea::wheelEvent(event);
  if (event->angleDelta().y() > 0) zoomIn();
  if (event->angleDelta().y() < 0) zoomOut();
  event->accept();
}

void PictureCanvas::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void PictureCanvas::focusOutEvent(QFocusEvent* event) {
  if (stroke_ && stroke_->byKeys) endStroke();
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

}  // namespace scanline
