// Which page and which runs the main window shows.
#include <QDockWidget>
#include <QScopedValueRollback>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <algorithm>

#include "app/code_explorer.h"
#include "app/features_page.h"
#include "app/going_on.h"
#include "app/importer.h"
#include "app/live_runs.h"
#include "app/main_window.h"
#include "app/run_list_feed.h"
#include "app/run_pages.h"
#include "app/speed_log.h"
#include "app/studio_page.h"
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

/// Nothing to list before the first run; the form needs the room of the inspector, which shows another run; and in
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
  const int listWidth = docks_[0]->isHidden() ? 0 : docks_[0]->width();
  const bool alone = page == empty_ || page == opening_ || (page == newRun_ && width() < kFormBesideTable);
  bool changed = hide(docks_[0], alone);
  changed = hide(docks_[1], alone) || changed;
  changed = hide(docks_[2], page != tabs_ || (width() < kPagesBesideInspector && !inspectorWanted_)) || changed;
  if (changed && page == tabs_ && listWidth == 0 && settings_.docks().isEmpty())
    arrangeDocks();  // they had no size of their own yet
  else if (changed && listWidth > 0 && !docks_[0]->isHidden())
    QTimer::singleShot(0, this, [this, listWidth] {  // once the inspector's room is free: the list stays where it is
      resizeDocks({docks_[0]}, {listWidth}, Qt::Horizontal);
    });
}

/// A table gets room for its columns, up to a part of the window; two lines a run get the width that they had.
void MainWindow::widenList(bool compact) {
  if (!compact) compactWidth_ = docks_[0]->width();
  const int wide = std::min(table_->preferredWidth(), width() * 6 / 10);
  const int width = compact ? compactWidth_ : std::max(wide, docks_[0]->width());
  if (width > 0) resizeDocks({docks_[0]}, {width}, Qt::Horizontal);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  if (!docks_.empty() && centre_->currentWidget() != empty_) showCentre(centre_->currentWidget());
}

void MainWindow::showForm() {
  newRun_->setSpeeds(settings_.speeds(), SpeedLog::machine());
  newRun_->setOwnProcess(settings_.ownProcess());
  newRun_->offerCluster(live_->hasCluster());
  showCentre(newRun_);
  newRun_->setFocus();
}

void MainWindow::showNews(const WorkspaceNews& news) {
  {
    const QScopedValueRollback byNews(settingTicks_, true);  // of runs that are gone
    list_->take(news);
  }
  edits_->forget(news.gone);
  const bool any = anyRun();
  if (centre_->currentWidget() != newRun_) showCentre(any ? static_cast<QWidget*>(tabs_) : empty_);
  std::vector<QueueEntry> entries;
  for (const Job& job : news.jobs)
    if (const RunSummary* run = summary(job.run)) entries.push_back({job, *run});
  queue_->setEntries(entries);
  showStatus(news.active, entries);
  if (wanted_.value != 0 && summary(wanted_)) {
    const RunId run = std::exchange(wanted_, {});
    QWidget* page = views_->pageFor(summary(run)->kind);  // probes have no curves
    table_->select({run});
    if (page != nullptr) tabs_->setCurrentWidget(page);
  }
  updateActions();
  views_->setSummaries(shownSummaries());
  if (!std::exchange(offered_, true)) offerToGoOn();
}

/// At the start, once the list is there: ticks the runs ticked at the last exit, and chooses the newest run.
void MainWindow::showFirstRuns(RunId newest) {
  if (std::exchange(chosenOnce_, newest.value != 0 || chosenOnce_)) return;
  if (table_->overlay().empty()) setTicks(settings_.ticked(workspace_), {});
  if (table_->selection().empty() && newest.value != 0) table_->select({newest});
}

void MainWindow::showStatus(const std::vector<RunSummary>& active, const std::vector<QueueEntry>& entries) {
  goingOnAlone_.clear();
  for (const RunSummary& run : active)
    if (run.ownProcess && run.ownedElsewhere && isActive(run.state)) goingOnAlone_.push_back(run);
  StatusValues values = views_->machine();
  const auto first = std::ranges::find_if(active, [](const RunSummary& run) { return isActive(run.state); });
  // Of a search and its trial the trial says more.
  for (const RunSummary& run : active)
    if (first != active.end() && (run.id == first->id || (run.parent == first->id && isActive(run.state))))
      values.run = run;
  values.waiting = static_cast<int>(std::count_if(
      entries.begin(), entries.end(), [](const QueueEntry& entry) { return entry.job.state == JobState::Waiting; }));
  strip_->set(values);
}

