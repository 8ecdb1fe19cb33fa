// Who hears whom in the main window.
#include <QAction>
#include <QTabWidget>

#include "app/importer.h"
#include "app/main_window.h"
#include "app/picture_completer.h"
#include "app/run_pages.h"
#include "app/run_starter.h"
#include "core/spec/presets.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/status_strip.h"

namespace scanline {

void MainWindow::connectLists() {
  connect(empty_, &EmptyState::quickStartRequested, starter_,
          [this] { starter_->startAlone(preset("quick-start").spec); });
  connect(empty_, &EmptyState::newRunRequested, newAction_, &QAction::trigger);
  connect(empty_, &EmptyState::openWorkspaceRequested, this, &MainWindow::openWorkspace);
  connect(strip_, &StatusStrip::runActivated, this, [this](RunId run) { table_->select({run}); });

  connect(table_, &RunTable::selectionChanged, this, &MainWindow::selectionChanged);
  connect(table_, &RunTable::overlayChanged, this, &MainWindow::selectionChanged);
  connect(table_, &RunTable::compactChanged, this, [this](bool compact) { settings_.setCompactTable(compact); });
  connect(table_, &RunTable::renameRequested, this, &MainWindow::rename);
  connect(table_, &RunTable::duplicateRequested, starter_, &RunStarter::duplicate);
  connect(table_, &RunTable::nextRequested, starter_,
          [this](RunId run, RunKind kind) { starter_->goOn(run, -1, kind); });
  connect(table_, &RunTable::forkRequested, starter_, [this](RunId run) { starter_->fork(run, -1); });
  connect(table_, &RunTable::completeRequested, completer_, [this](RunId run) { completer_->open(run, -1); });
  connect(table_, &RunTable::searchRequested, starter_, &RunStarter::search);
  connect(table_, &RunTable::winnerRequested, starter_, &RunStarter::startWinner);
  connect(table_, &RunTable::resumeRequested, &actions_, &RunActions::resume);
  connect(table_, &RunTable::pauseRequested, this, [this](const auto& runs) {
    for (const RunId run : runs) actions_.pause(run);
  });
  connect(table_, &RunTable::stopRequested, this, [this](const auto& runs) {
    for (const RunId run : runs) actions_.stop(run);
  });
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
  connect(feed_, &RunFeed::runUpdated, views_, &RunPages::take);
  connect(feed_, &RunFeed::failed, this, &MainWindow::complain);
  connect(&actions_, &RunActions::failed, this, &MainWindow::complain);
  connect(views_, &RunPages::failed, this, &MainWindow::complain);
  connect(&actions_, &RunActions::started, this, [this](RunId run) { wanted_ = run; });
  connect(&actions_, &RunActions::stopped, this, [this] {
    if (leaving_) close();
  });

  connect(newRun_, &NewRunPage::cancelled, this,
          [this] { showCentre(anyRun() ? static_cast<QWidget*>(tabs_) : empty_); });
  connect(table_, &RunTable::exportRequested, this, &MainWindow::askToExport);
  connect(importer_, &Importer::busy, this, &MainWindow::showBusy);
  connect(importer_, &Importer::imported, this, [this](RunId run) {
    wanted_ = run;
    feed_->refresh();
  });
  connect(importer_, &Importer::cancelled, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(importer_, &Importer::specFound, starter_, &RunStarter::open);
  connect(importer_, &Importer::failed, this, &MainWindow::complain);
  connect(importer_, &Importer::warned, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Warning, sentence, {}, {}});
  });
  connect(importer_, &Importer::done, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Success, sentence, {}, {}});
  });
  connect(starter_, &RunStarter::opened, this, &MainWindow::showForm);
  connect(starter_, &RunStarter::failed, this, &MainWindow::complain);
  connect(starter_, &RunStarter::started, this, [this](const QString& sentence) {
    showCentre(tabs_);
    messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(views_, &RunPages::noteChanged, this, &MainWindow::setNote);
  connect(views_, &RunPages::tagsChanged, &actions_, &RunActions::setTags);
  connect(views_, &RunPages::runRequested, this, [this](RunId run) { table_->select({run}); });
  connect(views_, &RunPages::forkRequested, starter_, &RunStarter::fork);
  connect(views_, &RunPages::completeRequested, completer_, &PictureCompleter::open);
  connect(completer_, &PictureCompleter::failed, this, &MainWindow::complain);
  connect(views_, &RunPages::startWinnerRequested, starter_, &RunStarter::startWinner);
  connect(views_, &RunPages::overlayRequested, this, [this](const std::vector<RunId>& runs) {
    table_->setOverlay(runs);
    tabs_->setCurrentWidget(views_->curvesPage());
  });
  connect(newRun_, &NewRunPage::dataRequested, views_, &RunPages::showDataOf);
  const auto* inspector = static_cast<const Inspector*>(views_->inspector());
  connect(inspector, &Inspector::nextRequested, starter_,
          [this](RunId run, qint64 step, RunKind kind) { starter_->goOn(run, step, kind); });
  connect(inspector, &Inspector::winnerRequested, starter_, &RunStarter::startWinner);
}

}  // namespace scanline
