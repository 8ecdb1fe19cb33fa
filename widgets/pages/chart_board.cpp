#include "widgets/pages/chart_board.h"

#include <QAction>
#include <QGridLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QResizeEvent>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr int kSmallChart = 212, kMostColumns = 3;
constexpr int kLeastChart =
    160;  // below kSmallChart, so that a board can become too narrow for its columns and lose one
constexpr int kLargeHeight = 240, kSmallHeight = 180;
constexpr int kLargeStretch = 5, kSmallStretch = 3;

void empty(QGridLayout& grid) {
  while (QLayoutItem* item = grid.takeAt(0)) delete item;
  for (int row = 0; row < grid.rowCount(); ++row) grid.setRowStretch(row, 0);
}

}  // namespace

ChartBoard::ChartBoard(QWidget* parent)
    : QWidget(parent), column_(new QVBoxLayout(this)), near_(new QGridLayout), further_(new QGridLayout) {
  column_->setContentsMargins(0, 0, 0, 0);
  column_->setSpacing(8);
  for (QGridLayout* grid : {near_, further_}) grid->setSpacing(12);
  column_->addLayout(near_);
  column_->addLayout(further_);
}

void ChartBoard::setLine(QWidget* line) {
  line_ = line;
  column_->insertWidget(1, line);
  place();
}

void ChartBoard::adopt(Chart* chart) {
  if (std::ranges::find(known_, chart) != known_.end()) return;
  known_.push_back(chart);
  chart->setEnlargeable(true);
  connect(chart, &Chart::enlargeRequested, this, [this, chart] { enlarge(enlarged_ == chart ? nullptr : chart); });
  connect(chart, &Chart::menuAboutToShow, this, [this, chart](QMenu* menu) { addEntries(*menu, chart); });
}

void ChartBoard::setItems(std::vector<Item> items) {
  if (items == items_) return;
  for (Chart* chart : findChildren<Chart*>(QString(), Qt::FindDirectChildrenOnly))
    if (std::ranges::find(items, chart, &Item::chart) == items.end()) chart->hide();
  items_ = std::move(items);
  for (const Item& item : items_) adopt(item.chart);
  if (std::ranges::find(items_, enlarged_, &Item::chart) == items_.end()) enlarged_ = nullptr;
  place();
}

void ChartBoard::setLineShown(bool shown) {
  if (shown == lineShown_) return;
  lineShown_ = shown;
  place();
}

void ChartBoard::setArrangement(const QStringList& order, const QStringList& pinned) {
  order_ = order;
  pinned_ = pinned;
  place();
}

/// Pinned ones first, as they were pinned; then those that stand by themselves, then the further ones, each in the
/// person's order, or else in their own.
std::vector<ChartBoard::Item> ChartBoard::sorted() const {
  std::vector<Item> items = items_;
  for (Item& item : items) item.isFurther = item.isFurther && !pinned_.contains(item.key);
  const auto place = [](const QStringList& keys, const QString& key) {
    const auto at = keys.indexOf(key);
    return at < 0 ? keys.size() : at;
  };
  std::ranges::stable_sort(items, [&](const Item& a, const Item& b) {
    const auto pinA = place(pinned_, a.key), pinB = place(pinned_, b.key);
    if (pinA != pinB) return pinA < pinB;
    if (a.isFurther != b.isFurther) return b.isFurther;
    return place(order_, a.key) < place(order_, b.key);
  });
  return items;
}

std::vector<Chart*> ChartBoard::order() const {
  std::vector<Chart*> charts;
  for (const Item& item : sorted()) charts.push_back(item.chart);
  return charts;
}

void ChartBoard::enlarge(Chart* chart) {
  if (chart == enlarged_) return;
  enlarged_ = chart;
  place();
  if (chart) chart->setFocus(Qt::OtherFocusReason);
}

int ChartBoard::columns() const {
  return std::clamp(width() / kSmallChart, 1, kMostColumns);
}

