#include "widgets/pages/curves_values.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/parts/number_item.h"
#include "widgets/parts/table_copy.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/plot/chart_ticks.h"

namespace scanline {

namespace {

enum Column { kRun, kSeries, kX, kValue, kRaw, kDifference, kColumns };

QString signedText(TickText text, double value) {
  if (!std::isfinite(value)) return valueText(text, value);
  if (text == TickText::Percent) return (value > 0 ? QStringLiteral("+") : QString()) + valueText(text, value);
  const QString size = valueText(text, std::abs(value));
  return value > 0 ? '+' + size : value < 0 ? QChar(0x2212) + size : size;
}

}  // namespace

CurvesValues::CurvesValues(QWidget* parent)
    : QWidget(parent), place_(new QLabel(this)), base_(new QComboBox(this)), table_(new QTableWidget(this)) {
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  place_->setFont(bold);
  place_->setObjectName(QStringLiteral("place"));
  base_->setObjectName(QStringLiteral("base"));
  base_->setAccessibleName(tr("Run that differences are taken to"));
  base_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  base_->setMinimumContentsLength(18);
  needFocusForWheel(base_);
  auto* copy = new QToolButton(this);
  copy->setText(tr("Copy"));
  copy->setAutoRaise(true);
  copy->setToolTip(tr("Copy the table as numbers, for a spreadsheet (Ctrl+C)"));
  copy->setAccessibleName(copy->toolTip());
  auto* caption = new QLabel(tr("difference to"), this);
  caption->setBuddy(base_);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(12, 4, 12, 0);
  row->setSpacing(8);
  row->addWidget(place_);
  row->addStretch(1);
  row->addWidget(caption);
  row->addWidget(base_);
  row->addWidget(copy);
  table_->setObjectName(QStringLiteral("values"));
  table_->setAccessibleName(tr("Values at the crosshair"));
  table_->setFrameShape(QFrame::NoFrame);
  table_->setShowGrid(false);
  table_->setAlternatingRowColors(true);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  table_->setColumnCount(kColumns);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setSectionResizeMode(kRun, QHeaderView::Stretch);
  table_->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
  table_->setSortingEnabled(true);
  table_->sortByColumn(kSeries, Qt::AscendingOrder);
  copyAsTable(*table_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addLayout(row);
  column->addWidget(table_, 1);
  connect(base_, &QComboBox::currentIndexChanged, this, &CurvesValues::fill);
  connect(copy, &QToolButton::clicked, this, [this] { QApplication::clipboard()->setText(copied()); });
  setRows({}, {}, tr("step"), TickText::Steps);
}

void CurvesValues::setRuns(const std::vector<ChartRun>& runs) {
  const QSignalBlocker quiet(base_);
  const QVariant before = base_->currentData();
  base_->clear();
  for (const ChartRun& run : runs) base_->addItem(run.name, qint64(run.id));
  const int place = base_->findData(before);
  base_->setCurrentIndex(place >= 0 ? place : runs.empty() ? -1 : 0);
  base_->setEnabled(runs.size() > 1);
}

int64_t CurvesValues::base() const {
  return base_->currentIndex() < 0 ? 0 : base_->currentData().toLongLong();
}

std::optional<double> CurvesValues::difference(const Row& row) const {
  const auto other =
      std::ranges::find_if(rows_, [&](const Row& each) { return each.run == base() && each.series == row.series; });
  if (row.run == base() || other == rows_.end()) return {};
  return row.value - other->value;
}

void CurvesValues::setRows(std::vector<Row> rows, const QString& place, const QString& xName, TickText xText) {
  if (place.isEmpty() && !rows_.empty()) return;
  place_->setText(place.isEmpty() ? tr("Point at a chart to read its values here") : place);
  const bool same = rows == rows_ && xName == xName_;
  rows_ = std::move(rows);
  xName_ = xName;
  xText_ = xText;
  if (!same || table_->horizontalHeaderItem(0) == nullptr) fill();
}

void CurvesValues::fill() {
  table_->setSortingEnabled(false);
  table_->setHorizontalHeaderLabels({tr("Run"), tr("Series"), xName_, tr("Value"), tr("Raw"), tr("Difference")});
  for (const Column column : {kRun, kSeries})
    table_->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  table_->setRowCount(int(rows_.size()));
  for (int at = 0; at < int(rows_.size()); ++at) {
    const Row& row = rows_[size_t(at)];
    const auto by = difference(row);
    table_->setItem(at, kRun, new QTableWidgetItem(row.runName));
    table_->setItem(at, kSeries, new QTableWidgetItem(row.series));
    table_->setItem(at, kX, new NumberItem(valueText(xText_, row.x), row.x));
    table_->setItem(at, kValue, new NumberItem(valueText(row.text, row.value), row.value));
    table_->setItem(at, kRaw, new NumberItem(valueText(row.text, row.raw), row.raw));
    table_->setItem(at, kDifference, new NumberItem(by ? signedText(row.text, *by) : QString(), by));
  }
  table_->setSortingEnabled(true);
}

QString CurvesValues::copied() const {
  return copiedTable(*table_);
}

}  // namespace scanline
