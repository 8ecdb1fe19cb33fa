#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/studio/picture_tiles.h"

// Mouse and keys; picture_tiles.cpp has layout and painting.

namespace scanline {

void PictureTiles::setHovered(int index) {
  if (index == hovered_) return;
  hovered_ = index;
  viewport()->setCursor(index >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  viewport()->update();
  emit hovered(index);
}

void PictureTiles::walkTo(int index) {
  if (tiles_.empty()) return;
  current_ = std::clamp(index, 0, static_cast<int>(tiles_.size()) - 1);
  setAccessibleDescription(tiles_[static_cast<size_t>(current_)].words);
  const QRectF shown = shownRect(current_).adjusted(0, -kTileGap, 0, captionHeight() + kTileGap);
  auto* bar = verticalScrollBar();
  if (shown.top() < 0) bar->setValue(bar->value() + static_cast<int>(std::floor(shown.top())));
  if (shown.bottom() > viewport()->height())
    bar->setValue(bar->value() + static_cast<int>(std::ceil(shown.bottom())) - viewport()->height());
  viewport()->update();
}

void PictureTiles::keyPressEvent(QKeyEvent* event) {
  const int at = std::max(0, current_);
  switch (event->key()) {
    case Qt::Key_Left:
      return walkTo(at - 1);
    case Qt::Key_Right:
      return walkTo(current_ < 0 ? 0 : at + 1);
    case Qt::Key_Up:
      return walkTo(at - columns_ < 0 ? at : at - columns_);
    case Qt::Key_Down:
      return walkTo(at + columns_ < static_cast<int>(tiles_.size()) ? at + columns_ : at);
    case Qt::Key_Home:
      return walkTo(0);
    case Qt::Key_End:
      return walkTo(static_cast<int>(tiles_.size()) - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (current_ < 0) return event->ignore();
      emit chosen(current_);
      return;
    case Qt::Key_P:
      if (current_ < 0 || !stars_) return event->ignore();
      emit starToggled(current_);
      return;
    case Qt::Key_Delete:
      if (current_ < 0) return event->ignore();
      emit removeRequested(current_);
      return;
    default:
      event->ignore();
  }
}

void PictureTiles::contextMenuEvent(QContextMenuEvent* event) {
  const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
  const int index = byKey ? current_ : indexAt(viewport()->mapFromGlobal(event->globalPos()));
  if (index < 0) return event->ignore();
  walkTo(index);
  emit menuRequested(index, byKey ? viewport()->mapToGlobal(shownRect(index).center().toPoint()) : event->globalPos());
}

bool PictureTiles::viewportEvent(QEvent* event) {
  switch (event->type()) {
    case QEvent::MouseMove:
      setHovered(indexAt(static_cast<QMouseEvent*>(event)->position()));
      break;
    case QEvent::Leave:
      setHovered(-1);
      break;
    case QEvent::MouseButtonRelease: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      const int index = indexAt(mouse->position());
      if (mouse->button() != Qt::LeftButton || index < 0) break;
      walkTo(index);
      if (stars_ && starRect(index).adjusted(-3, -3, 3, 3).contains(mouse->position())) {
        emit starToggled(index);
      } else {
        emit chosen(index);
      }
      return true;
    }
    case QEvent::ToolTip: {
      const auto* help = static_cast<QHelpEvent*>(event);
      const int index = indexAt(help->pos());
      if (index < 0) break;
      const bool onStar = stars_ && starRect(index).contains(help->pos());
      const Tile& tile = tiles_[static_cast<size_t>(index)];
      QToolTip::showText(help->globalPos(),
                         !onStar        ? tile.words
                         : tile.starred ? tr("No longer keep it with the run (P)")
                                        : tr("Keep it with the run (P)"),
                         viewport());
      return true;
    }
    default:
      break;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace scanline
