// Changes to the chosen runs: names, notes, tags, trash; and their comparison.
#include <QDesktopServices>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QTabWidget>
#include <QUrl>
#include <algorithm>
#include <iterator>

#include "app/importer.h"
#include "app/main_window.h"
#include "app/run_list_feed.h"
#include "app/run_pages.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/number_text.h"
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

void MainWindow::setNote(RunId run, const QString& note, const QString& before) {
  edit(
      tr("Note"), {run}, [this, run, note, before](const EditDone& done) { actions_.setNote(run, note, before, done); },
      [this, run, note, before](const EditDone& done) { actions_.setNote(run, before, note, done); });
}

void MainWindow::locateData(RunId run, const QString& path, const QString& before) {
  edit(
      tr("Locate the images"), {run},
      [this, run, path](const EditDone& done) { actions_.setDataPath(run, path, done); },
      [this, run, before](const EditDone& done) { actions_.setDataPath(run, before, done); });
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

/// For one run its tags; for several those that all of them get besides their own.
void MainWindow::askForTags(const std::vector<RunId>& runs) {
  if (runs.empty()) return;
  const auto tagsOf = [this](RunId run) {
    QStringList tags;
    if (const auto* known = summary(run))
      for (const std::string& tag : known->tags) tags << QString::fromStdString(tag);
    return tags;
  };
  const bool one = runs.size() == 1;
  bool ok = false;
  const QString text = QInputDialog::getText(
      this, tr("Tags"),
      one ? tr("Tags, separated by commas:") : tr("Tags for %1, besides their own:").arg(text::runs(std::ssize(runs))),
      QLineEdit::Normal, one ? tagsOf(runs.front()).join(QStringLiteral(", ")) : QString(), &ok);
  if (!ok) return;
  QStringList wanted;
  for (const QString& part : text.split(QLatin1Char(',')))
    if (const QString tag = part.simplified(); !tag.isEmpty() && !wanted.contains(tag)) wanted << tag;
  for (const RunId run : runs) {
    QStringList tags = one ? QStringList() : tagsOf(run);
    for (const QString& tag : wanted)
      if (!tags.contains(tag)) tags << tag;
    if (tags != tagsOf(run)) setTags(run, tags);
  }
}

/// All of them, or none if all are ticked.
void MainWindow::tick(const std::vector<RunId>& runs) {
  std::vector<RunId> ticked = table_->overlay();
  const auto isTicked = [&](RunId run) { return std::ranges::find(ticked, run) != ticked.end(); };
  if (std::ranges::all_of(runs, isTicked)) {
    std::erase_if(ticked, [&](RunId run) { return std::ranges::find(runs, run) != runs.end(); });
  } else {
    for (const RunId run : runs)
      if (!isTicked(run)) ticked.push_back(run);
  }
  table_->setOverlay(ticked);
}

/// Undo takes ticks back, from the list, a chart or a menu alike.
void MainWindow::ticksChanged(const std::vector<RunId>& ticked) {
  settings_.setTicked(workspace_, ticked);
  std::vector<RunId> on, off;
  std::ranges::set_difference(ticked, ticked_, std::back_inserter(on));
  std::ranges::set_difference(ticked_, ticked, std::back_inserter(off));
  ticked_ = ticked;
  selectionChanged();
  if (settingTicks_) return;
  std::vector<RunId> runs = on;
  runs.insert(runs.end(), off.begin(), off.end());
  const QString text = off.empty()  ? tr("Tick %1").arg(text::runs(std::ssize(on)))
                       : on.empty() ? tr("Untick %1").arg(text::runs(std::ssize(off)))
                                    : tr("Tick other runs");
  const auto change = [this](const std::vector<RunId>& wanted, const std::vector<RunId>& unwanted) {
    return [this, wanted, unwanted](const EditDone& done) {
      setTicks(wanted, unwanted);
      done(true);
    };
  };
  edit(text, runs, change(on, off), change(off, on));
}

/// Not as an edit of its own.
void MainWindow::setTicks(const std::vector<RunId>& on, const std::vector<RunId>& off) {
  const QScopedValueRollback noEdit(settingTicks_, true);
  std::vector<RunId> ticked = table_->overlay();
  ticked.insert(ticked.end(), on.begin(), on.end());
  std::erase_if(ticked, [&](RunId run) { return std::ranges::find(off, run) != off.end(); });
  table_->setOverlay(ticked);
}

/// Sets the content of a saved view; null removes it.
void MainWindow::changeView(const QString& text, const QString& name, const QString& content) {
  const auto set = [this, name](const QString& to) {
    return [this, name, to](const EditDone& done) {
      const auto then = [this, done](bool ok) {
        list_->readViews();
        done(ok);
      };
      to.isNull() ? actions_.removeView(name, then) : actions_.saveView(name, to, then);
    };
  };
  edit(text, {}, set(content), set(table_->savedView(name)));
}

void MainWindow::moveJob(JobId job, std::optional<JobId> before) {
  moveJob(job, [this, job, before](const auto& formerly, const EditDone& done) {
    actions_.moveJob(job, before, formerly, done);
  });
}

void MainWindow::moveJobBy(JobId job, int places) {
  moveJob(job, [this, job, places](const auto& formerly, const EditDone& done) {
    actions_.moveJobBy(job, places, formerly, done);
  });
}

void MainWindow::moveJob(JobId job, const std::function<void(const RunActions::Formerly&, const EditDone&)>& act) {
  const auto formerly = std::make_shared<std::vector<JobId>>();
  edit(
      tr("Move in the queue"), {}, [act, formerly](const EditDone& done) { act(formerly, done); },
      [this, job, formerly](const EditDone& done) {
        // A job that has left the queue never comes back, so the edit is gone, too.
        actions_.moveJobBack(job, formerly, [done](bool) { done(true); });
      });
}

/// A waiting run only leaves the queue, and Undo puts it back.
void MainWindow::stop(const std::vector<RunId>& runs) {
  std::vector<const RunSummary*> waiting;
  std::vector<RunId> taken;
  for (const RunId run : runs) {
    const RunSummary* known = summary(run);
    if (known && known->state == RunState::Queued) {
      waiting.push_back(known);
      taken.push_back(run);
    }
    actions_.stop(run);
  }
  if (!waiting.empty())
    messages_->show({Message::Level::Info, tr("Taken out of the queue: %1.").arg(text::names(waiting)), tr("Put back"),
                     [this, taken] { actions_.resume(taken); }});
}

void MainWindow::askToKill(RunId run) {
  const RunSummary* known = summary(run);
  if (!known) return;
  QMessageBox box(
      QMessageBox::Warning, tr("End its process"),
      tr("The process of “%1” ends at once. Steps after its last checkpoint are lost; Stop would write one.")
          .arg(QString::fromStdString(known->name)),
      QMessageBox::Cancel, this);
  const auto* end = box.addButton(tr("End it"), QMessageBox::DestructiveRole);
  box.setDefaultButton(QMessageBox::Cancel);
  box.exec();
  if (box.clickedButton() == end) actions_.kill(run);
}

void MainWindow::trash(const std::vector<RunId>& given) {
  std::vector<const RunSummary*> named, held;
  std::vector<RunId> runs;
  for (const RunId run : given) {
    const auto* known = summary(run);
    if (known) (isHeld(known->state) ? held : named).push_back(known);
    if (!known || !isHeld(known->state)) runs.push_back(run);
  }
  if (!held.empty()) complain(tr("%1 cannot go to the trash while at work. Stop it first.").arg(text::names(held)));
  if (runs.empty()) return;
  std::vector<RunId> ticked = table_->overlay();
  std::erase_if(ticked, [&](RunId run) { return std::ranges::find(runs, run) == runs.end(); });
  edit(
      tr("Move %1 to the trash").arg(text::runs(std::ssize(runs))), runs,
      [this, runs, ticked](const EditDone& done) {
        setTicks({}, ticked);
        actions_.setTrashed(runs, true, done);
      },
      [this, runs, ticked](const EditDone& done) {
        setTicks(ticked, {});
        actions_.setTrashed(runs, false, done);
      },
      tr("Moved to the trash: %1.").arg(text::names(named)));
}

void MainWindow::restore(const std::vector<RunId>& runs) {
  edit(
      tr("Restore %1").arg(text::runs(std::ssize(runs))), runs,
      [this, runs](const EditDone& done) { actions_.setTrashed(runs, false, done); },
      [this, runs](const EditDone& done) { actions_.setTrashed(runs, true, done); });
}

void MainWindow::purge(const std::vector<RunId>& runs) {
  purgeAfter(tr("Delete %1 with all checkpoints? This cannot be undone.").arg(text::runs(std::ssize(runs))), runs);
}

void MainWindow::purgeAfter(const QString& question, const std::vector<RunId>& runs) {
  QMessageBox box(QMessageBox::Warning, tr("Delete for good"), question, QMessageBox::Cancel, this);
  const auto* purge = box.addButton(tr("Delete for good"), QMessageBox::DestructiveRole);
  box.exec();
  if (box.clickedButton() != purge) return;
  edits_->forget(runs);
  actions_.purge(runs);
}

void MainWindow::askToEmptyTrash() {
  struct Trash {
    std::vector<RunId> runs;
    int64_t bytes = 0;
  };
  reader_.post(
      this,
      [](RunStore& store) {
        Trash trash;
        RunListRequest request;
        request.trash = true;
        for (const RunList::Row& row : store.list(request).rows) {
          trash.runs.push_back(row.run);
          for (const CheckpointRow& checkpoint : store.checkpoints(row.run)) trash.bytes += checkpoint.bytes;
        }
        return trash;
      },
      [this](const Trash& trash) {
        if (trash.runs.empty())
          messages_->show({Message::Level::Info, tr("The trash is empty."), {}, {}});
        else
          purgeAfter(tr("Delete the %1 in the trash for good? Their checkpoints take %2. This cannot be undone.")
                         .arg(text::runs(std::ssize(trash.runs)), text::megabytes(trash.bytes)),
                     trash.runs);
      },
      [this](const QString& sentence) { complain(sentence); });
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
