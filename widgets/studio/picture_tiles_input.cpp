#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "widgets/studio/picture_tiles.h"

// Mouse and keys; picture_tiles.cpp has layout and painting.

namespace scanline {

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

void PictureTiles::clicked(int index, const QPointF& viewportPoint) {
  walkTo(index);
  const bool onStar = stars_ && starRect(index).adjusted(-3, -3, 3, 3).contains(viewportPoint);
  onStar ? emit starToggled(index) : emit chosen(index);
}

QString PictureTiles::toolTipAt(int index, const QPointF& viewportPoint) const {
  const Tile& tile = tiles_[static_cast<size_t>(index)];
  if (!stars_ || !starRect(index).contains(viewportPoint)) return tile.words;
  return tile.starred ? tr("No longer keep it with the run (P)") : tr("Keep it with the run (P)");
}

}  // namespace scanline
