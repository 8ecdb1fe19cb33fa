#include "widgets/parts/table_copy.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QTableView>
#include <QTreeView>

namespace scanline {

namespace {

class CopyKey : public QObject {
 public:
  CopyKey(QWidget& widget, std::function<void()> copy) : QObject(&widget), copy_(std::move(copy)) {
    widget.installEventFilter(this);
  }
  bool eventFilter(QObject*, QEvent* event) override {
    if (event->type() != QEvent::KeyPress || !static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) return false;
    copy_();
    return true;
  }

 private:
  std::function<void()> copy_;
};

const QHeaderView& headerOf(const QAbstractItemView& view) {
  if (const auto* tree = qobject_cast<const QTreeView*>(&view)) return *tree->header();
  return *static_cast<const QTableView&>(view).horizontalHeader();
}

QString titleOf(const QAbstractItemModel& model, int column) {
  const QVariant called = model.headerData(column, Qt::Horizontal, Qt::AccessibleTextRole);
  return (called.isValid() ? called : model.headerData(column, Qt::Horizontal)).toString();
}

}  // namespace

QString copiedNumber(double number) {
  return QString::number(number, 'g', QLocale::FloatingPointShortest);
}

QString copiedLine(const QStringList& cells) {
  QStringList clean;
  for (const QString& cell : cells) clean << cell.simplified();
  return clean.join(QLatin1Char('\t')) + QLatin1Char('\n');
}

QString copiedTable(const QAbstractItemView& view, CopiedRows rows) {
  const QAbstractItemModel& model = *view.model();
  const QHeaderView& header = headerOf(view);
  std::vector<int> columns;
  for (int place = 0; place < header.count(); ++place)
    if (const int column = header.logicalIndex(place); !header.isSectionHidden(column)) columns.push_back(column);
  QStringList titles;
  for (const int column : columns) titles << titleOf(model, column);
  QString table = copiedLine(titles);
  const QItemSelectionModel& chosen = *view.selectionModel();
  const bool onlyChosen = rows == CopiedRows::Chosen && chosen.hasSelection();
  for (int row = 0; row < model.rowCount(); ++row) {
    if (onlyChosen && !chosen.isRowSelected(row)) continue;
    QStringList cells;
    for (const int column : columns) {
      const QModelIndex cell = model.index(row, column);
      const QVariant number = cell.data(kCopiedNumberRole);
      cells << (number.isValid() ? copiedNumber(number.toDouble()) : cell.data().toString());
    }
    table += copiedLine(cells);
  }
  return table;
}

void onCopy(QWidget& widget, std::function<void()> copy) {
  new CopyKey(widget, std::move(copy));
}

void copyAsTable(QAbstractItemView& view, CopiedRows rows) {
  onCopy(view, [&view, rows] { QApplication::clipboard()->setText(copiedTable(view, rows)); });
}

}  // namespace scanline
