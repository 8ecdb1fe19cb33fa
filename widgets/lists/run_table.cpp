#include "widgets/lists/run_table.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/lists/filter_box.h"
#include "widgets/lists/group_panel.h"
#include "widgets/lists/run_delegate.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/lists/run_tree_view.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/table_copy.h"

namespace scanline {

RunTable::RunTable(QWidget* parent)
    : QWidget(parent), model_(new RunTableModel(this)), delegate_(new RunDelegate(*model_, this)) {
  buildBar();
  buildView();
  auto* bar = new QHBoxLayout;
  bar->setContentsMargins(8, 6, 4, 4);
  bar->setSpacing(2);
  bar->addWidget(filter_, 1, Qt::AlignTop);
  bar->addWidget(mode_, 0, Qt::AlignTop);
  bar->addWidget(more_, 0, Qt::AlignTop);
  auto* halves = new QSplitter(Qt::Vertical, this);
  halves->setChildrenCollapsible(false);
  halves->addWidget(view_);
  halves->addWidget(groups_);
  halves->setStretchFactor(0, 2);
  halves->setStretchFactor(1, 1);
  groups_->hide();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(bar);
  column->addWidget(halves, 1);
  setTabOrder(mode_, more_);
  setTabOrder(more_, view_);

  connect(model_, &RunTableModel::overlayChanged, this, &RunTable::overlayChanged);
  connect(model_, &RunTableModel::renameRequested, this, &RunTable::renameRequested);
  connect(model_, &RunTableModel::rowsRequested, this, &RunTable::rowsRequested);
  connect(model_, &RunTableModel::sortRequested, this, [this](int section, Qt::SortOrder order) {
    if (!applying_) sortBy(model_->fieldOf(section), order == Qt::DescendingOrder);
  });
  connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunTable::takeSelection);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
    if (!restoring_ && index.isValid()) current_ = model_->id(index.row());
  });
  connect(delegate_, &QAbstractItemDelegate::closeEditor, this, [this] {
    if (held_)
      QMetaObject::invokeMethod(
          this,
          [this] {
            if (auto answer = std::exchange(held_, {})) setList(std::move(*answer));
          },
          Qt::QueuedConnection);
  });
  connect(groups_, &GroupPanel::groupActivated, this, &RunTable::showGroup);
  connect(groups_, &GroupPanel::closed, this, [this] { groupBy({}); });
  applyMode();
  applyTheme();
  describeEmptiness();
}

void RunTable::buildBar() {
  filter_ = new FilterBox(this);
  connect(filter_, &FilterBox::queryChanged, this, [this] {
    RunListRequest request = request_;
    request.where = filter_->query();
    want(std::move(request));
  });
  connect(filter_, &FilterBox::proposalsRequested, this, &RunTable::proposalsRequested);
  connect(filter_, &FilterBox::helpRequested, this, &RunTable::helpRequested);
  connect(filter_, &FilterBox::left, this, [this] {
    view_->setFocus();
    if (shownSelection().empty() && isUpToDate() && model_->rowCount() > 0) select({model_->id(0)});
  });

  mode_ = new IconButton(QStringLiteral("table"), tr("Show as columns"), this);
  connect(mode_, &QToolButton::clicked, this, [this] {
    setCompact(!compact_);
    emit modeChanged(compact_);
  });
  more_ = new IconButton(QStringLiteral("more"), tr("Sorting, columns, groups, views and trash"), this);
  connect(more_, &QToolButton::clicked, this, [this] {
    QMenu menu;
    fillViewMenu(menu);
    menu.exec(more_->mapToGlobal(QPoint(0, more_->height())));
  });
}

void RunTable::buildView() {
  view_ = new RunTreeView(*delegate_, this);
  view_->setModel(model_);
  view_->setItemDelegate(delegate_);
  view_->setAccessibleName(tr("Runs"));
  view_->installEventFilter(this);
  view_->viewport()->installEventFilter(this);
  connect(view_, &QAbstractItemView::entered, this,
          [this](const QModelIndex& index) { emit runHovered(model_->id(index.row())); });
  connect(view_, &QAbstractItemView::viewportEntered, this, [this] { emit runHovered({}); });
  connect(view_, &QWidget::customContextMenuRequested, this, &RunTable::showContextMenu);
  groups_ = new GroupPanel(this);

  QHeaderView* header = view_->header();
  header->setContextMenuPolicy(Qt::CustomContextMenu);
  header->setSectionsMovable(true);
  header->setFirstSectionMovable(false);
  header->setStretchLastSection(false);
  header->setHighlightSections(false);
  header->setResizeContentsPrecision(0);
  connect(header, &QWidget::customContextMenuRequested, this,
          [this, header](const QPoint& place) { chooseColumns(header->mapToGlobal(place)); });
  view_->setSortingEnabled(true);
  view_->sortByColumn(columns::Created, Qt::DescendingOrder);

  const QFontMetrics metrics(font());
  const auto width = [&](const char* widest, int extra) {
    return metrics.horizontalAdvance(QString::fromUtf8(widest)) + extra;
  };
  header->resizeSection(columns::Name, width("cifar10 8x8: 8 layers, BERT", 64));
  header->resizeSection(columns::State, width("interrupted", 44));
  header->resizeSection(columns::Kind, width("pretrain", 20));
  header->resizeSection(columns::Dataset, width("fashion-mnist", 24));
  header->resizeSection(columns::Model, width("12.3 M · 12 layers", 20));
  header->resizeSection(columns::Progress, width("step 400 000 of 1 000 000", 24));
  header->resizeSection(columns::BestLoss, width("Best loss", 36));
  header->resizeSection(columns::BestProbe, width("91.7 % in layer 24", 24));
  header->resizeSection(columns::Tags, width("baseline, best", 24));
  header->resizeSection(columns::Created, width("2026-11-23 18:42", 24));
  header->hideSection(columns::Tags);
}

