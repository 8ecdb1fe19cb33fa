#include "widgets/parts/table_copy.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QTreeView>

namespace scanline {

namespace {

class CopyKey : public QObject {
 public:
  CopyKey(QTreeView& view, std::function<QString()> text) : QObject(&view), view_(view), text_(std::move(text)) {
    view.installEventFilter(this);
  }
  bool eventFilter(QObject*, QEvent* event) override {
    if (event->type() != QEvent::KeyPress || !static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) return false;
    QApplication::clipboard()->setText(text_ ? text_() : copiedTable(view_));
    return true;
  }

 private:
  QTreeView& view_;
  std::function<QString()> text_;
};

}  // namespace

QString copiedNumber(double number) {
  return QString::number(number, 'g', QLocale::FloatingPointShortest);
}

QString copiedLine(const QStringList& cells) {
  QStringList clean;
  for (const QString& cell : cells) clean << cell.simplified();
  return clean.join(QLatin1Char('\t')) + QLatin1Char('\n');
}

QString copiedTable(const QTreeView& view) {
  const QAbstractItemModel& model = *view.model();
  std::vector<int> columns;
  for (int place = 0; place < view.header()->count(); ++place)
    if (const int column = view.header()->logicalIndex(place); !view.isColumnHidden(column)) columns.push_back(column);
  QStringList titles;
  for (const int column : columns) titles << model.headerData(column, Qt::Horizontal).toString();
  QString table = copiedLine(titles);
  const bool any = view.selectionModel()->hasSelection();
  for (int row = 0; row < model.rowCount(); ++row) {
    if (any && !view.selectionModel()->isRowSelected(row)) continue;
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

void copyAsTable(QTreeView& view, std::function<QString()> text) {
  new CopyKey(view, std::move(text));
}

}  // namespace scanline
