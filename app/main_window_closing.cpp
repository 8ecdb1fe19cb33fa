// From the first paint to an open workspace, and from Quit to the end.
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QStackedWidget>
#include <QTabWidget>
#include <algorithm>

#include "app/code_explorer.h"
#include "app/data_page.h"
#include "app/features_page.h"
#include "app/folder_dialog.h"
#include "app/importer.h"
#include "app/live_runs.h"
#include "app/main_window.h"
#include "app/mirror_refresh.h"
#include "app/probe_explorer.h"
#include "app/run_news.h"
#include "app/studio_page.h"
#include "app/window_tools.h"
#include "core/jobs/mirror.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/opening_state.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

std::vector<const RunSummary*> pointersTo(const std::vector<RunSummary>& runs) {
  std::vector<const RunSummary*> pointers;
  for (const RunSummary& run : runs) pointers.push_back(&run);
  return pointers;
}

}  // namespace

void MainWindow::open() {
  opening_->setOpening(workspace_);
  showCentre(opening_);
  actions_.open();
}

void MainWindow::opened() {
  settings_.addRecentWorkspace(workspace_);
  updateActions();
  feed_->start();  // its first answer takes the place of the opening page
  live_->start();
  news_->start();
}

/// A workspace that cannot be written may still be readable.
void MainWindow::notOpened(const QString& sentence) {
  opening_->setFailed(sentence);
  reader_.post(
      this,
      [](RunStore& store) {
        store.count(false);
        return isMirror(store.workspace());
      },
      [this](bool isMirrored) {
        if (!isMirrored) return opening_->offerReading();
        openForReading();
        mirror_->start();
      },
      [](const QString&) {});  // the first sentence says it all
}

void MainWindow::openForReading() {
  readOnly_ = true;
  queue_->setEnabled(false);
  settings_.addRecentWorkspace(workspace_);
  updateActions();
  showTitle();
  messages_->show(
      {Message::Level::Warning,
       tr("This workspace is open for reading: its runs can be looked at, compared and exported, and nothing in it changes."),
       tr("Choose another folder…"), [this] { askForWorkspace(); }});
  feed_->start();
  news_->start();
}

void MainWindow::askForWorkspace() {
  const QString folder = chooseFolder(this, tr("Open another workspace"), workspace_);
  if (!folder.isEmpty()) requestWorkspace(folder);
}

/// In a window of its own: this one may have runs going on.
void MainWindow::requestWorkspace(const QString& folder) {
  const QString place = placeForWorkspace(folder);
  if (place.isEmpty()) return;
  if (QDir(place) == QDir(workspace_)) return comeForward();
  if (!actions_.isOpen() && !readOnly_) close();
  emit workspaceRequested(place);
}

/// A folder with other things in it is no workspace before the person says so. Empty: they do not want it.
QString MainWindow::placeForWorkspace(const QString& folder) {
  const QDir dir(folder);
  const auto others = dir.entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
  if (!dir.exists() || others.isEmpty() || dir.exists(QStringLiteral("scanline.db"))) return folder;
  QMessageBox box(
      QMessageBox::Question, tr("Not a workspace yet"),
      tr("“%1” holds other things (%2 files and folders). Runs take a database and folders of their own there. "
         "Make a new folder “scanline” for them in it, or use it as it is?")
          .arg(folder)
          .arg(others.size()),
      QMessageBox::Cancel, this);
  auto* inside = box.addButton(tr("Make a new folder"), QMessageBox::AcceptRole);
  const auto* asItIs = box.addButton(tr("Use it as it is"), QMessageBox::DestructiveRole);
  box.setDefaultButton(inside);
  box.exec();
  if (box.clickedButton() == inside) return dir.filePath(QStringLiteral("scanline"));
  return box.clickedButton() == asItIs ? folder : QString();
}

/// Never larger than this screen leaves room for: the layout may have been saved on a larger one.
void MainWindow::restoreLayout() {
  const QSize room = screen()->availableGeometry().size() * 9 / 10;
  setMinimumSize(QSize(900, 560).boundedTo(room));
  resize(QSize(1440, 900).boundedTo(room));
  if (!settings_.geometry().isEmpty() && restoreGeometry(settings_.geometry()) && !isMaximized() && !isFullScreen()) {
    const QRect available = screen()->availableGeometry();
    resize(size().boundedTo(available.size() * 9 / 10));
    const QRect frame = geometry();
    if (!available.contains(frame))
      move(std::clamp(frame.x(), available.left(), std::max(available.left(), available.right() - frame.width())),
           std::clamp(frame.y(), available.top(), std::max(available.top(), available.bottom() - frame.height())));
  }
  if (settings_.docks().isEmpty() || !restoreState(settings_.docks(), kLayoutVersion)) arrangeDocks();
  if (!settings_.runTable().isEmpty()) table_->restoreLayout(settings_.runTable());
}

