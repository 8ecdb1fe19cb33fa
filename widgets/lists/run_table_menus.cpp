// The menus of RunTable: commands for the selected runs, and how runs are shown.
#include <QActionGroup>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <algorithm>

#include "widgets/lists/next_steps.h"
#include "widgets/lists/run_table.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/lists/run_tree_view.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

bool isOurs(const RunSummary& run) {
  return !run.ownedElsewhere;
}
bool canResume(const RunSummary& run) {
  return isOurs(run) && text::canResume(run);
}
bool canPause(const RunSummary& run) {
  return isOurs(run) && run.state == RunState::Running;
}
bool canStop(const RunSummary& run) {
  return isOurs(run) && run.state != RunState::Stopping && (isActive(run.state) || run.state == RunState::Queued);
}
bool canTrash(const RunSummary& run) {
  return !isHeld(run.state);
}
bool isAny(const RunSummary&) {
  return true;
}

}  // namespace

std::vector<RunId> RunTable::selectionWhere(bool (*fits)(const RunSummary&)) const {
  std::vector<RunId> runs = selection();
  std::erase_if(runs, [&](RunId id) { return !fits(model_->run(*model_->row(id))); });
  return runs;
}

void RunTable::trashSelection() {
  if (isTrashShown()) return;
  if (const auto runs = selectionWhere(canTrash); !runs.empty()) emit trashRequested(runs);
}

void RunTable::showContextMenu(const QPoint& place) {
  QMenu menu;
  if (!view_->indexAt(place).isValid())
    fillViewMenu(menu);
  else if (isTrashShown())
    fillTrashMenu(menu);
  else
    fillRunMenu(menu);
  menu.exec(view_->viewport()->mapToGlobal(place));
}

void RunTable::fillRunMenu(QMenu& menu) {
  const QColor colour = Theme(palette()).text;
  const auto add = [&](const char* icon, const QString& words, const QKeySequence& keys, bool possible,
                       auto&& command) {
    QAction* action = menu.addAction(themedIcon(QString::fromLatin1(icon), colour), words, this, command);
    action->setShortcut(keys);
    action->setEnabled(possible);
  };
  const auto addFor = [&](const char* icon, const QString& words, const QKeySequence& keys,
                          bool (*fits)(const RunSummary&), void (RunTable::*command)(const std::vector<RunId>&)) {
    const auto runs = selectionWhere(fits);
    add(icon, words, keys, !runs.empty(), [this, runs, command] { emit(this->*command)(runs); });
  };
  // Taken now: the rows may change while the menu is open.
  const auto chosen = selection();
  const RunId run = chosen.empty() ? RunId{} : chosen.front();
  const bool one = chosen.size() == 1;
  addFor("resume", tr("Resume"), {}, canResume, &RunTable::resumeRequested);
  addFor("pause", tr("Pause"), {}, canPause, &RunTable::pauseRequested);
  addFor("stop", tr("Stop"), {}, canStop, &RunTable::stopRequested);
  menu.addSeparator();
  add("duplicate", tr("Duplicate and edit…"), Qt::CTRL | Qt::Key_D, one, [this, run] { emit duplicateRequested(run); });
  fillNextMenu(menu, run, one);
  add("compare", tr("Compare settings"), Qt::CTRL | Qt::SHIFT | Qt::Key_C, chosen.size() > 1,
      [this, chosen] { emit compareRequested(chosen); });
  add("check", tr("Overlay"), Qt::Key_Space, !chosen.empty(), [this] { toggleOverlay(); });
  menu.addSeparator();
  add("edit", tr("Rename"), Qt::Key_F2, one, [this] { renameCurrent(); });
  add("folder", tr("Open folder"), {}, one, [this, run] { emit openFolderRequested(run); });
  QMenu* exports = menu.addMenu(themedIcon(QStringLiteral("export"), colour), tr("Export"));
  exports->setEnabled(one);
  for (const auto& [form, words] : exportForms())
    exports->addAction(words, this, [this, run, form = form] { emit exportRequested(run, form); });
  menu.addSeparator();
  addFor("trash", tr("Move to trash"), Qt::Key_Delete, canTrash, &RunTable::trashRequested);
}

