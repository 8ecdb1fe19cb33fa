// The menus of RunTable: commands for the selected runs, and how runs are shown.
#include <QActionGroup>
#include <QInputDialog>
#include <QMenu>
#include <algorithm>

#include "widgets/lists/field_chooser.h"
#include "widgets/lists/filter_box.h"
#include "widgets/lists/next_steps.h"
#include "widgets/lists/run_table.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/lists/run_tree_view.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

bool canTrash(const RunSummary& run) {
  return !isHeld(run.state);
}
bool isAny(const RunSummary&) {
  return true;
}

}  // namespace

void RunTable::trashSelection() {
  // Those that cannot go there, too: the receiver says why not.
  if (const auto runs = selectionWhere(isAny); !runs.empty() && !isTrashShown()) emit trashRequested(runs);
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
  const auto chosen = shownSelection();
  const RunId run = chosen.empty() ? RunId{} : chosen.front();
  const bool one = chosen.size() == 1;
  addFor("resume", tr("Resume"), {}, text::canResume, &RunTable::resumeRequested);
  addFor("pause", tr("Pause"), {}, text::canPause, &RunTable::pauseRequested);
  addFor("stop", tr("Stop"), {}, text::canStop, &RunTable::stopRequested);
  menu.addSeparator();
  add("duplicate", tr("Duplicate and edit…"), Qt::CTRL | Qt::Key_D, one, [this, run] { emit duplicateRequested(run); });
  fillNextMenu(menu, run, one);
  add("compare", tr("Compare"), Qt::CTRL | Qt::SHIFT | Qt::Key_C, chosen.size() > 1,
      [this, chosen] { emit compareRequested(chosen); });
  add("check", tr("Overlay"), Qt::Key_Space, !chosen.empty(), [this] { toggleOverlay(); });
  menu.addSeparator();
  add("copy", tr("Copy as a table"), Qt::CTRL | Qt::Key_C, !chosen.empty(),
      [this, chosen] { emit copyRequested(chosen); });
  add("edit", tr("Rename"), Qt::Key_F2, one, [this] { renameCurrent(); });
  add("folder", tr("Open folder"), {}, one, [this, run] { emit openFolderRequested(run); });
  QMenu* exports = menu.addMenu(themedIcon(QStringLiteral("export"), colour), tr("Export"));
  exports->setEnabled(one);
  exports->setToolTipsVisible(true);
  for (const auto& [form, words] : exportForms()) {
    QAction* action = exports->addAction(words, this, [this, run, form = form] { emit exportRequested(run, form); });
    if (form != ExportForm::HuggingFace || whyNoModelExport_.isEmpty()) continue;
    action->setEnabled(false);
    action->setToolTip(whyNoModelExport_);
  }
  menu.addSeparator();
  addFor("trash", tr("Move to trash"), Qt::Key_Delete, canTrash, &RunTable::trashRequested);
}

/// Runs that start from this one.
void RunTable::fillNextMenu(QMenu& menu, RunId run, bool one) {
  const RunSummary* of = one ? model_->known(run) : nullptr;
  QMenu* next =
      menu.addMenu(themedIcon(QStringLiteral("checkpoint"), Theme(palette()).text), tr("Start from its checkpoint"));
  next->setEnabled(of && text::canGoOn(*of) && (isHeld(of->state) || of->resumable));
  for (const auto& [kind, words] : nextSteps())
    next->addAction(words, this, [this, run, kind = kind] { emit nextRequested(run, kind); });
  next->addAction(tr("Fork…"), this, [this, run] { emit forkRequested(run); });
  if (of && of->kind == RunKind::Vqvae)
    menu.addAction(tr("Transformer on its codes…"), this, [this, run] { emit nextRequested(run, RunKind::Pretrain); });
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
  fillSortMenu(*menu.addMenu(tr("Sort by")));
  fillGroupMenu(*menu.addMenu(tr("Group by")));
  if (!compact_)
    menu.addAction(tr("Columns…"), this, [this] { chooseColumns(more_->mapToGlobal(QPoint(0, more_->height()))); });
  menu.addAction(compact_ ? tr("Show as columns") : tr("Show two lines a run"), mode_, &QToolButton::click);
  fillViewsMenu(*menu.addMenu(tr("Views")));
  menu.addSeparator();
  QAction* trash = menu.addAction(tr("Show the trash"));
  trash->setCheckable(true);
  trash->setChecked(isTrashShown());
  connect(trash, &QAction::toggled, this, &RunTable::setTrashShown);
}

