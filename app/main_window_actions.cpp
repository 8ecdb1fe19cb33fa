// Menus and tool bar of the main window.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QContextMenuEvent>
#include <QDockWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolBar>

#include "app/folder_dialog.h"
#include "app/help_window.h"
#include "app/importer.h"
#include "app/live_runs.h"
#include "app/main_window.h"
#include "app/mirror_refresh.h"
#include "app/page_export.h"
#include "app/run_pages.h"
#include "app/run_starter.h"
#include "app/window_tools.h"
#include "core/spec/presets.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/dock_title.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/status_strip.h"

namespace scanline {

void MainWindow::makeTools() {
  tools_ = new WindowTools(*this, settings_, reader_);
  tools_->setRunOpener([this](RunId run) {
    showCentre(tabs_);
    table_->select({run});
  });
  tools_->setTour([this]() -> std::vector<TourStep> {
    return {
        {docks_[0], tr("Your runs"),
         tr("Choosing a run shows it; ticking it lays it over the others. The box above them finds runs by words, or by settings and results: lr < 1e-3.")},
        {docks_[1], tr("The queue"), tr("Runs wait here and start one after the other. Drag them, or hold the queue.")},
        {tabs_, tr("The pages of a run"),
         tr("Its curves, probes of each layer, completions, data, results and comparisons: Ctrl+1 to Ctrl+9. In the Studio you ask its model.")},
        {docks_[2], tr("One run, closely"),
         tr("Settings, checkpoints, log, notes. From a checkpoint start a probe, a fine-tuning or a fork.")},
        {strip_, tr("The run that trains"),
         tr("Its progress and its end; its buttons are beside it. Ctrl+K finds every act, page and run; F1 helps.")}};
  });
  connect(tools_, &WindowTools::themeChanged, this, &MainWindow::setThemeChoice);
  connect(tools_, &WindowTools::lanesChanged, this, [this](int lanes) { actions_.setLanes(lanes); });
  connect(tools_, &WindowTools::layoutReset, this, [this] {
    settings_.clearLayout();
    for (QDockWidget* dock : docks_) {
      dock->setFloating(false);
      dock->show();
    }
    addDockWidget(Qt::LeftDockWidgetArea, docks_[0]);
    addDockWidget(Qt::LeftDockWidgetArea, docks_[1]);
    addDockWidget(Qt::RightDockWidgetArea, docks_[2]);
    arrangeDocks();
  });
  for (QDockWidget* dock : docks_) new DockTitle(dock);
}

void MainWindow::makeMenus() {
  makeTools();
  makeFileMenu();
  makeEditMenu();
  makeRunMenu();
  makeViewMenu();
  makeHelpMenu();
}

void MainWindow::makeFileMenu() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  newAction_ = file->addAction(tr("&New run…"), QKeySequence::New, this, [this] {
    RunSpec spec = presets().front().spec;
    if (settings_.threads() > 0) spec.threads = settings_.threads();
    starter_->open(spec, QString::fromUtf8(presets().front().title.data()));
  });
  newAction_->setIconText(tr("New run"));
  file->addAction(tr("Open &workspace…"), QKeySequence::Open, this, &MainWindow::askForWorkspace);
  QMenu* recent = file->addMenu(tr("Open &recent"));
  connect(file, &QMenu::aboutToShow, this, [this, recent] { fillRecent(*recent); });
  file->addSeparator();
  importActions_ = {
      file->addAction(tr("&Import files…"), QKeySequence(Qt::CTRL | Qt::Key_I), importer_, &Importer::askForFiles),
      file->addAction(tr("Import a &folder…"), importer_, &Importer::askForFolder)};
  live_->addToMenu(*file);
  mirror_->addToMenu(*file);
  file->addSeparator();
  file->addAction(tr("&Export the chart…"), QKeySequence(Qt::CTRL | Qt::Key_E), this, &MainWindow::exportChart);
  file->addAction(tr("Export the &page…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E), this,
                  &MainWindow::exportPage);
  file->addAction(tr("Export a &report…"), this, &MainWindow::exportReport);
  file->addAction(tr("Export a &film of the pictures…"), this, &MainWindow::exportFilm);
  file->addSeparator();
  file->addAction(tr("Ask in &SQL…"), this, &MainWindow::askInSql);
  file->addAction(tr("&Disk space…"), this, &MainWindow::showDiskSpace);
  file->addAction(tr("Empty the &trash…"), this, &MainWindow::askToEmptyTrash);
  file->addSeparator();
  file->addAction(tr("&Close"), QKeySequence(Qt::CTRL | Qt::Key_W), this, &QWidget::close);
  file->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);
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
  redoAction_ =
      edit->addAction(tr("Redo"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), edits_, [this] { edits_->redo(); });
  updateEdits();
  edit->addSeparator();
  edit->addAction(tr("&Find runs"), QKeySequence::Find, this, [this] { table_->focusFilter(); });
  tools_->addToEdit(*edit);
}