void ChartBoard::place() {
  empty(*near_);
  empty(*further_);
  const int columns = this->columns();
  int nearRow = 0, nearColumn = 0, furtherAt = 0;
  bool first = true;
  for (const Item& item : sorted()) {
    const bool shown = enlarged_ == nullptr || enlarged_ == item.chart;
    if (shown) {
      const bool isLarge = enlarged_ || (first && !item.isFurther && (item.isMain || pinned_.contains(item.key)));
      item.chart->setMinimumWidth(kLeastChart);
      item.chart->setMinimumHeight(isLarge ? kLargeHeight : kSmallHeight);
      if (isLarge) {
        near_->addWidget(item.chart, nearRow, 0, 1, columns);
        near_->setRowStretch(nearRow++, kLargeStretch);
      } else if (!item.isFurther) {
        near_->addWidget(item.chart, nearRow, nearColumn);
        near_->setRowStretch(nearRow, kSmallStretch);
        if (++nearColumn == columns) nearColumn = 0, ++nearRow;
      } else {
        further_->addWidget(item.chart, furtherAt / columns, furtherAt % columns);
        further_->setRowStretch(furtherAt / columns, kSmallStretch);
        ++furtherAt;
      }
      first = false;
    }
    item.chart->setVisible(shown);
  }
  // A row that is not full is shared by those that stand in it, where it is the only one.
  const auto spread = [](QGridLayout& grid, int used) {
    for (int column = 0; column < kMostColumns; ++column) grid.setColumnStretch(column, column < used ? 1 : 0);
  };
  const bool oneRow = nearRow <= 1 && nearColumn > 0;
  spread(*near_, oneRow ? nearColumn : columns);
  spread(*further_, columns);
  if (line_) line_->setVisible(lineShown_ && enlarged_ == nullptr);
  const int nearRows = nearRow + (nearColumn > 0 ? 1 : 0), furtherRows = (furtherAt + columns - 1) / columns;
  column_->setStretchFactor(near_, nearRows == 0 ? 0 : kSmallStretch * nearRows + kLargeStretch - kSmallStretch);
  column_->setStretchFactor(further_, kSmallStretch * furtherRows);
}

void ChartBoard::addEntries(QMenu& menu, Chart* chart) {
  const auto items = sorted();
  const auto at = std::ranges::find(items, chart, &Item::chart);
  if (at == items.end()) return;
  const QString key = at->key;
  QAction* enlarge = menu.addAction(enlarged_ == chart ? tr("Back to all charts") : tr("Enlarge"), this,
                                    [this, chart] { this->enlarge(enlarged_ == chart ? nullptr : chart); });
  enlarge->setShortcut(Qt::Key_F);  // shown only: the chart handles the key
  const bool isPinned = pinned_.contains(key);
  menu.addAction(isPinned ? tr("Unpin") : tr("Pin to the front"), this, [this, key] { togglePin(key); });
  const auto isMovable = [&](const auto& other) {
    return other->isFurther == at->isFurther && pinned_.contains(other->key) == isPinned;
  };
  menu.addAction(tr("Move up"), this, [this, chart] { move(chart, -1); })
      ->setEnabled(at != items.begin() && isMovable(at - 1));
  menu.addAction(tr("Move down"), this, [this, chart] { move(chart, 1); })
      ->setEnabled(at + 1 != items.end() && isMovable(at + 1));
  menu.addAction(tr("Arrange as at first"), this,
                 [this] {
                   setArrangement({}, {});
                   emit arrangementChanged();
                 })
      ->setEnabled(!order_.isEmpty() || !pinned_.isEmpty());
  menu.addSeparator();
}

void ChartBoard::move(Chart* chart, int by) {
  const auto items = sorted();
  const auto at = std::ranges::find(items, chart, &Item::chart);
  if (at == items.end()) return;
  const QString key = at->key, other = (at + by)->key;
  QStringList& keys = pinned_.contains(key) ? pinned_ : order_;
  if (&keys == &order_) {
    // Those of other runs that are not shown now keep their places behind.
    QStringList now;
    for (const Item& item : items) now << item.key;
    for (const QString& each : order_)
      if (!now.contains(each)) now << each;
    order_ = now;
  }
  keys.swapItemsAt(keys.indexOf(key), keys.indexOf(other));
  place();
  emit arrangementChanged();
}

void ChartBoard::togglePin(const QString& key) {
  if (!pinned_.removeOne(key)) pinned_.prepend(key);
  place();
  emit arrangementChanged();
}

void ChartBoard::keyPressEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Escape || enlarged_ == nullptr) return QWidget::keyPressEvent(event);
  enlarge(nullptr);
}

void ChartBoard::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const auto columnsAt = [](int width) { return std::clamp(width / kSmallChart, 1, kMostColumns); };
  if (columnsAt(event->size().width()) != columnsAt(event->oldSize().width())) place();
}

}  // namespace scanline