/// Runs that start from this one.
void RunTable::fillNextMenu(QMenu& menu, RunId run, bool one) {
  const RunSummary* of = one ? &model_->run(*model_->row(run)) : nullptr;
  QMenu* next =
      menu.addMenu(themedIcon(QStringLiteral("checkpoint"), Theme(palette()).text), tr("Start from its checkpoint"));
  next->setEnabled(of && text::canGoOn(*of));
  for (const auto& [kind, words] : nextSteps())
    next->addAction(words, this, [this, run, kind = kind] { emit nextRequested(run, kind); });
  next->addAction(tr("Fork…"), this, [this, run] { emit forkRequested(run); });
  if (of && text::canGoOn(*of))
    menu.addAction(tr("Complete pictures…"), this, [this, run] { emit completeRequested(run); });
  if (of && text::canSearch(*of))
    menu.addAction(tr("Search learning rates…"), this, [this, run] { emit searchRequested(run); });
  if (of && text::hasWinner(*of))
    menu.addAction(tr("Start the winner…"), this, [this, run] { emit winnerRequested(run); });
}

void RunTable::fillTrashMenu(QMenu& menu) {
  const QColor colour = Theme(palette()).text;
  const auto runs = selectionWhere(isAny);
  menu.addAction(themedIcon(QStringLiteral("restore"), colour), tr("Restore"), this,
                 [this, runs] { emit restoreRequested(runs); });
  menu.addSeparator();
  menu.addAction(themedIcon(QStringLiteral("trash"), colour), tr("Delete for good…"), this,
                 [this, runs] { emit purgeRequested(runs); });
}

void RunTable::fillViewMenu(QMenu& menu) {
  QMenu* sorting = menu.addMenu(tr("Sort by"));
  auto* group = new QActionGroup(sorting);
  for (int column = 0; column < RunTableModel::kColumns; ++column) {
    QAction* action = sorting->addAction(RunTableModel::columnTitle(column));
    action->setCheckable(true);
    action->setChecked(column == model_->sortColumn());
    group->addAction(action);
    // The best comes first: the newest, the best probe; but the lowest loss, and names from A.
    const bool descending = column == RunTableModel::Created || column == RunTableModel::BestProbe ||
                            column == RunTableModel::Model || column == RunTableModel::Progress;
    connect(action, &QAction::triggered, this, [this, column, descending] {
      view_->sortByColumn(column, descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    });
  }
  sorting->addSeparator();
  sorting->addAction(tr("Reverse order"), this, [this] {
    view_->sortByColumn(model_->sortColumn(),
                        model_->sortOrder() == Qt::AscendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder);
  });
  if (!compact_) addColumns(*menu.addMenu(tr("Columns")));
  menu.addAction(compact_ ? tr("Show as columns") : tr("Show two lines a run"), this,
                 [this] { setCompact(!compact_); });
  menu.addSeparator();
  QAction* trash = menu.addAction(tr("Show the trash"));
  trash->setCheckable(true);
  trash->setChecked(isTrashShown());
  connect(trash, &QAction::toggled, this, &RunTable::setTrashShown);
}

void RunTable::setTrashShown(bool shown) {
  model_->setTrashShown(shown);
  filter_->setPlaceholderText(shown ? tr("Filter the trash") : tr("Filter runs"));
  describeEmptiness();
}

void RunTable::addColumns(QMenu& menu) {
  for (int column = 1; column < RunTableModel::kColumns; ++column) {
    QAction* action = menu.addAction(RunTableModel::columnTitle(column));
    action->setCheckable(true);
    action->setChecked(!view_->isColumnHidden(column));
    connect(action, &QAction::toggled, this, [this, column](bool shown) { view_->setColumnHidden(column, !shown); });
  }
}

}  // namespace scanline