void RunTable::describeEmptiness() {
  if (!shown_)
    view_->setEmptyText(tr("Reading the runs…"));
  else if (!shown_->where.empty())
    view_->setEmptyText(tr("No run matches “%1”.").arg(QString::fromStdString(shown_->where.text()).trimmed()));
  else
    view_->setEmptyText(shown_->trash ? tr("The trash is empty.") : tr("No runs yet. They will be listed here."));
}

void RunTable::setCompact(bool compact) {
  if (compact == compact_) return;
  compact_ = compact;
  applyMode();
}

int RunTable::preferredWidth() const {
  return view_->header()->length() + 2 * view_->frameWidth() + 24;
}

/// Two lines a run are one stretched column without a header; the state of the columns is kept in columns_.
void RunTable::applyMode() {
  QHeaderView* header = view_->header();
  delegate_->setCompact(compact_);
  if (compact_) {
    columns_ = header->saveState();
    for (int column = 1; column < model_->columnCount(); ++column) header->hideSection(column);
    header->setSectionResizeMode(columns::Name, QHeaderView::Stretch);
  } else {
    applying_ = true;  // the state holds an older order
    header->restoreState(columns_);
    const int sorted = model_->columnOf(request_.order);
    header->setSortIndicator(sorted, request_.descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    applying_ = false;
  }
  header->setVisible(!compact_);
  view_->setHorizontalScrollBarPolicy(compact_ ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAsNeeded);
  mode_->setIconName(compact_ ? QStringLiteral("table") : QStringLiteral("list"));
  mode_->setTip(compact_ ? tr("Show as columns") : tr("Show two lines a run"));
  view_->doItemsLayout();
}

void RunTable::applyTheme() {
  delegate_->setTheme(Theme(palette()));
  view_->viewport()->update();
}

RunId RunTable::current() const {
  if (chosen_.empty()) return {};
  return std::find(chosen_.begin(), chosen_.end(), current_) == chosen_.end() ? chosen_.front() : current_;
}

QString RunTable::copied(const std::vector<RunRow>& rows) const {
  QStringList titles;
  for (int column = 0; column < model_->columnCount(); ++column)
    titles << model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
  QString table = copiedLine(titles);
  for (const RunRow& row : rows) {
    QStringList cells;
    for (int column = 0; column < columns::kFixed; ++column) cells << columns::copiedText(row.run, column);
    for (const RunCell& cell : row.cells) cells << columns::copiedText(cell);
    table += copiedLine(cells);
  }
  return table;
}

std::vector<RunId> RunTable::overlay() const {
  return model_->overlay();
}
void RunTable::setOverlay(const std::vector<RunId>& runs) {
  model_->setOverlay(runs);
}

const RunSummary* RunTable::known(RunId run) const {
  return model_->known(run);
}

std::vector<std::string> RunTable::columns() const {
  return model_->fieldNames();
}

void RunTable::focusFilter() {
  filter_->line()->setFocus(Qt::ShortcutFocusReason);
  filter_->line()->selectAll();
}

void RunTable::renameCurrent() {
  const QModelIndex index = view_->currentIndex();
  if (index.isValid() && !isTrashShown()) view_->edit(index.siblingAtColumn(columns::Name));
}

void RunTable::toggleOverlay() {
  const auto runs = shownSelection();
  const bool allOn = std::all_of(runs.begin(), runs.end(), [this](RunId run) { return model_->isOverlaid(run); });
  model_->setOverlaid(runs, !allOn);
}

void RunTable::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyTheme();
}

/// A list that has the focus shows where it is.
bool RunTable::eventFilter(QObject* watched, QEvent* event) {
  if (watched == view_->viewport() && event->type() == QEvent::Leave) emit runHovered({});
  if (watched != view_) return false;
  if (event->type() == QEvent::FocusIn && !view_->currentIndex().isValid() && model_->rowCount() > 0) {
    view_->selectionModel()->setCurrentIndex(model_->index(0, 0), QItemSelectionModel::NoUpdate);
    return false;
  }
  if (event->type() != QEvent::KeyPress) return false;
  const auto* key = static_cast<QKeyEvent*>(event);
  return handleKey(key->key(), key->modifiers());
}

/// Keys, not shortcuts: a window that has the same ones in its menus would make them ambiguous.
bool RunTable::handleKey(int key, Qt::KeyboardModifiers modifiers) {
  const bool plain = modifiers == Qt::NoModifier;
  if (key == Qt::Key_Space && plain)
    toggleOverlay();
  else if (key == Qt::Key_F2 && plain)
    renameCurrent();
  else if (key == Qt::Key_Delete && plain)
    trashSelection();
  else if (key == Qt::Key_D && modifiers == Qt::ControlModifier && current().value != 0)
    emit duplicateRequested(current());
  else if (key == Qt::Key_C && modifiers == Qt::ControlModifier && !shownSelection().empty())
    emit copyRequested(shownSelection());
  else if (key == Qt::Key_C && modifiers == (Qt::ControlModifier | Qt::ShiftModifier) && selection().size() > 1)
    emit compareRequested(selection());
  else
    return false;
  return true;
}

}  // namespace scanline
