#include "widgets/pages/correlation_table.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <cmath>

#include "widgets/parts/number_item.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/plain_table.h"
#include "widgets/parts/table_copy.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

enum Column { kField, kStrength, kCount, kColumns };

/// Sorts by its size; its sign is shown and copied.
class StrengthItem : public NumberItem {
 public:
  using NumberItem::NumberItem;
  bool operator<(const QTableWidgetItem& other) const override { return size(*this) < size(other); }

 private:
  static double size(const QTableWidgetItem& item) { return std::abs(item.data(kCopiedNumberRole).toDouble()); }
};

/// A bar from the middle of the cell, and the number beside the middle on the other side.
class BarDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyleOptionViewItem empty = option;
    initStyleOption(&empty, index);
    empty.text.clear();
    QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &empty, painter, option.widget);
    const Theme theme(option.palette);
    const bool isSelected = option.state & QStyle::State_Selected;
    const double rho = index.data(kCopiedNumberRole).toDouble();
    const QRect room = option.rect.adjusted(8, 5, -8, -5);
    const int middle = room.center().x(), length = qRound(std::abs(rho) * room.width() / 2.0);
    painter->fillRect(rho < 0 ? QRect(middle - length, room.top(), length, room.height())
                              : QRect(middle, room.top(), length, room.height()),
                      isSelected ? theme.accentText : theme.run(rho < 0 ? 1 : 0));
    painter->setPen(theme.line);
    painter->drawLine(middle, option.rect.top(), middle, option.rect.bottom());
    painter->setPen(isSelected ? theme.accentText : theme.text);
    const QRect words = rho < 0 ? QRect(middle + 6, room.top(), room.right() - middle - 6, room.height())
                                : QRect(room.left(), room.top(), middle - 6 - room.left(), room.height());
    painter->drawText(words, (rho < 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter,
                      index.data(Qt::DisplayRole).toString());
  }
};

}  // namespace

CorrelationTable::CorrelationTable(QWidget* parent) : QTableWidget(0, kColumns, parent) {
  setHorizontalHeaderLabels({tr("Setting"), tr("Rank correlation"), tr("Runs")});
  horizontalHeaderItem(kField)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  horizontalHeaderItem(kStrength)->setToolTip(
      tr("Spearman's: 1 if the result always rises with the setting, −1 if it always falls, 0 if neither"));
  setItemDelegateForColumn(kStrength, new BarDelegate(this));
  makePlain(*this);
  horizontalHeader()->setSectionResizeMode(kField, QHeaderView::Interactive);
  horizontalHeader()->setSectionResizeMode(kStrength, QHeaderView::Stretch);
  horizontalHeader()->setSectionResizeMode(kCount, QHeaderView::ResizeToContents);
  horizontalHeader()->resizeSection(kField, 260);
  horizontalHeader()->setSortIndicator(kStrength, Qt::DescendingOrder);
  setAccessibleName(tr("Rank correlation of every setting"));
  copyAsTable(*this, CopiedRows::All);
  connect(this, &QTableWidget::cellDoubleClicked, this,
          [this](int row) { emit fieldChosen(item(row, kField)->text()); });
}

void CorrelationTable::setCorrelations(const std::vector<FieldCorrelation>& correlations) {
  setSortingEnabled(false);
  setRowCount(int(correlations.size()));
  for (int row = 0; row < rowCount(); ++row) {
    const FieldCorrelation& each = correlations[size_t(row)];
    setItem(row, kField, new QTableWidgetItem(each.field));
    setItem(row, kStrength, new StrengthItem(QString::number(each.rho, 'f', 3), each.rho));
    setItem(row, kCount, new NumberItem(text::steps(each.count), double(each.count)));
  }
  setSortingEnabled(true);  // sorts, as the header says
  if (rowCount() > 0 && currentRow() < 0) setCurrentCell(0, kField);
}

void CorrelationTable::keyPressEvent(QKeyEvent* event) {
  if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentRow() >= 0) {
    emit fieldChosen(item(currentRow(), kField)->text());
    return;
  }
  QTableWidget::keyPressEvent(event);
}

}  // namespace scanline