void MainWindow::stepAside() {
  constexpr QPoint kStep(40, 40);
  if (isMaximized() || isFullScreen()) return;
  const QRect available = screen()->availableGeometry();
  const QRect moved = geometry().translated(kStep);
  move(available.contains(moved) ? moved.topLeft() : available.topLeft());
}

void MainWindow::comeForward() {
  if (isMinimized()) setWindowState(windowState() & ~Qt::WindowMinimized);
  show();
  raise();
  activateWindow();
}

/// The page of an empty workspace needs no tour; it comes with the first run.
void MainWindow::offerTour() {
  if (centre_->currentWidget() == tabs_) return tools_->offerTour();
  connect(
      centre_, &QStackedWidget::currentChanged, this,
      [this] {
        if (centre_->currentWidget() == tabs_) tools_->offerTour();
      },
      Qt::QueuedConnection);
}

/// With the docks that are hidden for the page or the window's width alone.
void MainWindow::saveLayout() {
  for (QDockWidget* dock : docks_)
    if (dock->property(kHiddenForPage).toBool()) dock->show();
  settings_.setLayout(saveGeometry(), saveState(kLayoutVersion));
  settings_.setRunTable(table_->saveLayout());
}

/// Asks, if runs go on that this window may stop. They are stopped then, and close() is called again when the last has
/// written its checkpoint.
bool MainWindow::mayLeave() {
  if (!actions_.busy()) return leaving_ || !actions_.isOpen() || goingOnAlone_.empty() || mayLeaveOthers();
  if (leaving_) return false;
  QString question = tr("Runs are going on. They will write a checkpoint and stop; the next start offers to go on.");
  if (!goingOnAlone_.empty())
    question += QStringLiteral("\n\n") +
                tr("In processes of their own, which keep running: %1.").arg(text::names(pointersTo(goingOnAlone_)));
  QMessageBox box(QMessageBox::Question, tr("Leave Scanline"), question, QMessageBox::Cancel, this);
  auto* leave = box.addButton(tr("Stop and leave"), QMessageBox::AcceptRole);
  box.setDefaultButton(leave);
  box.exec();
  if (box.clickedButton() != leave) return false;
  leaving_ = true;
  QStringList uuids;
  for (const RunId run : actions_.pool().running())
    if (const auto* known = summary(run)) uuids << QString::fromStdString(known->uuid);
  settings_.setStoppedAtExit(uuids);
  setEnabled(false);
  setWindowTitle(tr("Writing checkpoints…"));
  actions_.stopAll();
  return false;
}

/// Runs in processes of their own go on without the window, and the next start shows them; or they are asked to stop.
bool MainWindow::mayLeaveOthers() {
  const std::vector<RunSummary> runs = goingOnAlone_;  // news come while the question stands
  QMessageBox box(QMessageBox::Question, tr("Leave Scanline"),
                  tr("%1 trains in a process of its own, which goes on without the window. The next start shows it.")
                      .arg(text::names(pointersTo(runs))),
                  QMessageBox::Cancel, this);
  if (runs.size() > 1)
    box.setText(tr("%1 train in processes of their own, which go on without the window. The next start shows them.")
                    .arg(text::names(pointersTo(runs))));
  auto* keep = box.addButton(tr("Keep running"), QMessageBox::AcceptRole);
  const auto* stop = box.addButton(tr("Stop and leave"), QMessageBox::DestructiveRole);
  box.setDefaultButton(keep);
  box.exec();
  if (box.clickedButton() == stop)
    for (const RunSummary& run : runs) actions_.stop(run.id);
  return box.clickedButton() == keep || box.clickedButton() == stop;
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!mayLeave()) return event->ignore();
  saveLayout();
  event->accept();
}

void MainWindow::finishWriting() {
  // Everything is asked to stop before anything is waited for.
  for (DataPage* page : findChildren<DataPage*>()) page->stop();
  studio_->cancel();
  features_->cancel();
  probeExplorer_->cancel();
  codeExplorer_->cancel();
  importer_->cancel();
  live_->finish();
  slowReader_.cancel();
  listReader_.cancel();
  reader_.cancel();
  actions_.finishWriting();
  importer_->finishExports();
}

}  // namespace scanline
