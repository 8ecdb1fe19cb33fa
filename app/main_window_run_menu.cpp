// The acts for runs: their menu, which of them are possible now, and the buttons for the run that trains.
#include <QAction>
#include <QMenuBar>
#include <QToolBar>
#include <algorithm>

#include "app/live_runs.h"
#include "app/main_window.h"
#include "app/run_pages.h"
#include "app/run_starter.h"
#include "widgets/lists/next_steps.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/status_strip.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

/// Possible, or else the reason why not as its tooltip.
void allow(QAction* action, const QString& whyNot) {
  action->setEnabled(whyNot.isEmpty());
  action->setToolTip(whyNot);  // empty: its own words
}

}  // namespace

void MainWindow::makeRunMenu() {
  QMenu* run = menuBar()->addMenu(tr("&Run"));
  run->setToolTipsVisible(true);
  const auto forOne = [this](auto act) {
    return [this, act] {
      if (const auto runs = table_->selection(); runs.size() == 1) act(runs.front());
    };
  };
  pauseAction_ = run->addAction(tr("&Pause"), QKeySequence(Qt::CTRL | Qt::Key_P), this, [this] {
    for (const RunId id : table_->selection()) actions_.pause(id);
  });
  resumeAction_ = run->addAction(tr("&Resume"), QKeySequence(Qt::CTRL | Qt::Key_R), this,
                                 [this] { actions_.resume(table_->selection()); });
  stopAction_ =
      run->addAction(tr("&Stop"), QKeySequence(Qt::CTRL | Qt::Key_Period), this, [this] { stop(table_->selection()); });
  submitAction_ = run->addAction(tr("Train on the cl&uster"), this, [this] { actions_.submit(table_->selection()); });
  killAction_ = run->addAction(tr("End its process &at once…"), this, forOne([this](RunId id) { askToKill(id); }));
  run->addSeparator();
  renameAction_ = run->addAction(tr("Re&name"), this, [this] { table_->renameCurrent(); });
  tagAction_ = run->addAction(tr("Ta&gs…"), QKeySequence(Qt::CTRL | Qt::Key_T), this,
                              [this] { askForTags(table_->selection()); });
  tickAction_ = run->addAction(tr("Tic&k"), this, [this] { tick(table_->selection()); });
  run->addSeparator();
  duplicateAction_ = run->addAction(tr("&Duplicate and edit…"), QKeySequence(Qt::CTRL | Qt::Key_D), this,
                                    forOne([this](RunId id) { starter_->duplicate(id); }));
  addNextActs(*run);
  run->addSeparator();
  compareAction_ = run->addAction(tr("&Compare"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this,
                                  [this] { compare(table_->selection()); });
  QMenu* exports = run->addMenu(tr("&Export"));
  exports->setToolTipsVisible(true);
  for (const auto& [form, words] : exportForms())
    exportActions_.push_back(
        exports->addAction(words, this, forOne([this, form = form](RunId id) { askToExport(id, form); })));
  exportActions_.push_back(run->addAction(tr("&Open folder"), this, forOne([this](RunId id) { openFolder(id); })));
  trashAction_ = run->addAction(tr("Move to &trash"), this, [this] { trash(table_->selection()); });
}

/// Runs and pictures that start from a run's model.
void MainWindow::addNextActs(QMenu& run) {
  const auto forOne = [this](auto act) {
    return [this, act] {
      if (const auto runs = table_->selection(); runs.size() == 1) act(runs.front());
    };
  };
  QMenu* next = run.addMenu(tr("Start &from its checkpoint"));
  next->setToolTipsVisible(true);
  for (const auto& [kind, words] : nextSteps())
    nextActions_.push_back(
        next->addAction(words, this, forOne([this, kind = kind](RunId id) { starter_->goOn(id, -1, kind); })));
  nextActions_.push_back(next->addAction(tr("Fork…"), this, forOne([this](RunId id) { starter_->fork(id, -1); })));
  codesAction_ = run.addAction(tr("Transformer on its c&odes…"), this,
                               forOne([this](RunId id) { starter_->goOn(id, -1, RunKind::Pretrain); }));
  completeAction_ = run.addAction(tr("Complete p&ictures…"), this, forOne([this](RunId id) { openStudio(id, -1); }));
  searchAction_ =
      run.addAction(tr("Search &learning rates…"), this, forOne([this](RunId id) { starter_->search(id); }));
  winnerAction_ =
      run.addAction(tr("Start the &winner…"), this, forOne([this](RunId id) { starter_->startWinner(id); }));
}

void MainWindow::updateActions() {
  const auto runs = table_->selection();
  const auto any = [&](auto fits) {
    return std::any_of(runs.begin(), runs.end(), [&](RunId id) {
      const auto* run = summary(id);
      return run && fits(*run);
    });
  };
  const bool open = actions_.isOpen();
  const QString closed =
      readOnly_ ? tr("The workspace is open for reading alone") : tr("The workspace is not open yet");
  const auto allowIf = [&](QAction* action, bool possible, const QString& whyNot) {
    allow(action, !open ? closed : possible ? QString() : whyNot);
  };
  const QString none = tr("Choose a run first"), many = tr("Choose one run");
  const RunSummary* one = runs.size() == 1 ? summary(runs.front()) : nullptr;
  allowIf(pauseAction_, any(text::canPause), runs.empty() ? none : tr("Only a run that trains can be paused"));
  allowIf(resumeAction_, any(text::canResume),
          runs.empty() ? none : tr("Only a run that is paused, or ended early, can go on"));
  allowIf(stopAction_, any(text::canStop), runs.empty() ? none : tr("Only a run that trains or waits can be stopped"));
  const auto canSubmit = [](const RunSummary& run) {
    return !run.onCluster && !text::isSearch(run) && (text::canResume(run) || run.state == RunState::Queued);
  };
  const bool hasCluster = live_ && live_->hasCluster();
  allowIf(submitAction_, hasCluster && any(canSubmit),
          hasCluster ? tr("Only a run that waits, or ended early, can go to the cluster")
                     : tr("No cluster is set up: File > Cluster"));
  allowIf(killAction_, one && one->ownProcess && one->ownedElsewhere && isActive(one->state),
          one ? tr("Only a run that trains in a process of its own has one to end") : many);
  allowIf(newAction_, true, {});
  for (QAction* action : importActions_) allowIf(action, true, {});
  setAcceptDrops(open);
  allowIf(renameAction_, one, many);
  allowIf(tagAction_, !runs.empty(), none);
  allow(tickAction_, runs.empty() ? none : QString());
  allowIf(duplicateAction_, one, many);
  allow(compareAction_, runs.size() + table_->overlay().size() > 1 ? QString() : tr("Choose or tick two runs"));
  for (QAction* action : exportActions_) allow(action, one ? QString() : many);
  updateExports(one);
  allowIf(trashAction_, whyNotTrash().isEmpty(), whyNotTrash());
  updateNextActs(one);
  trashShownAction_->setChecked(table_->isTrashShown());
  updateBar();
}

/// A model that cannot become a folder for others is told before a place for it is chosen.
void MainWindow::updateExports(const RunSummary* one) {
  if (!one) return;
  const RunSpec* spec = views_->settingsOf(one->id);
  QString whyNot;
  if (!text::canGoOn(*one))
    whyNot = tr("Only pretraining and fine-tuning leave a model to export");
  else if (spec && spec->model.objective == Objective::Bert)
    whyNot = tr("A BERT sees both sides of a pixel, and image GPTs of Hugging Face see one alone");
  else if (!isHeld(one->state) && !one->resumable)
    whyNot = tr("It has no checkpoint yet");
  allow(exportActions_.front(), whyNot);
  table_->setModelExport(whyNot);
}

QString MainWindow::whyNotTrash() const {
  const auto runs = table_->selection();
  if (runs.empty()) return tr("Choose a run first");
  if (table_->isTrashShown()) return tr("It is in the trash");
  const auto mayGo = [this](RunId id) {
    const auto* run = summary(id);
    return !run || !isHeld(run->state);
  };
  return std::ranges::any_of(runs, mayGo) ? QString() : tr("It is at work: stop it first");
}

void MainWindow::updateNextActs(const RunSummary* one) {
  QString whyNoModel;
  if (!one)
    whyNoModel = tr("Choose one run");
  else if (!text::canGoOn(*one))
    whyNoModel = tr("Only pretraining and fine-tuning leave a model to start from");
  else if (!isHeld(one->state) && !one->resumable)
    whyNoModel = tr("It has no checkpoint yet");
  const QString whyNot = actions_.isOpen() ? whyNoModel : tr("The workspace is open for reading alone");
  for (QAction* action : nextActions_) allow(action, whyNot);
  allow(codesAction_,
        actions_.isOpen() && one && one->kind == RunKind::Vqvae ? QString() : tr("Choose one run of a VQ-VAE"));
  allow(completeAction_, whyNoModel);  // asking a model changes nothing
  allow(searchAction_, actions_.isOpen() && one && text::canSearch(*one)
                           ? QString()
                           : tr("Choose one run that trains a model or a probe"));
  allow(winnerAction_,
        actions_.isOpen() && one && text::hasWinner(*one) ? QString() : tr("Choose a search that has ended"));
}

/// The buttons act on the run in the strip beside them, not on the selected runs.
void MainWindow::updateBar() {
  const auto& run = strip_->run();
  const bool paused = run && run->state == RunState::Paused;
  const QString name = run ? QString::fromStdString(run->name) : QString();
  barPause_->setText(paused ? tr("Go on") : tr("Pause"));
  barPause_->setIcon(themedIcon(paused ? QStringLiteral("resume") : QStringLiteral("pause"), Theme(palette()).text));
  const auto set = [&](QAction* action, bool possible, const QString& words) {
    action->setEnabled(possible && actions_.isOpen());
    action->setToolTip(!run                           ? tr("Nothing trains")
                       : run->kind == RunKind::Curves ? tr("Another program trains “%1”: stop it there").arg(name)
                                                      : words.arg(name));
  };
  set(barPause_, run && (paused || text::canPause(*run)), paused ? tr("Go on with “%1”") : tr("Pause “%1”"));
  set(barStop_, run && text::canStop(*run), tr("Write a checkpoint of “%1” and stop it"));
  // The action's words alone would not say of which run.
  for (QAction* action : {barPause_, barStop_})
    if (QWidget* button = bar_->widgetForAction(action)) button->setAccessibleName(action->toolTip());
}

}  // namespace scanline
