// One page: runs, columns and pictures follow each other. Its table is made in compare_table.cpp.
#include "widgets/pages/compare_view.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/images/image_grid.h"
#include "widgets/pages/compare_model.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/table_copy.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr int kLeastColumn = 72, kMostColumn = 200, kMostName = 280, kRow = 28;
constexpr int kHighEnough = 360, kSmallestPicture = 56;  ///< px: charts above pictures; a picture

QToolButton* arrow(const QString& text, const QString& tip) {
  auto* button = new QToolButton;
  button->setText(text);
  button->setToolTip(tip);
  button->setAccessibleName(tip);
  button->setAutoRaise(true);
  button->setFixedSize(28, 28);
  return button;
}

}  // namespace

CompareView::CompareView(QWidget* parent)
    : QWidget(parent),
      model_(new CompareModel(this)),
      order_(new CompareOrder(this)),
      baseBox_(new QComboBox),
      all_(new QCheckBox(tr("All settings"))),
      previous_(arrow(QStringLiteral("‹"), tr("Previous setting that differs (Shift+N)"))),
      next_(arrow(QStringLiteral("›"), tr("Next setting that differs (N)"))),
      copy_(new QPushButton(tr("Copy table"))),
      hint_(new QLabel),
      table_(new QTableView),
      names_(new QHeaderView(Qt::Horizontal, table_)),
      splitter_(new QSplitter(Qt::Vertical)),
      lower_(new QWidget),
      losses_(new Chart({.title = tr("Validation loss"),
                         .xTitle = tr("step"),
                         .empty = tr("No validation yet."),
                         .y = TickText::Nats})),
      accuracies_(new Chart({.title = tr("Best layer's probe, %"),
                             .xTitle = tr("step"),
                             .empty = tr("No probe yet."),
                             .y = TickText::Percent})),
      samplesWords_(new QLabel),
      samples_(new ImageGrid) {
  makeTable();
  splitter_->addWidget(table_);
  splitter_->addWidget(makeCharts());
  splitter_->setChildrenCollapsible(false);
  splitter_->setStretchFactor(0, 0);
  splitter_->setStretchFactor(1, 1);
  splitter_->setHandleWidth(1);
  hint_->setForegroundRole(QPalette::PlaceholderText);
  hint_->setWordWrap(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(8);
  layout->addWidget(makeBar());
  layout->addWidget(hint_);
  layout->addWidget(splitter_, 1);
  model_->setPalette(palette());
  refresh();
}

QWidget* CompareView::makeBar() {
  auto* label = new QLabel(tr("Base run"));
  label->setBuddy(baseBox_);
  baseBox_->setMinimumWidth(200);
  baseBox_->setAccessibleName(label->text());
  needFocusForWheel(baseBox_);
  copy_->setToolTip(tr("Numbers and labels, for spreadsheets (Ctrl+C)"));
  connect(baseBox_, &QComboBox::activated, this,
          [this](int index) { setBase(RunId{baseBox_->itemData(index).toLongLong()}); });
  connect(all_, &QCheckBox::toggled, this, &CompareView::refresh);
  connect(previous_, &QToolButton::clicked, this, [this] { goToDifference(-1); });
  connect(next_, &QToolButton::clicked, this, [this] { goToDifference(1); });
  connect(copy_, &QPushButton::clicked, this, &CompareView::copy);
  auto* chosen = inGroup({label, baseBox_, all_, previous_, next_});
  return new WrapRow(chosen, copy_, WrapRow::Second::AtEnd);
}

void CompareView::makeTable() {
  order_->setSourceModel(model_);
  table_->setModel(order_);
  table_->setFrameShape(QFrame::NoFrame);
  table_->setShowGrid(false);
  table_->setSortingEnabled(true);
  table_->setMinimumHeight(3 * kRow);
  table_->viewport()->setBackgroundRole(QPalette::Window);
  QHeaderView *across = table_->horizontalHeader(), *down = table_->verticalHeader();
  across->setSortIndicatorClearable(true);
  across->setSortIndicator(-1, Qt::AscendingOrder);
  across->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  across->setHighlightSections(false);
  across->setMinimumHeight(32);
  across->setMinimumSectionSize(kLeastColumn);
  down->setDefaultSectionSize(kRow);
  down->setSectionResizeMode(QHeaderView::Fixed);
  down->setMaximumWidth(kMostName);
  down->setHighlightSections(false);
  down->setTextElideMode(Qt::ElideMiddle);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  table_->setAccessibleName(tr("Comparison of runs"));
  table_->installEventFilter(this);
  onCopy(*table_, [this] { copy(); });
  auto* corner = new QStandardItemModel(0, 1, names_);
  corner->setHorizontalHeaderLabels({tr("Run")});
  names_->setModel(corner);
  names_->setStretchLastSection(true);
  names_->setDefaultAlignment(across->defaultAlignment());
  names_->setFocusPolicy(Qt::NoFocus);
  names_->setAccessibleName(tr("Run"));
  for (QHeaderView* header : {across, down}) header->installEventFilter(this);
  connect(table_, &QTableView::activated, this,
          [this](const QModelIndex& at) { emit runActivated(runs_[static_cast<size_t>(runAt(at.row()))].summary.id); });
  connect(table_, &QWidget::customContextMenuRequested, this, &CompareView::showMenu);
  connect(down, &QHeaderView::sectionDoubleClicked, this,
          [this](int row) { emit runActivated(runs_[static_cast<size_t>(runAt(row))].summary.id); });
}

QWidget* CompareView::makeCharts() {
  for (Chart* chart : {losses_, accuracies_}) {
    chart->setMinimumWidth(220);
    connect(chart, &Chart::failed, this, &CompareView::failed);
    connect(chart, &Chart::lineClicked, this, [this](qint64 at) {
      if (at >= 0 && at < std::ssize(runs_)) emit runActivated(runs_[static_cast<size_t>(at)].summary.id);
    });
  }
  samples_->setEmptyText(tr("The newest completions of the runs stand here."));
  samples_->setAccessibleName(tr("Newest completions of the compared runs"));
  connect(samples_, &ImageGrid::failed, this, &CompareView::failed);
  samplesWords_->setForegroundRole(QPalette::PlaceholderText);
  samplesWords_->setWordWrap(true);
  auto* title = headingLabel(tr("Newest completions"));
  auto* pictures = new QVBoxLayout;
  pictures->setContentsMargins(0, 10, 0, 0);
  pictures->setSpacing(6);
  pictures->addWidget(title);
  pictures->addWidget(samplesWords_);
  pictures->addWidget(samples_, 1);
  samples_->setSmallest(kSmallestPicture);
  auto* charts = new QHBoxLayout;
  charts->setSpacing(12);
  charts->addWidget(losses_);
  charts->addWidget(accuracies_);
  auto* parts = new QBoxLayout(QBoxLayout::LeftToRight, lower_);
  parts->setContentsMargins(0, 8, 0, 0);
  parts->setSpacing(12);
  parts->addLayout(charts);
  parts->addLayout(pictures);
  lower_->installEventFilter(this);
  return lower_;
}

/// Pictures need the whole width where there is height enough for charts above them.
void CompareView::layOutLower() {
  auto* parts = static_cast<QBoxLayout*>(lower_->layout());
  const bool isHigh = lower_->height() >= kHighEnough;
  parts->setDirection(isHigh ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
  parts->setStretch(0, isHigh ? 2 : 3);
  parts->setStretch(1, isHigh ? 3 : 2);
}

void CompareView::placeNames() {
  const QHeaderView *across = table_->horizontalHeader(), *down = table_->verticalHeader();
  names_->setGeometry(down->x(), across->y(), down->width(), across->height());
  names_->setVisible(!runs_.empty());
}

void CompareView::setRuns(std::vector<ComparedRun> runs) {
  runs_ = std::move(runs);
  fillBases();
  refresh();
}

void CompareView::fillBases() {
  QStringList names, known;
  for (const auto& run : runs_) names << QString::fromStdString(run.summary.name);
  for (int i = 0; i < baseBox_->count(); ++i) known << baseBox_->itemText(i);
  bool same = names == known;
  for (int i = 0; same && i < baseBox_->count(); ++i)
    same = baseBox_->itemData(i).toLongLong() == runs_[static_cast<size_t>(i)].summary.id.value;
  if (!same) {  // a list that is open would close
    baseBox_->clear();
    for (const auto& run : runs_)
      baseBox_->addItem(QString::fromStdString(run.summary.name), QVariant::fromValue<qlonglong>(run.summary.id.value));
  }
  baseBox_->setCurrentIndex(runs_.empty() ? -1 : baseIndex());
}

void CompareView::setSamples(const ComparedPictures& samples) {
  samples_->setPictures(samples.pictures);
  samplesWords_->setText(samples.words);
  samplesWords_->setVisible(!samples.words.isEmpty());
}

int CompareView::baseIndex() const {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [this](const ComparedRun& run) { return run.summary.id == base_; });
  return found == runs_.end() ? 0 : static_cast<int>(found - runs_.begin());
}

int CompareView::runAt(int row) const {
  return order_->mapToSource(order_->index(row, 0)).row();
}

void CompareView::setBase(RunId run) {
  base_ = run;
  baseBox_->setCurrentIndex(baseIndex());
  refresh();
}

bool CompareView::showsAll() const {
  return all_->isChecked();
}

void CompareView::refresh() {
  const QModelIndex current = order_->mapToSource(table_->currentIndex());
  const int scrolled = table_->horizontalScrollBar()->value();
  std::vector<int> widths;
  for (int column = 0; column < order_->columnCount(); ++column) widths.push_back(table_->columnWidth(column));
  const auto columns = compareColumns(runs_, baseIndex(), !showsAll());
  const bool sameColumns = columns.size() == model_->columns().size() && runs_.size() == model_->runs().size();
  model_->setTable(runs_, columns, baseIndex());
  if (sameColumns)
    for (size_t i = 0; i < widths.size(); ++i) table_->setColumnWidth(static_cast<int>(i), widths[i]);
  else
    fitColumns();
  if (current.isValid()) table_->setCurrentIndex(order_->mapFromSource(model_->index(current.row(), current.column())));
  if (sameColumns) table_->horizontalScrollBar()->setValue(scrolled);
  const auto differing = std::ranges::count_if(columns, [](const CompareColumn& column) {
    return column.kind == CompareColumn::Kind::Setting && !column.isEqual();
  });
  for (QToolButton* button : {previous_, next_}) button->setEnabled(differing > 0);
  copy_->setEnabled(!runs_.empty());
  hint_->setText(runs_.empty()      ? tr("Choose runs in the table, and they are compared here.")
                 : runs_.size() < 2 ? tr("Tick a second run to compare.")
                 : differing == 0   ? tr("All settings are the same.")
                                    : QString());
  hint_->setVisible(!hint_->text().isEmpty());
  placeNames();
  refreshCharts();
}

void CompareView::refreshCharts() {
  const auto columns = compareColumns(runs_, baseIndex(), true);
  for (size_t at = runs_.size(); at < charted_; ++at)
    for (Chart* chart : {losses_, accuracies_}) chart->removeLine(static_cast<Chart::Key>(at));
  charted_ = runs_.size();
  for (size_t at = 0; at < runs_.size(); ++at) {
    const ComparedRun& run = runs_[at];
    const LineStyle style{.name = distinguishingName(at, runs_, columns),
                          .colour = run.summary.colour,
                          .look = LineLook::Points,
                          .labelled = runs_.size() > 1};
    const auto key = static_cast<Chart::Key>(at);
    for (const auto& [chart, points] : {std::pair{losses_, &run.losses}, std::pair{accuracies_, &run.accuracies}}) {
      chart->setLine(key, style);
      chart->clear(key);
      chart->append(key, *points);
    }
  }
}

/// Narrow columns: as wide as their numbers and a readable part of their label.
void CompareView::fitColumns() {
  table_->resizeColumnsToContents();
  for (int column = 0; column < order_->columnCount(); ++column)
    table_->setColumnWidth(column, std::clamp(table_->columnWidth(column) + 8, kLeastColumn, kMostColumn));
  const int rows = static_cast<int>(std::clamp<size_t>(runs_.size(), 2, 12));
  const QHeaderView* header = table_->horizontalHeader();
  const int above = std::max(header->sizeHint().height(), header->minimumHeight());
  const int wished = above + rows * kRow + table_->horizontalScrollBar()->sizeHint().height() + 4;
  splitter_->setSizes({wished, std::max(1, splitter_->height() - wished)});
}

QString CompareView::tsv() const {
  std::vector<int> order;
  for (int row = 0; row < order_->rowCount(); ++row) order.push_back(runAt(row));
  return toTsv(runs_, model_->columns(), order);
}

void CompareView::copy() {
  QApplication::clipboard()->setText(tsv());
  emit copied(runs_.size() == 1
                  ? tr("The table was copied: one run, %1 columns.").arg(model_->columnCount())
                  : tr("The table was copied: %1 runs, %2 columns.").arg(runs_.size()).arg(model_->columnCount()));
}

/// To the next column in which the runs differ, around the end.
void CompareView::goToDifference(int by) {
  const auto& columns = model_->columns();
  const int count = static_cast<int>(columns.size());
  const QModelIndex current = table_->currentIndex();
  int at = current.isValid() ? current.column() : by > 0 ? -1 : count;
  for (int tried = 0; tried < count; ++tried) {
    at = (at + by + count) % count;
    const CompareColumn& column = columns[static_cast<size_t>(at)];
    if (column.kind != CompareColumn::Kind::Setting || column.isEqual()) continue;
    const QModelIndex found = order_->index(std::max(0, current.row()), at);
    table_->setCurrentIndex(found);
    return table_->scrollTo(found, QAbstractItemView::PositionAtCenter);
  }
}

void CompareView::showMenu(const QPoint& place) {
  const QModelIndex at = table_->indexAt(place);
  if (!at.isValid()) return;
  const RunId run = runs_[static_cast<size_t>(runAt(at.row()))].summary.id;
  QMenu menu;
  menu.addAction(tr("Make it the base run"), this, [this, run] { setBase(run); });
  menu.addAction(tr("Show this run"), this, [this, run] { emit runActivated(run); });
  menu.addSeparator();
  menu.addAction(tr("Copy table"), this, &CompareView::copy);
  menu.exec(table_->viewport()->mapToGlobal(place));
}

bool CompareView::eventFilter(QObject* watched, QEvent* event) {
  const bool isPlaced = event->type() == QEvent::Resize || event->type() == QEvent::Move;
  if (isPlaced && watched == lower_) layOutLower();
  if (isPlaced && (watched == table_->horizontalHeader() || watched == table_->verticalHeader())) placeNames();
  if (watched != table_ || event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
  const auto* key = static_cast<QKeyEvent*>(event);
  // The table would look for a text that begins with N.
  if (key->key() == Qt::Key_N && !(key->modifiers() & ~Qt::ShiftModifier)) {
    goToDifference(key->modifiers() & Qt::ShiftModifier ? -1 : 1);
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void CompareView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  emit shown();
  fitColumns();
}

void CompareView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) model_->setPalette(palette());
}

}  // namespace scanline
