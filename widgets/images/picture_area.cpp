#include "widgets/images/picture_area.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QToolTip>

namespace scanline {

PictureArea::PictureArea(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
}

void PictureArea::setHovered(int index) {
  if (index == hovered_) return;
  hovered_ = index;
  viewport()->setCursor(index >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  viewport()->update();
  emit hovered(index);
}

bool PictureArea::viewportEvent(QEvent* event) {
  switch (event->type()) {
    case QEvent::MouseMove:
      setHovered(indexAt(static_cast<QMouseEvent*>(event)->position()));
      break;
    case QEvent::Leave:
      setHovered(-1);
      break;
    case QEvent::MouseButtonRelease:
    case QEvent::MouseButtonDblClick: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      const int index = indexAt(mouse->position());
      if (mouse->button() != Qt::LeftButton || index < 0) break;
      event->type() == QEvent::MouseButtonRelease ? clicked(index, mouse->position()) : doubleClicked(index);
      return true;
    }
    case QEvent::ToolTip: {
      const auto* help = static_cast<QHelpEvent*>(event);
      const int index = indexAt(help->pos());
      if (index < 0) break;
      QToolTip::showText(help->globalPos(), toolTipAt(index, help->pos()), viewport());
      return true;
    }
    default:
      break;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace scanline
