#include "widgets/lists/run_table.h"

#include <QDataStream>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QIODevice>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/lists/run_delegate.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/lists/run_tree_view.h"
#include "widgets/parts/icon_button.h"

namespace scanline {

namespace {
constexpr quint32 kLayoutVersion = 1;
}

RunTable::RunTable(QWidget* parent)
    : QWidget(parent), model_(new RunTableModel(this)), delegate_(new RunDelegate(*model_, this)) {
  buildBar();
  buildView();
  auto* bar = new QHBoxLayout;
  bar->setContentsMargins(8, 6, 4, 6);
  bar->setSpacing(2);
  bar->addWidget(filter_, 1);
  bar->addSpacing(4);
  bar->addWidget(mode_);
  bar->addWidget(more_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(bar);
  column->addWidget(view_, 1);
  setFocusProxy(view_);

  connect(model_, &RunTableModel::overlayChanged, this, &RunTable::overlayChanged);
  connect(model_, &RunTableModel::renameRequested, this, &RunTable::renameRequested);
  connect(model_, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
    restoring_ = true;
    keptSelection_ = selection();
    keptCurrent_ = current();
    keptScroll_ = view_->verticalScrollBar()->value();
  });
  connect(model_, &QAbstractItemModel::modelReset, this, [this] {
    select(keptSelection_);
    if (const auto row = model_->row(keptCurrent_))
      view_->selectionModel()->setCurrentIndex(model_->index(*row, 0), QItemSelectionModel::NoUpdate);
    view_->verticalScrollBar()->setValue(keptScroll_);
    restoring_ = false;
    announceSelection();
  });
  connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunTable::announceSelection);
  applyMode();
  applyTheme();
  describeEmptiness();
}

void RunTable::buildBar() {
  filter_ = new QLineEdit(this);
  filter_->setPlaceholderText(tr("Filter runs"));
  filter_->setClearButtonEnabled(true);
  filter_->setAccessibleName(tr("Filter runs"));
  filter_->setToolTip(
      tr("Words in the name, data set, kind, state or tags; or state:failed, data:digits, tag:best, parent:name"));
  filter_->addAction(QIcon(), QLineEdit::LeadingPosition);
  filter_->installEventFilter(this);
  connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
    model_->setFilter(text);
    describeEmptiness();
  });

  mode_ = new IconButton(QStringLiteral("table"), tr("Show as columns"), this);
  connect(mode_, &QToolButton::clicked, this, [this] { setCompact(!compact_); });
  more_ = new IconButton(QStringLiteral("more"), tr("Sorting, columns and trash"), this);
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
  connect(view_, &QWidget::customContextMenuRequested, this, &RunTable::showContextMenu);

  QHeaderView* header = view_->header();
  header->setContextMenuPolicy(Qt::CustomContextMenu);
  header->setSectionsMovable(true);
  header->setFirstSectionMovable(false);
  header->setStretchLastSection(false);
  header->setHighlightSections(false);
  header->setResizeContentsPrecision(0);
  connect(header, &QWidget::customContextMenuRequested, this, [this, header](const QPoint& place) {
    QMenu menu;
    addColumns(menu);
    menu.exec(header->mapToGlobal(place));
  });
  view_->setSortingEnabled(true);
  view_->sortByColumn(RunTableModel::Created, Qt::DescendingOrder);

  const QFontMetrics metrics(font());
  const auto width = [&](const char* widest, int extra) {
    return metrics.horizontalAdvance(QString::fromUtf8(widest)) + extra;
  };
  header->resizeSection(RunTableModel::Name, width("cifar10 8x8: 8 layers, BERT", 64));
  header->resizeSection(RunTableModel::State, width("interrupted", 44));
  header->resizeSection(RunTableModel::Kind, width("pretrain", 20));
  header->resizeSection(RunTableModel::Dataset, width("fashion-mnist", 24));
  header->resizeSection(RunTableModel::Model, width("12.3 M · 12 layers", 20));
  header->resizeSection(RunTableModel::Progress, width("step 400 000 of 1 000 000", 24));
  header->resizeSection(RunTableModel::BestLoss, width("Best loss", 36));
  header->resizeSection(RunTableModel::BestProbe, width("91.7 % in layer 24", 24));
  header->resizeSection(RunTableModel::Tags, width("baseline, best", 24));
  header->resizeSection(RunTableModel::Created, width("2026-11-23 18:42", 24));
  header->hideSection(RunTableModel::Tags);
}

void RunTable::setRuns(const std::vector<RunSummary>& runs) {
  known_ = true;
  model_->setRuns(runs);
  describeEmptiness();
  announceSelection();
}

void RunTable::describeEmptiness() {
  if (!known_)
    view_->setEmptyText(tr("Reading the runs…"));
  else if (model_->total() > 0)
    view_->setEmptyText(tr("No run matches “%1”.").arg(filter_->text()));
  else
    view_->setEmptyText(isTrashShown() ? tr("The trash is empty.") : tr("No runs yet. They will be listed here."));
}

void RunTable::setCompact(bool compact) {
  if (compact == compact_) return;
  compact_ = compact;
  applyMode();
}

