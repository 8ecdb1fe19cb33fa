#include "widgets/pages/class_accuracy_table.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>
#include <cmath>

#include "widgets/parts/number_item.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/plain_table.h"
#include "widgets/parts/table_copy.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

enum Column { kClass, kImages, kRight, kDifference, kColumns };
constexpr int kLabelRole = Qt::UserRole + 1, kBarRole = Qt::UserRole + 2;

/// A bar behind the number: of a share from the left; of a difference from the middle, to either side.
class ShareDelegate : public QStyledItemDelegate {
 public:
  ShareDelegate(bool isSigned, QObject* parent) : QStyledItemDelegate(parent), isSigned_(isSigned) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyleOptionViewItem empty = option;
    initStyleOption(&empty, index);
    const QString words = std::exchange(empty.text, QString());
    QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &empty, painter, option.widget);
    const Theme theme(option.palette);
    const bool isSelected = option.state & QStyle::State_Selected;
    const double value = index.data(kBarRole).toDouble();  // -1..1
    constexpr int kNumber = 56;                            // px for the words at right
    const QRect room = option.rect.adjusted(6, 6, -kNumber, -6);
    const int length = qRound(std::min(1.0, std::abs(value)) * room.width() / (isSigned_ ? 2.0 : 1.0));
    const int from = isSigned_ ? room.center().x() : room.left();
    const QColor colour = isSelected ? theme.accentText : theme.faint(theme.run(value < 0 ? 1 : 0), 0.75);
    painter->fillRect(QRect(value < 0 ? from - length : from, room.top(), length, room.height()), colour);
    if (isSigned_) {
      painter->setPen(theme.line);
      painter->drawLine(from, room.top() - 2, from, room.bottom() + 2);
    }
    painter->setPen(isSelected ? theme.accentText : theme.text);
    painter->drawText(option.rect.adjusted(0, 0, -8, 0), Qt::AlignRight | Qt::AlignVCenter, words);
  }

 private:
  bool isSigned_;
};

/// In percentage points, with its sign.
QString pointsOf(double difference) {
  return QStringLiteral("%1%2").arg(difference > 0   ? QStringLiteral("+")
                                    : difference < 0 ? QStringLiteral("−")
                                                     : QString(),
                                    QString::number(100 * std::abs(difference), 'f', 1));
}

}  // namespace

std::vector<ClassAccuracy> classAccuracies(int64_t classes, const std::vector<ConfusionCell>& confusion) {
  std::vector<ClassAccuracy> all(static_cast<size_t>(classes));
  for (const ConfusionCell& cell : confusion) {
    ClassAccuracy& of = all[static_cast<size_t>(cell.truth)];
    of.images += cell.count;
    if (cell.truth == cell.said) of.right += cell.count;
  }
  return all;
}

ClassAccuracyTable::ClassAccuracyTable(QWidget* parent) : QTableWidget(0, kColumns, parent) {
  setHorizontalHeaderLabels({tr("Class"), tr("n"), tr("Right"), QStringLiteral("±")});
  for (int column = 0; column < kColumns; ++column)  // as the cells below
    horizontalHeaderItem(column)->setTextAlignment((column == kClass ? Qt::AlignLeft : Qt::AlignRight) |
                                                   Qt::AlignVCenter);
  horizontalHeaderItem(kImages)->setToolTip(tr("Pictures of the class that the probe was scored on"));
  horizontalHeaderItem(kRight)->setToolTip(tr("Share of them that the probe recognises"));
  horizontalHeaderItem(kDifference)->setToolTip(tr("Difference to the other probe, in percentage points"));
  setItemDelegateForColumn(kRight, new ShareDelegate(false, this));
  setItemDelegateForColumn(kDifference, new ShareDelegate(true, this));
  makePlain(*this);
  setToolTip(tr("A double click shows the pictures of the class that are taken for another one."));
  auto* head = horizontalHeader();
  head->setHighlightSections(false);
  head->setSectionResizeMode(kClass, QHeaderView::ResizeToContents);
  head->setSectionResizeMode(kImages, QHeaderView::ResizeToContents);
  head->setSectionResizeMode(kRight, QHeaderView::Stretch);
  head->setSectionResizeMode(kDifference, QHeaderView::Stretch);
  head->setSortIndicator(kRight, Qt::AscendingOrder);
  for (const auto& [column, name] : {std::pair(kImages, tr("Images")), std::pair(kDifference, tr("Difference"))})
    horizontalHeaderItem(column)->setData(Qt::AccessibleTextRole, name);
  setAccessibleName(tr("Accuracy by class"));
  copyAsTable(*this, CopiedRows::All);
  connect(this, &QTableWidget::cellDoubleClicked, this, [this](int row) { choose(row); });
}

void ClassAccuracyTable::setClasses(const std::vector<ClassAccuracy>& classes, const std::vector<ClassAccuracy>& other,
                                    const QStringList& names) {
  setSortingEnabled(false);
  setRowCount(static_cast<int>(classes.size()));
  setColumnHidden(kDifference, other.size() != classes.size());
  std::vector<double> differences(classes.size(), 0);
  double most = 0.01;  // the longest bar
  for (size_t at = 0; at < std::min(classes.size(), other.size()); ++at) {
    differences[at] = classes[at].share() - other[at].share();
    most = std::max(most, std::abs(differences[at]));
  }
  for (int row = 0; row < rowCount(); ++row) {
    const auto at = static_cast<size_t>(row);
    auto* name = new QTableWidgetItem(row < names.size() ? names[row] : QString::number(row));
    name->setData(kLabelRole, row);
    setItem(row, kClass, name);
    setItem(row, kImages, new NumberItem(text::steps(classes[at].images), double(classes[at].images)));
    const double share = classes[at].share();
    auto* right = new NumberItem(classes[at].images > 0 ? text::percent(share) : QStringLiteral("–"), share);
    right->setData(kBarRole, share);
    setItem(row, kRight, right);
    const double difference = differences[at];
    auto* by = new NumberItem(pointsOf(difference), difference);
    by->setData(kBarRole, difference / most);
    setItem(row, kDifference, by);
  }
  setSortingEnabled(true);  // sorts, as the header says
}

void ClassAccuracyTable::choose(int row) {
  if (row >= 0) emit classChosen(item(row, kClass)->data(kLabelRole).toInt());
}

void ClassAccuracyTable::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return choose(currentRow());
  QTableWidget::keyPressEvent(event);
}

}  // namespace scanline
