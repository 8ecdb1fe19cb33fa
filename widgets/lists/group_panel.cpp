#include "widgets/lists/group_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "core/store/field_unit.h"
#include "widgets/lists/run_columns.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/table_copy.h"

namespace scanline {

namespace {

constexpr int kPlace = Qt::UserRole, kValue = Qt::UserRole + 1;

/// Sorts by number where it holds one.
class Item : public QTreeWidgetItem {
 public:
  using QTreeWidgetItem::QTreeWidgetItem;
  bool operator<(const QTreeWidgetItem& other) const override {
    const int column = treeWidget()->sortColumn();
    const QVariant mine = data(column, kValue), theirs = other.data(column, kValue);
    if (mine.isValid() && theirs.isValid()) return mine.toDouble() < theirs.toDouble();
    if (mine.isValid() != theirs.isValid()) return mine.isValid();
    return text(column).localeAwareCompare(other.text(column)) < 0;
  }
};

}  // namespace

GroupPanel::GroupPanel(QWidget* parent) : QWidget(parent), title_(new QLabel(this)), table_(new QTreeWidget(this)) {
  auto* close = new IconButton(QStringLiteral("close"), tr("No groups"), this);
  connect(close, &QToolButton::clicked, this, &GroupPanel::closed);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(8, 4, 4, 4);
  row->addWidget(title_, 1);
  row->addWidget(close);
  title_->setFont(headingFont(title_->font()));
  title_->setMinimumWidth(1);
  table_->setRootIsDecorated(false);
  table_->setUniformRowHeights(true);
  table_->setFrameShape(QFrame::NoFrame);
  table_->setSortingEnabled(true);
  table_->setAccessibleName(tr("Groups of runs"));
  onCopy(*table_, [this] { QApplication::clipboard()->setText(copied()); });
  table_->setToolTip(tr("Enter or a double click asks for the runs of a group"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(row);
  column->addWidget(table_);
  connect(table_, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
    emit groupActivated(groups_[static_cast<size_t>(item->data(0, kPlace).toInt())].value);
  });
}

/// As the table stands; mean and deviation in columns of their own.
QString GroupPanel::copied() const {
  QStringList titles{table_->headerItem()->text(0), table_->headerItem()->text(1)};
  for (int column = 2; column < table_->columnCount(); ++column)
    titles << table_->headerItem()->text(column) << tr("deviation");
  QString table = copiedLine(titles);
  for (int row = 0; row < table_->topLevelItemCount(); ++row) {
    const QTreeWidgetItem* item = table_->topLevelItem(row);
    const RunGroup& group = groups_[static_cast<size_t>(item->data(0, kPlace).toInt())];
    QStringList cells{group.value.kind == RunCell::Kind::Number ? copiedNumber(group.value.number) : item->text(0),
                      QString::number(group.count)};
    for (const RunGroup::Spread& spread : group.spreads)
      cells << (spread.count > 0 ? copiedNumber(spread.mean) : QString())
            << (spread.count > 1 ? copiedNumber(spread.deviation) : QString());
    table += copiedLine(cells);
  }
  return table;
}

void GroupPanel::setGroups(const QString& by, const QStringList& fields, const std::vector<RunGroup>& groups) {
  groups_ = groups;
  const RunField::Unit unit = unitOfField(by.toStdString());
  std::vector<RunField::Unit> units;
  for (const QString& field : fields) units.push_back(unitOfField(field.toStdString()));
  title_->setText(groups.size() == 1 ? tr("1 group by %1").arg(by) : tr("%1 groups by %2").arg(groups.size()).arg(by));
  const QStringList header = QStringList{by, tr("Runs")} + fields;
  const bool isNew = table_->columnCount() != header.size() || table_->headerItem()->text(0) != by;
  table_->setSortingEnabled(false);
  table_->clear();
  table_->setColumnCount(static_cast<int>(header.size()));
  table_->setHeaderLabels(header);
  for (size_t place = 0; place < groups.size(); ++place) {
    const RunGroup& group = groups[place];
    auto* item = new Item(table_);
    item->setData(0, kPlace, static_cast<int>(place));
    item->setText(0, group.value.kind == RunCell::Kind::Nothing ? tr("none") : columns::cellText(group.value, unit));
    if (group.value.kind == RunCell::Kind::Number) item->setData(0, kValue, group.value.number);
    item->setText(1, QString::number(group.count));
    item->setData(1, kValue, static_cast<double>(group.count));
    for (size_t i = 0; i < group.spreads.size(); ++i) {
      const int column = 2 + static_cast<int>(i);
      item->setText(column, columns::spreadText(group.spreads[i], units[i]));
      if (group.spreads[i].count > 0) {
        item->setData(column, kValue, group.spreads[i].mean);
        item->setToolTip(column, tr("%1 runs, from %2 to %3")
                                     .arg(group.spreads[i].count)
                                     .arg(columns::numberText(group.spreads[i].min, units[i]),
                                          columns::numberText(group.spreads[i].max, units[i])));
      }
    }
    for (int column = 1; column < header.size(); ++column)
      item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  }
  for (int column = 1; column < header.size(); ++column)
    table_->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  if (isNew) {
    table_->sortByColumn(0, Qt::AscendingOrder);
    for (int column = 0; column < header.size(); ++column) table_->resizeColumnToContents(column);
  }
  table_->setSortingEnabled(true);
}

}  // namespace scanline