/// Two lines a run are one stretched column without a header; the state of the columns is kept in columns_.
void RunTable::applyMode() {
  QHeaderView* header = view_->header();
  delegate_->setCompact(compact_);
  if (compact_) {
    columns_ = header->saveState();
    for (int column = 1; column < RunTableModel::kColumns; ++column) header->hideSection(column);
    header->setSectionResizeMode(RunTableModel::Name, QHeaderView::Stretch);
  } else {
    header->restoreState(columns_);
    header->setSortIndicator(model_->sortColumn(), model_->sortOrder());
  }
  header->setVisible(!compact_);
  view_->setHorizontalScrollBarPolicy(compact_ ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAsNeeded);
  mode_->setIconName(compact_ ? QStringLiteral("table") : QStringLiteral("list"));
  mode_->setTip(compact_ ? tr("Show as columns") : tr("Show two lines a run"));
  view_->doItemsLayout();
}

void RunTable::applyTheme() {
  const Theme theme(palette());
  delegate_->setTheme(theme);
  filter_->actions().constFirst()->setIcon(themedIcon(QStringLiteral("search"), theme.mutedText));
  view_->viewport()->update();
}

bool RunTable::isTrashShown() const {
  return model_->isTrashShown();
}

std::vector<RunId> RunTable::selection() const {
  std::vector<int> rows;
  for (const auto& index : view_->selectionModel()->selectedRows()) rows.push_back(index.row());
  std::sort(rows.begin(), rows.end());
  std::vector<RunId> runs;
  for (const int row : rows) runs.push_back(model_->run(row).id);
  return runs;
}

RunId RunTable::current() const {
  const QModelIndex index = view_->currentIndex();
  return index.isValid() ? model_->run(index.row()).id : RunId{};
}

void RunTable::select(const std::vector<RunId>& runs) {
  QItemSelection wanted;
  std::optional<int> first;
  for (const RunId run : runs) {
    const auto row = model_->row(run);
    if (!row) continue;
    first = first ? std::min(*first, *row) : *row;
    wanted.select(model_->index(*row, 0), model_->index(*row, RunTableModel::kColumns - 1));
  }
  if (first) view_->selectionModel()->setCurrentIndex(model_->index(*first, 0), QItemSelectionModel::NoUpdate);
  view_->selectionModel()->select(wanted, QItemSelectionModel::ClearAndSelect);
  if (first && !restoring_) view_->scrollTo(model_->index(*first, 0));
}

void RunTable::announceSelection() {
  if (restoring_) return;
  std::vector<RunId> now = selection();
  if (now == announced_) return;
  announced_ = now;
  emit selectionChanged(now);
}

std::vector<RunId> RunTable::overlay() const {
  return model_->overlay();
}
void RunTable::setOverlay(const std::vector<RunId>& runs) {
  model_->setOverlay(runs);
}

void RunTable::focusFilter() {
  filter_->setFocus(Qt::ShortcutFocusReason);
  filter_->selectAll();
}

void RunTable::renameCurrent() {
  const QModelIndex index = view_->currentIndex();
  if (index.isValid() && !isTrashShown()) view_->edit(index.siblingAtColumn(RunTableModel::Name));
}

void RunTable::toggleOverlay() {
  const auto runs = selection();
  const bool allOn = std::all_of(runs.begin(), runs.end(), [this](RunId run) { return model_->isOverlaid(run); });
  model_->setOverlaid(runs, !allOn);
}

QByteArray RunTable::saveLayout() const {
  QByteArray layout;
  QDataStream stream(&layout, QIODevice::WriteOnly);
  stream.setVersion(QDataStream::Qt_6_4);
  stream << kLayoutVersion << compact_ << model_->sortColumn() << (model_->sortOrder() == Qt::AscendingOrder)
         << (compact_ ? columns_ : view_->header()->saveState());
  return layout;
}

bool RunTable::restoreLayout(const QByteArray& layout) {
  QDataStream stream(layout);
  stream.setVersion(QDataStream::Qt_6_4);
  quint32 version = 0;
  bool compact = true, ascending = false;
  int column = 0;
  QByteArray columns;
  stream >> version >> compact >> column >> ascending >> columns;
  if (stream.status() != QDataStream::Ok || version != kLayoutVersion || column < 0 ||
      column >= RunTableModel::kColumns)
    return false;
  setCompact(false);
  if (!view_->header()->restoreState(columns)) return false;
  setCompact(compact);
  view_->sortByColumn(column, ascending ? Qt::AscendingOrder : Qt::DescendingOrder);
  return true;
}

void RunTable::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyTheme();
}

bool RunTable::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::KeyPress) return false;
  const auto* key = static_cast<QKeyEvent*>(event);
  if (watched == view_) return handleKey(key->key(), key->modifiers());
  if (key->key() == Qt::Key_Escape && !filter_->text().isEmpty()) {
    filter_->clear();
    return true;
  }
  if (key->key() != Qt::Key_Down && key->key() != Qt::Key_Return && key->key() != Qt::Key_Escape) return false;
  view_->setFocus();
  if (selection().empty() && model_->rowCount() > 0) select({model_->run(0).id});
  return true;
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
  else if (key == Qt::Key_C && modifiers == (Qt::ControlModifier | Qt::ShiftModifier) && selection().size() > 1)
    emit compareRequested(selection());
  else
    return false;
  return true;
}

}  // namespace scanline
