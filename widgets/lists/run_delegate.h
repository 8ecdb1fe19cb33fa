#pragma once

#include <QStyledItemDelegate>

#include "widgets/lists/run_table_model.h"
#include "widgets/parts/theme.h"

namespace scanline {

/// Paints a run: as cells of a table, or as two lines that hold the most important facts. Belongs to one view and its
/// model.
class RunDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  explicit RunDelegate(const RunTableModel& model, QObject* parent);

  void setTheme(const Theme& theme) { theme_ = theme; }
  void setCompact(bool compact) { compact_ = compact; }

  /// Where the tick box and the name of a row lie, in the coordinates of `cell` (the Name column's rectangle).
  QRect tickRect(const QRect& cell, const QModelIndex& index) const;
  QRect nameRect(const QRect& cell, const QFont& font, const QModelIndex& index) const;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void setEditorData(QWidget* editor, const QModelIndex& index) const override;
  void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const override;

 private:
  void paintGround(QPainter& painter, const QStyleOptionViewItem& option, bool firstColumn) const;
  void paintPlaceholder(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
  void paintTwoLines(QPainter& painter, const QRect& cell, const QFont& font, const QModelIndex& index,
                     const RunSummary& run) const;
  void paintCell(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                 const RunSummary& run) const;

  const RunTableModel& model_;
  Theme theme_{QPalette()};
  bool compact_ = true;
};

}  // namespace scanline
