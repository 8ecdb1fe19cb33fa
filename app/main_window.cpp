#include "app/main_window.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDropEvent>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyle>
#include <QTabWidget>
#include <QToolBar>
#include <QUndoStack>
#include <QVBoxLayout>
#include <algorithm>

#include "app/help_window.h"
#include "app/importer.h"
#include "app/picture_completer.h"
#include "app/run_pages.h"
#include "app/run_starter.h"
#include "core/data/dataset.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/status_strip.h"

namespace scanline {

namespace {

constexpr auto kHiddenForPage = "hiddenForPage";  // marks a dock that the window hid; what the person hid stays hidden
/// Asks for the room of the page that it shows, not of the widest that it has.
class PageStack : public QStackedWidget {
 public:
  using QStackedWidget::QStackedWidget;
  QSize minimumSizeHint() const override { return currentWidget() ? currentWidget()->minimumSizeHint() : QSize(); }
};

constexpr int kFormBesideTable = 1260, kPagesBesideInspector = 1100;  // windows as wide have room for both

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
  setAcceptDrops(true);
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
  views_ = new RunPages(slowReader_, settings_, this);
  for (const auto& [widget, title] : views_->pages()) tabs_->addTab(widget, title);
  empty_ = new EmptyState(this);
  newRun_ = new NewRunPage(this);
  newRun_->setDatasets(datasetRegistry());
  starter_ = new RunStarter(*newRun_, reader_, actions_, this);
  importer_ = new Importer(workspace_, this);
  completer_ = new PictureCompleter(reader_, actions_.pool(), this);
  centre_ = new PageStack(this);
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
    const auto newest = std::find_if(runs.rbegin(), runs.rend(), [](const RunSummary& run) { return !run.trashed; });
    table_->select({newest->id});
  }
  chosenOnce_ = chosenOnce_ || any;
  updateActions();
  views_->setSummaries(runs);
  if (!std::exchange(offered_, true)) offerToGoOn(runs);
}

void MainWindow::showStatus(const std::vector<RunSummary>& runs, const std::vector<QueueEntry>& entries) {
  StatusValues values = views_->machine();
  const auto active = std::find_if(runs.begin(), runs.end(), [](const RunSummary& run) { return isActive(run.state); });
  // Of a search and its trial the trial says more.
  for (const RunSummary& run : runs)
    if (active != runs.end() && (run.id == active->id || (run.parent == active->id && isActive(run.state))))
      values.run = run;
  values.waiting = static_cast<int>(std::count_if(
      entries.begin(), entries.end(), [](const QueueEntry& entry) { return entry.job.state == JobState::Waiting; }));
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
                   cut.size() == 1
                       ? tr("%1 did not end. It can go on from its last checkpoint.").arg(text::names(cut))
                       : tr("%1 did not end. They can go on from their last checkpoints.").arg(text::names(cut)),
                   tr("Resume"), [this, ids] { actions_.resume(ids); }});
}

void MainWindow::selectionChanged() {
  std::vector<RunId> shown = table_->selection();
  const size_t selected = shown.size();
  for (const RunId run : table_->overlay())
    if (std::find(shown.begin(), shown.end(), run) == shown.end()) shown.push_back(run);
  constexpr size_t kMostShown = 24;
  if (shown.size() > kMostShown) {
    messages_->show({Message::Level::Info,
                     tr("%1 runs are chosen; the first %2 are drawn.").arg(shown.size()).arg(kMostShown),
                     {},
                     {}});
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

void MainWindow::showForm() {
  newRun_->setThroughput(settings_.throughput());
  showCentre(newRun_);
  newRun_->setFocus();
}

/// Nothing to list before the first run; the form needs the room of the inspector, which speaks of another run; and in
/// a narrow window the pages need it, unless the person asks for the inspector.
void MainWindow::showCentre(QWidget* page) {
  centre_->setCurrentWidget(page);
  const auto hide = [](QDockWidget* dock, bool hidden) {
    if (hidden == dock->isHidden() || (!hidden && !dock->property(kHiddenForPage).toBool())) return false;
    dock->setProperty(kHiddenForPage, hidden);
    dock->setHidden(hidden);
    return true;
  };
  const bool alone = page == empty_ || (page == newRun_ && width() < kFormBesideTable);
  bool changed = hide(docks_[0], alone);
  changed = hide(docks_[1], alone) || changed;
  changed = hide(docks_[2], page != tabs_ || (width() < kPagesBesideInspector && !inspectorWanted_)) || changed;
  if (changed && page == tabs_ && settings_.docks().isEmpty()) arrangeDocks();  // they had no size of their own yet
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  if (!docks_.empty() && centre_->currentWidget() != empty_) showCentre(centre_->currentWidget());
}

bool MainWindow::anyRun() const {
  const auto& runs = feed_->runs();
  return std::any_of(runs.begin(), runs.end(), [](const RunSummary& run) { return !run.trashed; });
}

void MainWindow::complain(const QString& sentence) {
  messages_->show({Message::Level::Error, sentence, {}, {}});
}

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
  // What is hidden for the page or the window's width alone is there at the next start.
  for (QDockWidget* dock : docks_)
    if (dock->property(kHiddenForPage).toBool()) dock->show();
  settings_.setLayout(saveGeometry(), saveState(kLayoutVersion));
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!Importer::files(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  importer_->import(Importer::files(*event->mimeData()));
  event->acceptProposedAction();
}

/// One message that changes, and goes when there is nothing more to wait for.
void MainWindow::showBusy(const ImporterActivity& activity) {
  if (activity.sentence.isEmpty()) {
    messages_->dismiss(std::exchange(busyMessage_, 0));
  } else if (busyMessage_ == 0) {
    busyMessage_ =
        messages_->show({Message::Level::Info, activity.sentence, activity.mayBeCancelled ? tr("Cancel") : QString(),
                         [this] { importer_->cancel(); }, activity.share});
  } else {
    messages_->setProgress(busyMessage_, activity.sentence, activity.share);
  }
}

bool MainWindow::event(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && bar_) tintIcons();
  return QMainWindow::event(event);
}

}  // namespace scanline