void RunTable::fillSortMenu(QMenu& menu) {
  auto* group = new QActionGroup(&menu);
  for (int column = 0; column < model_->columnCount(); ++column) {
    const std::string field = model_->fieldOf(column);
    QAction* action = menu.addAction(model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    action->setCheckable(true);
    action->setChecked(field == request_.order);
    group->addAction(action);
    const bool descending = columns::startsDescending(column);
    connect(action, &QAction::triggered, this, [this, field, descending] { sortBy(field, descending); });
  }
  menu.addAction(tr("Another field…"), this,
                 [this] { chooseField([this](const RunField& field) { sortBy(field.name, field.number); }); });
  menu.addSeparator();
  menu.addAction(tr("Reverse order"), this, [this] { sortBy(request_.order, !request_.descending); });
  QAction* below = menu.addAction(tr("Trials below their search"));
  below->setCheckable(true);
  below->setChecked(!request_.flat);
  connect(below, &QAction::toggled, this, [this](bool on) {
    RunListRequest request = request_;
    request.flat = !on;
    want(std::move(request));
  });
}

void RunTable::fillGroupMenu(QMenu& menu) {
  auto* group = new QActionGroup(&menu);
  const auto add = [&](const QString& title, const std::string& field) {
    QAction* action = menu.addAction(title, this, [this, field] { groupBy(field); });
    action->setCheckable(true);
    action->setChecked(field == groupField_);
    group->addAction(action);
  };
  add(tr("No groups"), {});
  menu.addSeparator();
  for (const int column : {columns::State, columns::Kind, columns::Dataset})
    add(columns::title(column), columns::field(column));
  for (const RunField& field : model_->fields()) add(QString::fromStdString(field.name), field.name);
  menu.addAction(tr("Another field…"), this,
                 [this] { chooseField([this](const RunField& field) { groupBy(field.name); }); });
}

void RunTable::fillViewsMenu(QMenu& menu) {
  menu.addAction(tr("All runs, the newest first"), this, [this] {
    setTrashShown(false);
    filter_->setText({});
    groupBy({});
    sortBy("created", true);
  });
  menu.addSeparator();
  for (const auto& [name, content] : views_)
    menu.addAction(QString(name).replace(QLatin1Char('&'), QLatin1String("&&")), this,
                   [this, content = content] { applyView(content); });
  menu.addSeparator();
  menu.addAction(tr("Save this view…"), this, &RunTable::saveView);
  QMenu* remove = menu.addMenu(tr("Remove"));
  remove->setEnabled(!views_.empty());
  for (const auto& [name, content] : views_)
    remove->addAction(QString(name).replace(QLatin1Char('&'), QLatin1String("&&")), this,
                      [this, name = name] { emit viewRemoved(name); });
}

void RunTable::saveView() {
  const QString name =
      QInputDialog::getText(this, tr("Save this view"),
                            tr("Name of the view: filter, sorting, columns and groups as they are now"))
          .simplified();
  if (!name.isEmpty()) emit viewSaved(name, viewContent());
}

void RunTable::chooseColumns(const QPoint& place) {
  chooser_ = new FieldChooser(FieldChooser::Choose::Several, this);
  connect(chooser_, &FieldChooser::toggled, this, &RunTable::toggleColumn);
  chooser_->setFields(allFields(), shownFields());
  chooser_->open(place);
  emit fieldsRequested();
}

void RunTable::chooseField(std::function<void(const RunField&)> act) {
  chooser_ = new FieldChooser(FieldChooser::Choose::One, this);
  connect(chooser_, &FieldChooser::chosen, this, std::move(act));
  chooser_->setFields(fields_, {});
  chooser_->open(more_->mapToGlobal(QPoint(0, more_->height())));
  emit fieldsRequested();
}

void RunTable::setFields(const std::vector<RunField>& fields) {
  fields_ = fields;
  if (!chooser_) return;
  const bool several = chooser_->choice() == FieldChooser::Choose::Several;
  chooser_->setFields(several ? allFields() : fields_, several ? shownFields() : std::set<std::string>{});
}

/// The fixed columns by their titles, and all fields.
std::vector<RunField> RunTable::allFields() const {
  std::vector<RunField> fields;
  for (int column = 1; column < columns::kFixed; ++column)
    fields.push_back({columns::title(column).toStdString(), columns::field(column), tr("column").toStdString(), false});
  for (const RunField& field : fields_)
    if (field.name != "name") fields.push_back(field);
  return fields;
}

/// The ticked ones of them.
std::set<std::string> RunTable::shownFields() const {
  std::set<std::string> shown;
  for (int column = 1; column < columns::kFixed; ++column)
    if (!view_->isColumnHidden(column)) shown.insert(columns::title(column).toStdString());
  for (const std::string& name : model_->fieldNames()) shown.insert(name);
  return shown;
}

}  // namespace scanline
