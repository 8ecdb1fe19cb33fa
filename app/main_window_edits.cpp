// What the main window does to the chosen runs: names, notes, trash, comparison.
#include <QCoreApplication>
#include <QDesktopServices>
#include <QFileDialog>
#include <QMessageBox>
#include <QProcess>
#include <QPushButton>
#include <QTabWidget>
#include <QUndoStack>
#include <QUrl>
#include <algorithm>

#include "app/edit.h"
#include "app/importer.h"
#include "app/main_window.h"
#include "app/run_pages.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/run_text.h"

namespace scanline {

void MainWindow::rename(RunId run, const QString& name) {
  const RunSummary* known = summary(run);
  if (!known) return;
  const QString before = QString::fromStdString(known->name);
  undo_->push(new Edit(
      tr("Rename to “%1”").arg(name), [this, run, name] { actions_.rename(run, name); },
      [this, run, before] { actions_.rename(run, before); }));
}

void MainWindow::askToExport(RunId run, ExportForm form) {
  if (const RunSummary* known = summary(run)) importer_->askToExport(run, QString::fromStdString(known->name), form);
}

void MainWindow::setNote(RunId run, const QString& note) {
  const RunSummary* known = summary(run);
  if (!known) return;
  const QString before = QString::fromStdString(known->note);
  undo_->push(new Edit(
      tr("Note"), [this, run, note] { actions_.setNote(run, note); },
      [this, run, before] { actions_.setNote(run, before); }));
}

void MainWindow::trash(const std::vector<RunId>& runs) {
  if (runs.empty()) return;
  undo_->push(new Edit(
      tr("Move %1 to the trash").arg(text::runs(std::ssize(runs))), [this, runs] { actions_.setTrashed(runs, true); },
      [this, runs] { actions_.setTrashed(runs, false); }));
  std::vector<const RunSummary*> named;
  for (const RunId run : runs)
    if (const auto* known = summary(run)) named.push_back(known);
  messages_->show({Message::Level::Info, tr("Moved to the trash: %1.").arg(text::names(named)), tr("Undo"),
                   [this] { undo_->undo(); }});
}

void MainWindow::purge(const std::vector<RunId>& runs) {
  QMessageBox box(QMessageBox::Warning, tr("Delete for good"),
                  tr("Delete %1 with all checkpoints? This cannot be undone.").arg(text::runs(std::ssize(runs))),
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

}  // namespace scanline
