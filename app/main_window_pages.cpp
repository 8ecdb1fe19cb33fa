// Which page and which runs the main window shows.
#include <QDockWidget>
#include <QStackedWidget>
#include <QTabWidget>
#include <algorithm>

#include "app/importer.h"
#include "app/main_window.h"
#include "app/run_pages.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/opening_state.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/status_strip.h"

namespace scanline {

namespace {

constexpr int kFormBesideTable = 1260, kPagesBesideInspector = 1100;  // windows as wide have room for both

}  // namespace

/// Side columns wide enough for two lines a run and for the inspector's values, a queue of a few rows.
void MainWindow::arrangeDocks() {
  resizeDocks({docks_[0], docks_[2]}, {300, 360}, Qt::Horizontal);
  resizeDocks({docks_[0], docks_[1]}, {600, 200}, Qt::Vertical);
}

/// Nothing to list before the first run; the form needs the room of the inspector, which speaks of another run; and in
/// a narrow window the pages need it, unless the person asks for the inspector.
void MainWindow::showCentre(QWidget* page) {
  centre_->setCurrentWidget(page);
  // Until the runs are known the docks stay as they were at the last exit; at the very first start there are none.
  if (page == opening_ && !settings_.docks().isEmpty()) return;
  const auto hide = [](QDockWidget* dock, bool hidden) {
    if (hidden == dock->isHidden() || (!hidden && !dock->property(kHiddenForPage).toBool())) return false;
    dock->setProperty(kHiddenForPage, hidden);
    dock->setHidden(hidden);
    return true;
  };
  const bool alone = page == empty_ || page == opening_ || (page == newRun_ && width() < kFormBesideTable);
  bool changed = hide(docks_[0], alone);
  changed = hide(docks_[1], alone) || changed;
  changed = hide(docks_[2], page != tabs_ || (width() < kPagesBesideInspector && !inspectorWanted_)) || changed;
  if (changed && page == tabs_ && settings_.docks().isEmpty()) arrangeDocks();  // they had no size of their own yet
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  if (!docks_.empty() && centre_->currentWidget() != empty_) showCentre(centre_->currentWidget());
}

void MainWindow::showForm() {
  newRun_->setThroughput(settings_.throughput());
  showCentre(newRun_);
  newRun_->setFocus();
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

}  // namespace scanline
