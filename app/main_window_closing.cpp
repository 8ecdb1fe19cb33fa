// From the first paint to an open workspace, and from Quit to the end.
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>

#include "app/data_page.h"
#include "app/importer.h"
#include "app/main_window.h"
#include "app/picture_completer.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/opening_state.h"

namespace scanline {

void MainWindow::open() {
  opening_->setOpening(workspace_);
  showCentre(opening_);
  actions_.open();
}

void MainWindow::opened() {
  settings_.addRecentWorkspace(workspace_);
  updateActions();
  feed_->start();  // its first answer takes the place of the opening page
}

void MainWindow::notOpened(const QString& sentence) {
  opening_->setFailed(sentence);
}

void MainWindow::askForWorkspace() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Open another workspace"), workspace_);
  if (!folder.isEmpty()) requestWorkspace(folder);
}

/// In a window of its own: this one may have runs going on.
void MainWindow::requestWorkspace(const QString& folder) {
  if (!actions_.isOpen()) close();
  emit workspaceRequested(folder);
}

void MainWindow::restoreLayout() {
  const QSize room = screen()->availableGeometry().size() * 9 / 10;
  setMinimumSize(QSize(900, 560).boundedTo(room));
  resize(QSize(1440, 900).boundedTo(room));
  if (!settings_.geometry().isEmpty()) restoreGeometry(settings_.geometry());
  if (settings_.docks().isEmpty() || !restoreState(settings_.docks(), kLayoutVersion)) arrangeDocks();
  if (!settings_.runTable().isEmpty()) table_->restoreLayout(settings_.runTable());
}

/// With the docks that are hidden for the page or the window's width alone.
void MainWindow::saveLayout() {
  for (QDockWidget* dock : docks_)
    if (dock->property(kHiddenForPage).toBool()) dock->show();
  settings_.setLayout(saveGeometry(), saveState(kLayoutVersion));
  settings_.setRunTable(table_->saveLayout());
}

/// Asks, if runs go on. They are stopped then, and close() is called again when the last has written its checkpoint.
bool MainWindow::mayLeave() {
  if (!actions_.busy()) return true;
  if (leaving_) return false;
  QMessageBox box(QMessageBox::Question, tr("Leave Scanline"),
                  tr("Runs are going on. They will write a checkpoint and stop; the next start offers to go on."),
                  QMessageBox::Cancel, this);
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
  setWindowTitle(tr("Scanline: writing checkpoints…"));
  actions_.stopAll();
  return false;
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!mayLeave()) return event->ignore();
  saveLayout();
  event->accept();
}

void MainWindow::finishWriting() {
  // Everything is asked to stop before anything is waited for.
  for (DataPage* page : findChildren<DataPage*>()) page->stop();
  completer_->cancel();
  importer_->cancel();
  slowReader_.cancel();
  reader_.cancel();
  actions_.finishWriting();
  importer_->finishExports();
}

}  // namespace scanline
