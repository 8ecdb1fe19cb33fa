// The main window: charts of all runs, runs of other programs, reports, and the space that runs take.
#include <QDesktopServices>
#include <QTabWidget>
#include <QUrl>

#include "app/disk_dialog.h"
#include "app/live_runs.h"
#include "app/main_window.h"
#include "app/mirror_refresh.h"
#include "app/report_export.h"
#include "app/run_charts_page.h"
#include "app/sql_dialog.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/run_charts_view.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/number_text.h"

namespace scanline {

void MainWindow::makeOutside() {
  charts_ = new RunChartsPage(slowReader_, this);
  charts_->view()->restoreChoices(settings_.runCharts());
  tabs_->addTab(charts_->view(), tr("Charts"));
  live_ = new LiveRuns(workspace_, settings_, this);
  mirror_ = new MirrorRefresh(workspace_, this);
  report_ = new ReportExport(slowReader_, this);
}

void MainWindow::connectOutside() {
  const auto mark = [this] { charts_->setMarked(table_->current(), table_->overlay()); };
  connect(table_, &RunTable::selectionChanged, charts_, mark);
  connect(table_, &RunTable::overlayChanged, charts_, mark);
  connect(table_, &RunTable::listRequested, charts_, [this] { charts_->setRequest(table_->request()); });
  charts_->setRequest(table_->request());
  connect(feed_, &RunFeed::changed, charts_, [this](const WorkspaceNews& news) {
    if (!news.changed.empty() || news.removed) charts_->refresh();
  });
  connect(charts_->view(), &RunChartsView::fieldsChanged, this,
          [this] { settings_.setRunCharts(charts_->view()->saveChoices()); });
  connect(charts_, &RunChartsPage::runRequested, this, [this](RunId run) { table_->select({run}); });
  connect(charts_, &RunChartsPage::ticksRequested, table_, &RunTable::setOverlay);
  connect(charts_, &RunChartsPage::failed, this, &MainWindow::complain);

  connect(live_, &LiveRuns::changed, feed_, &RunFeed::refresh);
  connect(live_, &LiveRuns::begun, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(live_, &LiveRuns::warned, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Warning, sentence, {}, {}});
  });
  connect(live_, &LiveRuns::failed, this, &MainWindow::complain);

  connect(mirror_, &MirrorRefresh::refreshed, feed_, &RunFeed::refresh);
  connect(mirror_, &MirrorRefresh::made, this, &MainWindow::requestWorkspace);
  connect(mirror_, &MirrorRefresh::told, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(mirror_, &MirrorRefresh::failed, this, &MainWindow::complain);

  connect(report_, &ReportExport::written, this, [this](const QString& file) {
    messages_->show({Message::Level::Success, tr("The report is in %1.").arg(file), tr("Open"),
                     [file] { QDesktopServices::openUrl(QUrl::fromLocalFile(file)); }});
  });
  connect(report_, &ReportExport::filmWritten, this, [this](const QString& file, qint64 shown, qint64 all) {
    messages_->show({Message::Level::Success,
                     shown < all ? tr("The film is in %1. It shows %2 of %3 steps.").arg(file).arg(shown).arg(all)
                                 : tr("The film is in %1.").arg(file),
                     tr("Open"), [file] { QDesktopServices::openUrl(QUrl::fromLocalFile(file)); }});
  });
  connect(report_, &ReportExport::failed, this, &MainWindow::complain);
}

/// Of the runs that the pages show: the selected and the ticked ones.
void MainWindow::exportReport() {
  if (shown_.empty())
    return complain(tr("A report is about the chosen and the ticked runs. Choose one in the list, or tick several."));
  const RunSummary* first = summary(shown_.front());
  report_->ask(shown_, shown_.size() == 1 && first ? QString::fromStdString(first->name) : tr("comparison"));
}

/// Of the run that the pages are about.
void MainWindow::exportFilm() {
  const RunSummary* run = shown_.empty() ? nullptr : summary(shown_.front());
  if (!run) return complain(tr("A film shows the pictures of one run, step by step. Choose a run in the list."));
  report_->askForFilm(run->id, QString::fromStdString(run->name));
}

void MainWindow::askInSql() {
  auto* dialog = findChild<SqlDialog*>();  // closed, it keeps its question
  if (!dialog) dialog = new SqlDialog(workspace_.toStdString(), this);
  dialog->show();
  dialog->raise();
  dialog->activateWindow();
}

void MainWindow::showDiskSpace() {
  auto* dialog = new DiskDialog(slowReader_, actions_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &DiskDialog::runRequested, this, [this](RunId run) { table_->select({run}); });
  connect(dialog, &DiskDialog::emptyTrashRequested, this, &MainWindow::askToEmptyTrash);
  connect(feed_, &RunFeed::changed, dialog, [dialog](const WorkspaceNews& news) {
    if (news.removed) dialog->refresh();  // runs that were deleted for good
  });
  connect(dialog, &DiskDialog::pruned, this, [this](qint64 checkpoints, qint64 bytes) {
    messages_->show(
        {Message::Level::Success,
         (checkpoints == 1 ? tr("1 checkpoint removed, %1.") : tr("%2 checkpoints removed, %1.").arg(checkpoints))
             .arg(text::megabytes(bytes)),
         {},
         {}});
  });
  dialog->open();
}

}  // namespace scanline