void MainWindow::updateEdits() {
  const QString undo = edits_->undoText(), redo = edits_->redoText();
  undoAction_->setEnabled(!undo.isEmpty());
  undoAction_->setText(undo.isEmpty() ? tr("Undo") : tr("Undo: %1").arg(undo));
  redoAction_->setEnabled(!redo.isEmpty());
  redoAction_->setText(redo.isEmpty() ? tr("Redo") : tr("Redo: %1").arg(redo));
}

void MainWindow::makeViewMenu() {
  QMenu* view = menuBar()->addMenu(tr("&View"));
  for (int i = 0; i < tabs_->count(); ++i)
    view->addAction(tabs_->tabText(i), QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)), this, [this, i] {
      if (anyRun()) showCentre(tabs_);
      tabs_->setCurrentIndex(i);
    });
  view->addSeparator();
  for (QDockWidget* dock : docks_) view->addAction(dock->toggleViewAction());
  connect(docks_[2]->toggleViewAction(), &QAction::triggered, this, [this](bool shown) { inspectorWanted_ = shown; });
  trashShownAction_ =
      view->addAction(tr("Show the &trash"), this, [this](bool shown) { table_->setTrashShown(shown); });
  trashShownAction_->setCheckable(true);
  view->addSeparator();
  tools_->addToView(*view);
  view->addSeparator();
  QMenu* theme = view->addMenu(tr("Theme"));
  auto* group = new QActionGroup(this);
  for (const auto& [choice, name] :
       {std::pair{ThemeChoice::System, tr("As the desktop")}, std::pair{ThemeChoice::Light, tr("Light")},
        std::pair{ThemeChoice::Dark, tr("Dark")}}) {
    auto* action = theme->addAction(name, this, [this, choice = choice] { setThemeChoice(choice); });
    action->setCheckable(true);
    action->setData(static_cast<int>(choice));
    group->addAction(action);
  }
  // The preferences set it, too.
  connect(theme, &QMenu::aboutToShow, this, [this, group] {
    for (QAction* action : group->actions()) action->setChecked(action->data().toInt() == int(settings_.theme()));
  });
}

void MainWindow::makeHelpMenu() {
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&Help"), QKeySequence::HelpContents, this, [this] {
    if (!help_) help_ = new HelpWindow(this);
    help_->open(helpPage());
  });
  tools_->addToHelp(*help);
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
  auto* space = new QWidget(bar_);
  space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar_->addWidget(space);
  strip_ = new StatusStrip(bar_);
  bar_->addWidget(strip_);
  barPause_ = bar_->addAction(tr("Pause"), this, [this] {
    if (!strip_->run()) return;
    const RunSummary run = *strip_->run();
    run.state == RunState::Paused ? actions_.resume({run.id}) : actions_.pause(run.id);
  });
  barStop_ = bar_->addAction(tr("Stop"), this, [this] {
    if (strip_->run()) stop({strip_->run()->id});
  });
  for (QAction* action : {newAction_, barPause_, barStop_})
    bar_->widgetForAction(action)->setFocusPolicy(Qt::TabFocus);  // tool bars take it from their buttons
  tools_->setPanes({docks_[0], docks_[1], centre_, docks_[2], bar_});
  tintIcons();
}

