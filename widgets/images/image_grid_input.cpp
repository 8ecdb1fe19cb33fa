#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QWheelEvent>
#include <algorithm>

#include "widgets/images/image_grid.h"
#include "widgets/images/picture_export.h"

// Mouse, keys, menu and saving; image_grid.cpp has layout and painting.

namespace scanline {

void ImageGrid::wheelEvent(QWheelEvent* event) {
  if (!(event->modifiers() & Qt::ControlModifier)) {
    QAbstractScrollArea::wheelEvent(event);
    return;
  }
  // Touchpads send many small turns; a notch of a wheel is 120.
  if (event->angleDelta().y() > 0) zoomIn();
  if (event->angleDelta().y() < 0) zoomOut();
  event->accept();
}

void ImageGrid::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) return copyPicture(current_);
  if (event->key() == Qt::Key_S && event->modifiers() == Qt::ControlModifier) return savePicture(current_, shownZoom());
  if (event->key() == Qt::Key_S && event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier)) return saveSheet();
  switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoomIn();
    case Qt::Key_Minus:
      return zoomOut();
    case Qt::Key_0:
      return zoomToFit();
    case Qt::Key_Left:
      return setCurrent(current_ - 1);
    case Qt::Key_Right:
      return setCurrent(current_ + 1);
    case Qt::Key_Up:
      return setCurrent(current_ - layout_.columns());
    case Qt::Key_Down:
      return setCurrent(current_ + layout_.columns());
    case Qt::Key_Home:
      return setCurrent(0);
    case Qt::Key_End:
      return setCurrent(pictures_.count() - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      return open(current_);
    default:
      event->ignore();
  }
}

void ImageGrid::open(int index) {
  if (!opening_) return enlarge(index);
  setCurrent(index);
  if (index >= 0 && index < pictures_.count()) emit opened(index);
}

void ImageGrid::clicked(int index, const QPointF&) {
  picking_ ? setCurrent(index) : open(index);
}

void ImageGrid::doubleClicked(int index) {
  if (picking_) enlarge(index);
}

QString ImageGrid::toolTipAt(int index, const QPointF&) const {
  const auto& cell = pictures_.cells[static_cast<size_t>(index)];
  return cell.detail.isEmpty() ? cell.name : cell.name + QStringLiteral(" · ") + cell.detail;
}

void ImageGrid::contextMenuEvent(QContextMenuEvent* event) {
  if (pictures_.isEmpty()) return;
  const int under = indexAt(viewport()->mapFromGlobal(event->globalPos()));
  const int index = under >= 0 ? under : current_;
  QMenu menu(this);
  menu.addAction(tr("Enlarge"), QKeySequence(Qt::Key_Return), this, [this, index] { enlarge(index); });
  menu.addSeparator();
  menu.addAction(tr("Copy picture"), QKeySequence::Copy, this, [this, index] { copyPicture(index); });
  menu.addAction(tr("Save picture, %1 x …").arg(shownZoom()), QKeySequence(tr("Ctrl+S")), this,
                 [this, index] { savePicture(index, shownZoom()); });
  menu.addAction(tr("Save picture, 1 x …"), this, [this, index] { savePicture(index, 1); });
  menu.addAction(tr("Save all as one sheet…"), QKeySequence(tr("Ctrl+Shift+S")), this, &ImageGrid::saveSheet);
  menu.addSeparator();
  menu.addAction(tr("Zoom in"), QKeySequence(Qt::Key_Plus), this, &ImageGrid::zoomIn);
  menu.addAction(tr("Zoom out"), QKeySequence(Qt::Key_Minus), this, &ImageGrid::zoomOut);
  menu.addAction(tr("Fit"), QKeySequence(Qt::Key_0), this, &ImageGrid::zoomToFit);
  menu.exec(event->globalPos());
}

void ImageGrid::savePicture(int index, int zoom) {
  if (pictures_.isEmpty()) return;
  const QString name = fileNameFor(pictures_.title + ' ' + pictures_.cells[static_cast<size_t>(index)].name);
  const QString problem = askAndSavePng(this, magnified(pictures_.picture(index), zoom), name);
  if (!problem.isEmpty()) emit failed(problem);
}

void ImageGrid::saveSheet() {
  if (pictures_.isEmpty()) return;
  const QString problem = askAndSavePng(this, sheet(), fileNameFor(pictures_.title + QStringLiteral(" sheet")));
  if (!problem.isEmpty()) emit failed(problem);
}

void ImageGrid::copyPicture(int index) {
  if (pictures_.isEmpty()) return;
  QApplication::clipboard()->setImage(magnified(pictures_.picture(index), shownZoom()));
}

}  // namespace scanline