/// Runs cut off by a crash, and those that this window stopped when it was closed, are named once with one button.
void MainWindow::offerToGoOn() {
  struct Offer {
    std::vector<RunId> runs;
    std::vector<GoingOn> goingOn;  ///< of the same runs
  };
  const QStringList closedWith = settings_.stoppedAtExit();
  settings_.setStoppedAtExit({});
  listReader_.post(
      this,
      [closedWith](RunStore& store) {
        constexpr size_t kMostOffered = 200;
        std::vector<RunId> runs;
        RunListRequest interrupted;
        interrupted.where = RunQuery("state:interrupted");
        for (const RunList::Row& row : store.list(interrupted).rows)
          if (runs.size() < kMostOffered) runs.push_back(row.run);
        for (const QString& uuid : closedWith)
          if (const auto run = store.find(uuid.toStdString())) runs.push_back(*run);
        std::vector<RunSummary> cut;
        for (RunRow& row : store.rows(runs)) cut.push_back(std::move(row.run));
        std::erase_if(cut, [](const RunSummary& run) {
          return run.trashed || (run.state != RunState::Interrupted && run.state != RunState::Stopped);
        });
        std::erase_if(cut, [all = cut](const RunSummary& run) {  // a trial goes on with its search
          return std::ranges::any_of(all, [&](const RunSummary& other) { return run.parent == other.id; });
        });
        Offer offer;
        for (const RunSummary& run : cut) {
          offer.runs.push_back(run.id);
          offer.goingOn.push_back(goingOn(store, run));
        }
        return offer;
      },
      [this](const Offer& offer) {
        if (offer.runs.empty()) return;
        messages_->show({Message::Level::Warning, offerText(offer.goingOn), tr("Resume"),
                         [this, runs = offer.runs] { actions_.resume(runs); }});
      },
      [this](const QString& sentence) { complain(sentence); });
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
  constexpr size_t kMostShown = 24, kMostWatched = 200;
  if (shown.size() > kMostShown) {
    messages_->show({Message::Level::Info,
                     tr("%1 runs are chosen; the first %2 are drawn.").arg(shown.size()).arg(kMostShown),
                     {},
                     {}});
  }
  feed_->setWatched({shown.begin(), shown.begin() + static_cast<std::ptrdiff_t>(std::min(shown.size(), kMostWatched))});
  shown.resize(std::min(shown.size(), kMostShown));
  shown_ = shown;
  const RunId primary = selected > 0 ? table_->current() : shown.empty() ? RunId{} : shown.front();
  if (primary.value != 0 && std::ranges::find(shown_, primary) == shown_.end()) shown_.back() = primary;
  views_->setShown(shown_, primary, shownSummaries());
  feed_->setShown(shown_);
  studio_->setRun(primary);
  features_->setRun(primary);
  codeExplorer_->setRun(primary);
  if (selected > 0 && centre_->currentWidget() == newRun_ && table_->isAncestorOf(focusWidget())) showCentre(tabs_);
  updateActions();
}

void MainWindow::openStudio(RunId run, qint64 step) {
  studio_->open(run, step);
  showCentre(tabs_);
  tabs_->setCurrentWidget(studio_->page());
}

/// Of the shown runs and those that they come from, as far as they are known.
std::vector<RunSummary> MainWindow::shownSummaries() const {
  std::vector<RunSummary> runs;
  for (const RunId run : shown_)
    if (const RunSummary* known = summary(run)) runs.push_back(*known);
  for (size_t i = 0, own = runs.size(); i < own; ++i)
    if (const RunSummary* parent = runs[i].parent ? summary(*runs[i].parent) : nullptr) runs.push_back(*parent);
  return runs;
}

bool MainWindow::anyRun() const {
  return feed_->count().value_or(0) > 0;
}

void MainWindow::complain(const QString& sentence) {
  messages_->show({Message::Level::Error, sentence, {}, {}});
}

const RunSummary* MainWindow::summary(RunId run) const {
  const RunSummary* known = feed_->summary(run);
  return known ? known : table_->known(run);
}

}  // namespace scanline