void MainWindow::tintIcons() {
  const Theme theme(palette());
  newAction_->setIcon(themedIcon(QStringLiteral("add"), theme.accent));
  pauseAction_->setIcon(themedIcon(QStringLiteral("pause"), theme.text));
  resumeAction_->setIcon(themedIcon(QStringLiteral("resume"), theme.text));
  for (QAction* action : {stopAction_, barStop_}) action->setIcon(themedIcon(QStringLiteral("stop"), theme.text));
  duplicateAction_->setIcon(themedIcon(QStringLiteral("duplicate"), theme.text));
  compareAction_->setIcon(themedIcon(QStringLiteral("compare"), theme.text));
  trashAction_->setIcon(themedIcon(QStringLiteral("trash"), theme.text));
  updateBar();
}

/// The menu of the chart that has the keyboard, or else of the first one on the page, with all forms of its figure.
void MainWindow::exportChart() {
  const auto isChart = [](const QWidget* widget) {
    return widget->isVisible() &&
           (widget->inherits("scanline::Chart") || widget->inherits("scanline::PointChart") ||
            widget->inherits("scanline::HeatMap") || widget->inherits("scanline::ParallelChart"));
  };
  QWidget* chart = nullptr;
  for (QWidget* widget = QApplication::focusWidget(); widget && !chart; widget = widget->parentWidget())
    if (isChart(widget)) chart = widget;
  if (!chart)
    for (QWidget* widget : tabs_->currentWidget()->findChildren<QWidget*>())
      if (!chart && isChart(widget)) chart = widget;
  if (!chart)
    return static_cast<void>(messages_->show({Message::Level::Info, tr("There is no chart on this page."), {}, {}}));
  const QPoint centre = chart->rect().center();
  QContextMenuEvent menu(QContextMenuEvent::Keyboard, centre, chart->mapToGlobal(centre));
  QApplication::sendEvent(chart, &menu);
}

void MainWindow::exportPage() {
  askWhereToSave(
      this,
      {tr("Export the page"), tabs_->tabText(tabs_->currentIndex()).toLower(), tr("PDF (*.pdf);;PNG (*.png)"),
       QStringLiteral("pdf")},
      [this, page = tabs_->currentWidget()](const QString& file) {
        if (savePage(*page, file))
          messages_->show({Message::Level::Success, tr("Saved %1.").arg(file), {}, {}});
        else
          complain(tr("%1 cannot be written. Choose another folder, and a name that ends in .pdf or .png.").arg(file));
      });
}

void MainWindow::setThemeChoice(ThemeChoice choice) {
  settings_.setTheme(choice);
  applyTheme(*qApp, choice);
  tools_->showTheme();
}

/// The page of the part that has the focus, or else of the page in the centre.
QString MainWindow::helpPage() const {
  const QWidget* focus = QApplication::focusWidget();
  if (focus && queue_->isAncestorOf(focus)) return QStringLiteral("queue");
  if (centre_->currentWidget() == newRun_) return QStringLiteral("specs");
  if (centre_->currentWidget() != tabs_) return QStringLiteral("getting-started");
  static const std::array kPages{"curves", "probe",   "completions", "studio", "features",
                                 "data",   "results", "results",     "charts"};
  const auto tab = static_cast<size_t>(tabs_->currentIndex());
  return QString::fromLatin1(tab < kPages.size() ? kPages[tab] : "getting-started");
}

}  // namespace scanline
