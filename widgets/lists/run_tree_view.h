#pragma once

#include <QTreeView>

#include "widgets/lists/run_delegate.h"

namespace scanline {

/// The view inside RunTable: says in words why it is empty, and renames on a double click on the name alone.
class RunTreeView : public QTreeView {
  Q_OBJECT
 public:
  RunTreeView(const RunDelegate& delegate, QWidget* parent);
  /// The text in the middle while there are no rows.
  void setEmptyText(const QString& text);
  using QTreeView::edit;
  bool isEditing() const { return state() == EditingState; }
  /// Letters do not search the rows, most of which have not been read; the filter does.
  void keyboardSearch(const QString&) override {}

 protected:
  bool edit(const QModelIndex& index, EditTrigger trigger, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  /// Row grounds are the delegate's; this leaves the frame's own highlight out.
  void drawRow(QPainter* painter, const QStyleOptionViewItem& options, const QModelIndex& index) const override;

 private:
  const RunDelegate& delegate_;
  QString emptyText_;
};

}  // namespace scanline
