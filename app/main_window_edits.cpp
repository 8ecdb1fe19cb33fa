// Changes to the chosen runs: names, notes, tags, trash; and their comparison.
#include <QDesktopServices>
#include <QMessageBox>
#include <QPushButton>
#include <QTabWidget>
#include <QUrl>
#include <algorithm>

#include "app/importer.h"
#include "app/main_window.h"
#include "app/run_pages.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/run_text.h"

namespace scanline {

void MainWindow::edit(const QString& text, const std::vector<RunId>& runs, std::function<void(EditDone)> act,
                      std::function<void(EditDone)> takeBack, const QString& announcement) {
  edits_->push({text, runs, std::move(act), std::move(takeBack), announcement});
}

void MainWindow::rename(RunId run, const QString& name) {
  const RunSummary* known = summary(run);
  if (!known) return;
  edit(
      tr("Rename to “%1”").arg(name), {run},
      [this, run, name](const EditDone& done) { actions_.rename(run, name, done); },
      [this, run, before = QString::fromStdString(known->name)](const EditDone& done) {
        actions_.rename(run, before, done);
      });
}

void MainWindow::askToExport(RunId run, ExportForm form) {
  if (const RunSummary* known = summary(run)) importer_->askToExport(run, QString::fromStdString(known->name), form);
}

void MainWindow::setNote(RunId run, const QString& note) {
  const RunSummary* known = summary(run);
  if (!known) return;
  edit(
      tr("Note"), {run}, [this, run, note](const EditDone& done) { actions_.setNote(run, note, done); },
      [this, run, before = QString::fromStdString(known->note)](const EditDone& done) {
        actions_.setNote(run, before, done);
      });
}

void MainWindow::setTags(RunId run, const QStringList& tags) {
  const RunSummary* known = summary(run);
  if (!known) return;
  QStringList before;
  for (const std::string& tag : known->tags) before << QString::fromStdString(tag);
  edit(
      tr("Tags"), {run}, [this, run, tags](const EditDone& done) { actions_.setTags(run, tags, done); },
      [this, run, before](const EditDone& done) { actions_.setTags(run, before, done); });
}

void MainWindow::trash(const std::vector<RunId>& runs) {
  if (runs.empty()) return;
  std::vector<const RunSummary*> named;
  for (const RunId run : runs)
    if (const auto* known = summary(run)) named.push_back(known);
  edit(
      tr("Move %1 to the trash").arg(text::runs(std::ssize(runs))), runs,
      [this, runs](const EditDone& done) { actions_.setTrashed(runs, true, done); },
      [this, runs](const EditDone& done) { actions_.setTrashed(runs, false, done); },
      tr("Moved to the trash: %1.").arg(text::names(named)));
}

void MainWindow::restore(const std::vector<RunId>& runs) {
  edit(
      tr("Restore %1").arg(text::runs(std::ssize(runs))), runs,
      [this, runs](const EditDone& done) { actions_.setTrashed(runs, false, done); },
      [this, runs](const EditDone& done) { actions_.setTrashed(runs, true, done); });
}

void MainWindow::purge(const std::vector<RunId>& runs) {
  QMessageBox box(QMessageBox::Warning, tr("Delete for good"),
                  tr("Delete %1 with all checkpoints? This cannot be undone.").arg(text::runs(std::ssize(runs))),
                  QMessageBox::Cancel, this);
  const auto* purge = box.addButton(tr("Delete for good"), QMessageBox::DestructiveRole);
  box.exec();
  if (box.clickedButton() != purge) return;
  edits_->forget(runs);
  actions_.purge(runs);
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

}  // namespace scanline
