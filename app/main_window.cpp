#include "app/main_window.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDesktopServices>
#include <QDockWidget>
#include <QFileDialog>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QProcess>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyle>
#include <QTabWidget>
#include <QToolBar>
#include <QUndoStack>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "app/edit.h"
#include "app/help_window.h"
#include "app/run_starter.h"
#include "app/run_views.h"
#include "core/data/dataset.h"
#include "core/spec/presets.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/empty_state.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/message_bar.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/lists/run_text.h"
#include "widgets/lists/status_strip.h"
#include "widgets/number_text.h"

namespace scanline {

namespace {

QString joined(const std::vector<const RunSummary*>& runs) {
  QStringList names;
  for (const auto* run : runs.size() > 3 ? std::vector(runs.begin(), runs.begin() + 3) : runs)
    names << QStringLiteral("“%1”").arg(QString::fromStdString(run->name));
  QString text = names.join(QStringLiteral(", "));
  if (runs.size() > 3) text += MainWindow::tr(" and %n more", nullptr, static_cast<int>(runs.size()) - 3);
  return text;
}

}  // namespace

MainWindow::MainWindow(const QString& workspace, Settings& settings, std::function<std::shared_ptr<Engine>()> engine)
    : workspace_(workspace),
      settings_(settings),
      reader_(workspace.toStdString(), StoreMode::ReadOnly),
      slowReader_(workspace.toStdString(), StoreMode::ReadOnly),
      actions_(workspace.toStdString(), std::move(engine), nullptr),
      feed_(new RunFeed(reader_, this)),
      undo_(new QUndoStack(this)) {
  setWindowTitle(tr("Scanline"));
  setMinimumSize(900, 560);
  messages_ = new MessageBar(this);
  makeCentre();
  makeDocks();
  makeMenus();
  makeToolBar();
  connectLists();
  connectViews();
  restoreLayout();
}

MainWindow::~MainWindow() = default;

void MainWindow::makeCentre() {
  tabs_ = new QTabWidget(this);
  tabs_->setDocumentMode(true);
  views_ = new RunViews(slowReader_, settings_, this);
  for (const auto& [widget, title] : views_->pages()) tabs_->addTab(widget, title);
  empty_ = new EmptyState(this);
  newRun_ = new NewRunPage(this);
  newRun_->setDatasets(datasetRegistry());
  starter_ = new RunStarter(*newRun_, reader_, actions_, this);
  centre_ = new QStackedWidget(this);
  centre_->addWidget(empty_);
  centre_->addWidget(tabs_);
  centre_->addWidget(newRun_);
  auto* frame = new QWidget(this);
  auto* column = new QVBoxLayout(frame);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(centre_, 1);
  column->addWidget(messages_);
  setCentralWidget(frame);
}

void MainWindow::makeDocks() {
  setDockOptions(AnimatedDocks | AllowNestedDocks);
  const auto dock = [this](const char* name, const QString& title, QWidget* content, Qt::DockWidgetArea area) {
    auto* widget = new QDockWidget(title, this);
    widget->setObjectName(QString::fromLatin1(name));  // saved layouts know docks by it
    widget->setWidget(content);
    addDockWidget(area, widget);
    return widget;
  };
  table_ = new RunTable(this);
  table_->setMinimumWidth(240);
  table_->setCompact(settings_.compactTable());
  queue_ = new QueuePanel(this);
  auto* runs = dock("runs", tr("Runs"), table_, Qt::LeftDockWidgetArea);
  auto* queue = dock("queue", tr("Queue"), queue_, Qt::LeftDockWidgetArea);
  auto* inspector = dock("inspector", tr("Inspector"), views_->inspector(), Qt::RightDockWidgetArea);
  views_->inspector()->setMinimumWidth(300);
  docks_ = {runs, queue, inspector};
}

/// Side columns wide enough for two lines a run and for the inspector's values, a queue of a few rows.
void MainWindow::arrangeDocks() {
  resizeDocks({docks_[0], docks_[2]}, {300, 360}, Qt::Horizontal);
  resizeDocks({docks_[0], docks_[1]}, {600, 200}, Qt::Vertical);
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

void MainWindow::connectLists() {
  connect(empty_, &EmptyState::quickStartRequested, starter_, [this] { starter_->startAlone(preset("quick-start").spec); });
  connect(empty_, &EmptyState::newRunRequested, newAction_, &QAction::trigger);
  connect(empty_, &EmptyState::openWorkspaceRequested, this, &MainWindow::openWorkspace);
  connect(strip_, &StatusStrip::runActivated, this, [this](RunId run) { table_->select({run}); });

  connect(table_, &RunTable::selectionChanged, this, &MainWindow::selectionChanged);
  connect(table_, &RunTable::overlayChanged, this, &MainWindow::selectionChanged);
  connect(table_, &RunTable::compactChanged, this, [this](bool compact) { settings_.setCompactTable(compact); });
  connect(table_, &RunTable::renameRequested, this, &MainWindow::rename);
  connect(table_, &RunTable::duplicateRequested, starter_, &RunStarter::duplicate);
  connect(table_, &RunTable::nextRequested, starter_, [this](RunId run, RunKind kind) { starter_->goOn(run, -1, kind); });
  connect(table_, &RunTable::forkRequested, starter_, [this](RunId run) { starter_->fork(run, -1); });
  connect(table_, &RunTable::searchRequested, starter_, &RunStarter::search);
  connect(table_, &RunTable::winnerRequested, starter_, &RunStarter::startWinner);
  connect(table_, &RunTable::resumeRequested, &actions_, &RunActions::resume);
  connect(table_, &RunTable::pauseRequested, this, [this](const auto& runs) { for (const RunId run : runs) actions_.pause(run); });
  connect(table_, &RunTable::stopRequested, this, [this](const auto& runs) { for (const RunId run : runs) actions_.stop(run); });
  connect(table_, &RunTable::trashRequested, this, &MainWindow::trash);
  connect(table_, &RunTable::restoreRequested, this, [this](const auto& runs) { actions_.setTrashed(runs, false); });
  connect(table_, &RunTable::purgeRequested, this, &MainWindow::purge);
  connect(table_, &RunTable::compareRequested, this, &MainWindow::compare);
  connect(table_, &RunTable::openFolderRequested, this, &MainWindow::openFolder);

  connect(queue_, &QueuePanel::pauseRequested, &actions_, &RunActions::pause);
  connect(queue_, &QueuePanel::resumeRequested, this, [this](RunId run) { actions_.resume({run}); });
  connect(queue_, &QueuePanel::stopRequested, &actions_, &RunActions::stop);
  connect(queue_, &QueuePanel::moveRequested, &actions_, &RunActions::moveJob);
  connect(queue_, &QueuePanel::holdChanged, this, [this](bool held) { actions_.pool().setQueueHeld(held); });
  connect(queue_, &QueuePanel::runActivated, this, [this](RunId run) { table_->select({run}); });
}

void MainWindow::connectViews() {
  connect(&actions_.notifier(), &UiNotifier::notified, feed_, &RunFeed::refresh);
  connect(feed_, &RunFeed::runsChanged, this, &MainWindow::showRuns);
  connect(feed_, &RunFeed::runUpdated, views_, &RunViews::take);
  connect(feed_, &RunFeed::failed, this, &MainWindow::complain);
  connect(&actions_, &RunActions::failed, this, &MainWindow::complain);
  connect(views_, &RunViews::failed, this, &MainWindow::complain);
  connect(&actions_, &RunActions::started, this, [this](RunId run) { wanted_ = run; });
  connect(&actions_, &RunActions::stopped, this, [this] { if (leaving_) close(); });

  connect(newRun_, &NewRunPage::cancelled, this, [this] { showCentre(anyRun() ? static_cast<QWidget*>(tabs_) : empty_); });
  connect(starter_, &RunStarter::opened, this, &MainWindow::showForm);
  connect(starter_, &RunStarter::failed, this, &MainWindow::complain);
  connect(starter_, &RunStarter::started, this, [this](const QString& sentence) {
    showCentre(tabs_);
    messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(views_, &RunViews::noteChanged, this, &MainWindow::setNote);
  connect(views_, &RunViews::tagsChanged, &actions_, &RunActions::setTags);
  connect(views_, &RunViews::runRequested, this, [this](RunId run) { table_->select({run}); });
  connect(views_, &RunViews::forkRequested, starter_, &RunStarter::fork);
  const auto* inspector = static_cast<const Inspector*>(views_->inspector());
  connect(inspector, &Inspector::nextRequested, starter_, [this](RunId run, qint64 step, RunKind kind) { starter_->goOn(run, step, kind); });
  connect(inspector, &Inspector::winnerRequested, starter_, &RunStarter::startWinner);
}

void MainWindow::showRuns(const std::vector<RunSummary>& runs, const std::vector<Job>& jobs) {
  table_->setRuns(runs);
  const bool any = anyRun();
  if (centre_->currentWidget() != newRun_) showCentre(any ? static_cast<QWidget*>(tabs_) : empty_);
  std::vector<QueueEntry> entries;
  for (const Job& job : jobs)
    if (const RunSummary* run = summary(job.run)) entries.push_back({job, *run});
  queue_->setEntries(entries);
  showStatus(runs, entries);
  if (wanted_.value != 0 && summary(wanted_)) {
    const RunId run = std::exchange(wanted_, {});
    table_->select({run});
  } else if (table_->selection().empty() && any && !chosenOnce_) {
    const auto newest = std::find_if(runs.begin(), runs.end(), [](const RunSummary& run) { return !run.trashed; });
    table_->select({newest->id});
  }
  chosenOnce_ = chosenOnce_ || any;
  updateActions();
  views_->setSummaries(runs);
  if (!std::exchange(offered_, true)) offerToGoOn(runs);
}

void MainWindow::showStatus(const std::vector<RunSummary>& runs, const std::vector<QueueEntry>& entries) {
  StatusValues values = views_->machine();
  const auto active = std::find_if(runs.begin(), runs.end(), [](const RunSummary& run) {
    return run.state == RunState::Running || run.state == RunState::Preparing || run.state == RunState::Paused ||
           run.state == RunState::Stopping;
  });
  // Of a search and its trial the trial says more.
  for (const RunSummary& run : runs)
    if (active != runs.end() && (run.id == active->id || (run.parent == active->id && text::isActive(run.state)))) values.run = run;
  values.waiting = static_cast<int>(std::count_if(entries.begin(), entries.end(), [](const QueueEntry& entry) {
    return entry.job.state == JobState::Waiting;
  }));
  strip_->set(values);
}

/// Runs cut off by a crash, and those that this window stopped when it was closed, are named once with one button.
void MainWindow::offerToGoOn(const std::vector<RunSummary>& runs) {
  const QStringList closedWith = settings_.stoppedAtExit();
  settings_.setStoppedAtExit({});
  std::vector<const RunSummary*> cut;
  for (const RunSummary& run : runs) {
    const bool stopped = run.state == RunState::Stopped && closedWith.contains(QString::fromStdString(run.uuid));
    if (!run.trashed && (run.state == RunState::Interrupted || stopped)) cut.push_back(&run);
  }
  if (cut.empty()) return;
  std::erase_if(cut, [cut](const RunSummary* run) {  // a trial goes on with its search
    return std::any_of(cut.begin(), cut.end(), [&](const RunSummary* other) { return run->parent == other->id; });
  });
  std::vector<RunId> ids;
  for (const auto* run : cut) ids.push_back(run->id);
  messages_->show({Message::Level::Warning,
                   cut.size() == 1 ? tr("%1 did not end. It can go on from its last checkpoint.").arg(joined(cut))
                                   : tr("%1 did not end. They can go on from their last checkpoints.").arg(joined(cut)),
                   tr("Resume"), [this, ids] { actions_.resume(ids); }});
}

void MainWindow::selectionChanged() {
  std::vector<RunId> shown = table_->selection();
  const size_t selected = shown.size();
  for (const RunId run : table_->overlay())
    if (std::find(shown.begin(), shown.end(), run) == shown.end()) shown.push_back(run);
  constexpr size_t kMostShown = 24;
  if (shown.size() > kMostShown) {
    messages_->show({Message::Level::Info, tr("%1 runs are chosen; the first %2 are drawn.").arg(shown.size()).arg(kMostShown), {}, {}});
    shown.resize(kMostShown);
  }
  views_->setShown(shown, selected > 0 ? table_->current() : shown.empty() ? RunId{} : shown.front(), feed_->runs());
  feed_->setShown(shown);
  if (selected > 0 && centre_->currentWidget() == newRun_ && table_->hasFocus()) showCentre(tabs_);
  updateActions();
}

void MainWindow::updateActions() {
  const auto runs = table_->selection();
  const auto any = [&](auto fits) {
    return std::any_of(runs.begin(), runs.end(), [&](RunId id) { const auto* run = summary(id); return run && fits(*run); });
  };
  pauseAction_->setEnabled(any([](const RunSummary& run) { return run.state == RunState::Running; }));
  resumeAction_->setEnabled(any([](const RunSummary& run) { return run.state == RunState::Paused || (run.resumable && run.step < run.steps); }));
  stopAction_->setEnabled(any([](const RunSummary& run) {
    return run.state == RunState::Running || run.state == RunState::Paused || run.state == RunState::Preparing ||
           run.state == RunState::Queued;
  }));
  const RunSummary* one = runs.size() == 1 ? summary(runs.front()) : nullptr;
  for (QAction* action : nextActions_) action->setEnabled(one && text::canGoOn(*one));
  searchAction_->setEnabled(one && text::canSearch(*one));
  winnerAction_->setEnabled(one && text::hasWinner(*one));
  duplicateAction_->setEnabled(one != nullptr);
  compareAction_->setEnabled(runs.size() + table_->overlay().size() > 1);
  trashAction_->setEnabled(!runs.empty());
}

void MainWindow::showForm() {
  newRun_->setThroughput(settings_.throughput());
  showCentre(newRun_);
  newRun_->setFocus();
}

void MainWindow::rename(RunId run, const QString& name) {
  const RunSummary* known = summary(run);
  if (!known) return;
  const QString before = QString::fromStdString(known->name);
  undo_->push(new Edit(tr("Rename to “%1”").arg(name), [this, run, name] { actions_.rename(run, name); },
                       [this, run, before] { actions_.rename(run, before); }));
}

void MainWindow::setNote(RunId run, const QString& note) {
  const RunSummary* known = summary(run);
  if (!known) return;
  const QString before = QString::fromStdString(known->note);
  undo_->push(new Edit(tr("Note"), [this, run, note] { actions_.setNote(run, note); },
                       [this, run, before] { actions_.setNote(run, before); }));
}

void MainWindow::trash(const std::vector<RunId>& runs) {
  if (runs.empty()) return;
  undo_->push(new Edit(tr("Move %n run(s) to the trash", nullptr, static_cast<int>(runs.size())),
                       [this, runs] { actions_.setTrashed(runs, true); }, [this, runs] { actions_.setTrashed(runs, false); }));
  std::vector<const RunSummary*> named;
  for (const RunId run : runs)
    if (const auto* known = summary(run)) named.push_back(known);
  messages_->show({Message::Level::Info, tr("Moved to the trash: %1.").arg(joined(named)), tr("Undo"), [this] { undo_->undo(); }});
}

void MainWindow::purge(const std::vector<RunId>& runs) {
  QMessageBox box(QMessageBox::Warning, tr("Delete for good"),
                  tr("Delete %n run(s) with all checkpoints? This cannot be undone.", nullptr, static_cast<int>(runs.size())),
                  QMessageBox::Cancel, this);
  const auto* purge = box.addButton(tr("Delete for good"), QMessageBox::DestructiveRole);
  box.exec();
  if (box.clickedButton() == purge) actions_.purge(runs);
}

void MainWindow::compare(const std::vector<RunId>& runs) {
  std::vector<RunId> both = runs;
  for (const RunId run : table_->overlay())
    if (std::find(both.begin(), both.end(), run) == both.end()) both.push_back(run);
  table_->setOverlay(both);
  showCentre(tabs_);
  tabs_->setCurrentWidget(views_->comparePage());
}

void MainWindow::openFolder(RunId run) {
  reader_.post(
      this, [run](RunStore& store) { return store.folder(run).string(); },
      [](const std::string& folder) { QDesktopServices::openUrl(QUrl::fromLocalFile(QString::fromStdString(folder))); },
      [this](const QString& sentence) { complain(sentence); });
}

void MainWindow::openWorkspace() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Open another workspace"), workspace_);
  // A window of its own: this one may have runs going on.
  if (!folder.isEmpty())
    QProcess::startDetached(QCoreApplication::applicationFilePath(), {QStringLiteral("--workspace"), folder});
}

void MainWindow::showCentre(QWidget* page) {
  centre_->setCurrentWidget(page);
  // Nothing to list before the first run; and the form needs the room of the inspector, which speaks of another run.
  const auto hide = [](QDockWidget* dock, bool hidden) {
    constexpr auto kMark = "hiddenForPage";  // what the person hid stays hidden
    if (hidden == dock->isHidden() || (!hidden && !dock->property(kMark).toBool())) return false;
    dock->setProperty(kMark, hidden);
    dock->setHidden(hidden);
    return true;
  };
  bool changed = hide(docks_[0], page == empty_);
  changed = hide(docks_[1], page == empty_) || changed;
  changed = hide(docks_[2], page != tabs_) || changed;
  if (changed && page == tabs_ && settings_.docks().isEmpty()) arrangeDocks();  // they had no size of their own yet
}

bool MainWindow::anyRun() const {
  const auto& runs = feed_->runs();
  return std::any_of(runs.begin(), runs.end(), [](const RunSummary& run) { return !run.trashed; });
}

void MainWindow::complain(const QString& sentence) { messages_->show({Message::Level::Error, sentence, {}, {}}); }

const RunSummary* MainWindow::summary(RunId run) const {
  const auto& runs = feed_->runs();
  const auto place = std::find_if(runs.begin(), runs.end(), [run](const RunSummary& r) { return r.id == run; });
  return place == runs.end() ? nullptr : &*place;
}

void MainWindow::restoreLayout() {
  resize(1440, 900);
  if (!settings_.geometry().isEmpty()) restoreGeometry(settings_.geometry());
  if (settings_.docks().isEmpty() || !restoreState(settings_.docks(), kLayoutVersion)) arrangeDocks();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!leaving_ && actions_.busy()) {
    QMessageBox box(QMessageBox::Question, tr("Leave Scanline"),
                    tr("Runs are going on. They will write a checkpoint and stop; the next start offers to go on."),
                    QMessageBox::Cancel, this);
    auto* leave = box.addButton(tr("Stop and leave"), QMessageBox::AcceptRole);
    box.setDefaultButton(leave);
    box.exec();
    event->ignore();
    if (box.clickedButton() != leave) return;
    leaving_ = true;
    QStringList uuids;
    for (const RunId run : actions_.pool().running())
      if (const auto* known = summary(run)) uuids << QString::fromStdString(known->uuid);
    settings_.setStoppedAtExit(uuids);
    setEnabled(false);
    setWindowTitle(tr("Scanline: writing checkpoints…"));
    actions_.stopAll();
    return;
  }
  if (leaving_ && actions_.busy()) return event->ignore();
  settings_.setLayout(saveGeometry(), saveState(kLayoutVersion));
  event->accept();
}

bool MainWindow::event(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && bar_) tintIcons();
  return QMainWindow::event(event);
}

}  // namespace scanline
