// Menus and tool bar of the main window.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolBar>
#include <algorithm>

#include "app/help_window.h"
#include "app/importer.h"
#include "app/main_window.h"
#include "app/picture_completer.h"
#include "app/run_pages.h"
#include "app/run_starter.h"
#include "core/spec/presets.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/next_steps.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/status_strip.h"

namespace scanline {

void MainWindow::makeMenus() {
  makeFileMenu();
  makeEditMenu();
  makeRunMenu();
  makeViewMenu();
  makeHelpMenu();
}

void MainWindow::makeFileMenu() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  newAction_ = file->addAction(tr("&New run…"), QKeySequence::New, this, [this] {
    starter_->open(presets().front().spec, QString::fromUtf8(presets().front().title.data()));
  });
  newAction_->setIconText(tr("New run"));
  file->addAction(tr("Open &workspace…"), QKeySequence::Open, this, &MainWindow::askForWorkspace);
  QMenu* recent = file->addMenu(tr("Open &recent"));
  connect(file, &QMenu::aboutToShow, this, [this, recent] { fillRecent(*recent); });
  file->addSeparator();
  importActions_ = {
      file->addAction(tr("&Import files…"), QKeySequence(Qt::CTRL | Qt::Key_I), importer_, &Importer::askForFiles),
      file->addAction(tr("Import a &folder…"), importer_, &Importer::askForFolder)};
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);
}

/// Workspaces other than this one, the newest first.
void MainWindow::fillRecent(QMenu& menu) {
  menu.clear();
  QStringList folders = settings_.recentWorkspaces();
  folders.removeAll(workspace_);
  for (const QString& folder : folders)
    menu.addAction(QString(folder).replace(QLatin1Char('&'), QLatin1String("&&")), this,
                   [this, folder] { requestWorkspace(folder); });
  menu.setEnabled(!folders.isEmpty());
}

void MainWindow::makeEditMenu() {
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  undoAction_ = edit->addAction(tr("Undo"), QKeySequence::Undo, edits_, [this] { edits_->undo(); });
  redoAction_ = edit->addAction(tr("Redo"), QKeySequence::Redo, edits_, [this] { edits_->redo(); });
  updateEdits();
  edit->addSeparator();
  edit->addAction(tr("&Find runs"), QKeySequence::Find, this, [this] { table_->focusFilter(); });
}

void MainWindow::updateEdits() {
  const QString undo = edits_->undoText(), redo = edits_->redoText();
  undoAction_->setEnabled(!undo.isEmpty());
  undoAction_->setText(undo.isEmpty() ? tr("Undo") : tr("Undo: %1").arg(undo));
  redoAction_->setEnabled(!redo.isEmpty());
  redoAction_->setText(redo.isEmpty() ? tr("Redo") : tr("Redo: %1").arg(redo));
}

void MainWindow::makeRunMenu() {
  QMenu* run = menuBar()->addMenu(tr("&Run"));
  const auto forSelection = [this](auto act) {
    return [this, act] {
      for (const RunId id : table_->selection()) act(id);
    };
  };
  pauseAction_ = run->addAction(tr("&Pause"), this, forSelection([this](RunId id) { actions_.pause(id); }));
  resumeAction_ = run->addAction(tr("&Resume"), this, [this] { actions_.resume(table_->selection()); });
  stopAction_ = run->addAction(tr("&Stop"), this, forSelection([this](RunId id) { actions_.stop(id); }));
  run->addSeparator();
  duplicateAction_ = run->addAction(tr("&Duplicate and edit…"), QKeySequence(Qt::CTRL | Qt::Key_D), this, [this] {
    if (const auto runs = table_->selection(); runs.size() == 1) starter_->duplicate(runs.front());
  });
  const auto forOne = [this](auto act) {
    return [this, act] {
      if (const auto runs = table_->selection(); runs.size() == 1) act(runs.front());
    };
  };
  QMenu* next = run->addMenu(tr("Start &from its checkpoint"));
  for (const auto& [kind, words] : nextSteps())
    nextActions_.push_back(
        next->addAction(words, this, forOne([this, kind = kind](RunId id) { starter_->goOn(id, -1, kind); })));
  nextActions_.push_back(next->addAction(tr("Fork…"), this, forOne([this](RunId id) { starter_->fork(id, -1); })));
  completeAction_ =
      run->addAction(tr("Complete p&ictures…"), this, forOne([this](RunId id) { completer_->open(id, -1); }));
  searchAction_ =
      run->addAction(tr("Search &learning rates…"), this, forOne([this](RunId id) { starter_->search(id); }));
  winnerAction_ =
      run->addAction(tr("Start the &winner…"), this, forOne([this](RunId id) { starter_->startWinner(id); }));
  run->addSeparator();
  compareAction_ = run->addAction(tr("&Compare"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this,
                                  [this] { compare(table_->selection()); });
  QMenu* exports = run->addMenu(tr("&Export"));
  for (const auto& [form, words] : exportForms())
    exportActions_.push_back(
        exports->addAction(words, this, forOne([this, form = form](RunId id) { askToExport(id, form); })));
  trashAction_ = run->addAction(tr("Move to &trash"), this, [this] { trash(table_->selection()); });
}

void MainWindow::makeViewMenu() {
  QMenu* view = menuBar()->addMenu(tr("&View"));
  for (int i = 0; i < tabs_->count(); ++i)
    view->addAction(tabs_->tabText(i), QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)), this, [this, i] {
      if (!feed_->runs().empty()) showCentre(tabs_);
      tabs_->setCurrentIndex(i);
    });
  view->addSeparator();
  for (QDockWidget* dock : docks_) view->addAction(dock->toggleViewAction());
  connect(docks_[2]->toggleViewAction(), &QAction::triggered, this, [this](bool shown) { inspectorWanted_ = shown; });
  view->addAction(tr("Reset layout"), this, [this] {
    settings_.clearLayout();
    for (QDockWidget* dock : docks_) dock->show();
    arrangeDocks();
  });
  view->addSeparator();
  QMenu* theme = view->addMenu(tr("Theme"));
  auto* group = new QActionGroup(this);
  for (const auto& [choice, name] :
       {std::pair{ThemeChoice::System, tr("As the desktop")}, std::pair{ThemeChoice::Light, tr("Light")},
        std::pair{ThemeChoice::Dark, tr("Dark")}}) {
    auto* action = theme->addAction(name, this, [this, choice = choice] { setThemeChoice(choice); });
    action->setCheckable(true);
    action->setChecked(settings_.theme() == choice);
    group->addAction(action);
  }
}

