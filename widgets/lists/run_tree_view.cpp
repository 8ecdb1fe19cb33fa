#include "widgets/lists/run_tree_view.h"

#include <QMouseEvent>
#include <QPainter>

namespace scanline {

RunTreeView::RunTreeView(const RunDelegate& delegate, QWidget* parent) : QTreeView(parent), delegate_(delegate) {
  setRootIsDecorated(false);
  setUniformRowHeights(true);
  setItemsExpandable(false);
  setSelectionMode(ExtendedSelection);
  setSelectionBehavior(SelectRows);
  setEditTriggers(DoubleClicked);
  setVerticalScrollMode(ScrollPerPixel);
  setHorizontalScrollMode(ScrollPerPixel);
  setContextMenuPolicy(Qt::CustomContextMenu);
  setFrameShape(NoFrame);
  setIndentation(0);
  setMouseTracking(true);
  setTextElideMode(Qt::ElideRight);
}

void RunTreeView::setEmptyText(const QString& text) {
  emptyText_ = text;
  viewport()->update();
}

bool RunTreeView::edit(const QModelIndex& index, EditTrigger trigger, QEvent* event) {
  if (trigger == DoubleClicked && event && event->type() == QEvent::MouseButtonDblClick &&
      !delegate_.nameRect(visualRect(index), font(), index).contains(static_cast<QMouseEvent*>(event)->pos()))
    return false;
  return QTreeView::edit(index, trigger, event);
}

void RunTreeView::drawRow(QPainter* painter, const QStyleOptionViewItem& options, const QModelIndex& index) const {
  QStyleOptionViewItem quiet = options;
  quiet.showDecorationSelected = false;
  QTreeView::drawRow(painter, quiet, index);
}

void RunTreeView::paintEvent(QPaintEvent* event) {
  QTreeView::paintEvent(event);
  if (model()->rowCount() > 0 || emptyText_.isEmpty()) return;
  QPainter painter(viewport());
  painter.setPen(Theme(palette()).mutedText);
  painter.drawText(viewport()->rect().adjusted(16, 24, -16, -16), Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap,
                   emptyText_);
}

}  // namespace scanline