void MainWindow::makeHelpMenu() {
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&Help"), QKeySequence::HelpContents, this, [this] {
    if (!help_) help_ = new HelpWindow(this);
    help_->open(helpPage());
  });
  help->addAction(tr("&About Scanline"), this, [this] {
    QMessageBox::about(
        this, tr("About Scanline"),
        tr("<b>Scanline %1</b><p>A workbench for generative pretraining from pixels.</p><p>Free software under the GNU General Public License, version 3 or later.</p><p>Workspace: %2</p>")
            .arg(QApplication::applicationVersion(), workspace_.toHtmlEscaped()));
  });
}

void MainWindow::makeToolBar() {
  bar_ = addToolBar(tr("Main"));
  bar_->setObjectName(QStringLiteral("main"));
  bar_->setMovable(false);
  bar_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  bar_->setIconSize({16, 16});
  bar_->addAction(newAction_);
  bar_->addSeparator();
  bar_->addAction(pauseAction_);
  bar_->addAction(resumeAction_);
  bar_->addAction(stopAction_);
  auto* space = new QWidget(bar_);
  space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar_->addWidget(space);
  strip_ = new StatusStrip(bar_);
  bar_->addWidget(strip_);
  tintIcons();
}

void MainWindow::updateActions() {
  const auto runs = table_->selection();
  const auto any = [&](auto fits) {
    return std::any_of(runs.begin(), runs.end(), [&](RunId id) {
      const auto* run = summary(id);
      return run && fits(*run);
    });
  };
  pauseAction_->setEnabled(any([](const RunSummary& run) { return run.state == RunState::Running; }));
  resumeAction_->setEnabled(any(text::canResume));
  stopAction_->setEnabled(any([](const RunSummary& run) {
    return (isActive(run.state) && run.state != RunState::Stopping) || run.state == RunState::Queued;
  }));
  const bool open = actions_.isOpen();
  newAction_->setEnabled(open);
  for (QAction* action : importActions_) action->setEnabled(open);
  setAcceptDrops(open);
  const RunSummary* one = runs.size() == 1 ? summary(runs.front()) : nullptr;
  for (QAction* action : nextActions_) action->setEnabled(one && text::canGoOn(*one));
  for (QAction* action : exportActions_) action->setEnabled(one != nullptr);
  completeAction_->setEnabled(one && text::canGoOn(*one));
  searchAction_->setEnabled(one && text::canSearch(*one));
  winnerAction_->setEnabled(one && text::hasWinner(*one));
  duplicateAction_->setEnabled(one != nullptr);
  compareAction_->setEnabled(runs.size() + table_->overlay().size() > 1);
  trashAction_->setEnabled(!runs.empty());
}

void MainWindow::tintIcons() {
  const Theme theme(palette());
  newAction_->setIcon(themedIcon(QStringLiteral("add"), theme.accent));
  pauseAction_->setIcon(themedIcon(QStringLiteral("pause"), theme.text));
  resumeAction_->setIcon(themedIcon(QStringLiteral("resume"), theme.text));
  stopAction_->setIcon(themedIcon(QStringLiteral("stop"), theme.text));
  duplicateAction_->setIcon(themedIcon(QStringLiteral("duplicate"), theme.text));
  compareAction_->setIcon(themedIcon(QStringLiteral("compare"), theme.text));
  trashAction_->setIcon(themedIcon(QStringLiteral("trash"), theme.text));
}

void MainWindow::setThemeChoice(ThemeChoice choice) {
  settings_.setTheme(choice);
  applyTheme(*qApp, choice);
}

/// The page of the part that has the focus, or else of the page in the centre.
QString MainWindow::helpPage() const {
  const QWidget* focus = QApplication::focusWidget();
  if (focus && queue_->isAncestorOf(focus)) return QStringLiteral("queue");
  if (centre_->currentWidget() == newRun_) return QStringLiteral("specs");
  if (centre_->currentWidget() != tabs_) return QStringLiteral("getting-started");
  static const std::array kPages{"curves", "probe", "completions", "data", "getting-started", "results"};
  const auto tab = static_cast<size_t>(tabs_->currentIndex());
  return QString::fromLatin1(tab < kPages.size() ? kPages[tab] : "getting-started");
}

}  // namespace scanline
