// News of runs that go on, and of those that end: title, launcher, desktop, messages.
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <algorithm>
#include <cmath>

#include "app/desktop_notice.h"
#include "app/main_window.h"
#include "app/run_news.h"
#include "app/run_starter.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/path_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

/// "~/studies/cifar", or the end of a long path.
QString shortPath(const QString& folder) {
  constexpr qsizetype kMost = 40;
  const QString path = text::fromHome(folder);
  if (path.size() <= kMost) return path;
  const QStringList parts = path.split(QLatin1Char('/'));
  return QStringLiteral("…/") + parts.mid(std::max<qsizetype>(0, parts.size() - 2)).join(QLatin1Char('/'));
}

/// Of a run of another program nobody knows how many steps it is to take.
bool knowsItsEnd(const RunSummary& run) {
  return takesSteps(run) && run.steps > 0;
}

}  // namespace

void MainWindow::connectNews() {
  news_ = new RunNews(reader_, this);
  notice_ = new DesktopNotice(this);
  connect(news_, &RunNews::trainingChanged, this, &MainWindow::trainingChanged);
  connect(news_, &RunNews::ended, this, &MainWindow::runEnded);
  connect(news_, &RunNews::alerted, this, &MainWindow::runAlerted);
  connect(notice_, &DesktopNotice::activated, this, &MainWindow::comeForward);
  connect(&actions_.notifier(), &UiNotifier::notified, news_, &RunNews::look);
  connect(&actions_, &RunActions::started, this, [this](RunId run) { messages_->setAbout(startMessage_, run); });
  connect(&actions_, &RunActions::goesOn, this, [this](RunId run, const QString& sentence) {
    messages_->show({.level = Message::Level::Info, .text = sentence, .action = {}, .act = {}, .about = run});
  });
  connect(tabs_, &QTabWidget::currentChanged, messages_, &MessageBar::leavePage);
  connect(centre_, &QStackedWidget::currentChanged, messages_, &MessageBar::leavePage);
  showTitle();
}

/// The workspace, so that two windows can be told apart; before it the progress of the training. Qt adds the program's
/// name to the titles of all windows, this one and the dialogs.
void MainWindow::showTitle() {
  if (leaving_) return;
  QString title = shortPath(workspace_);
  if (readOnly_) title = tr("%1, for reading").arg(title);
  if (const auto& run = news_->training()) {
    const QString name = QString::fromStdString(run->name);
    title = knowsItsEnd(*run) ? tr("%1 % of %2 · %3").arg(std::floor(100 * text::progress(*run))).arg(name, title)
                              : tr("%1 · %2").arg(name, title);
  }
  setWindowTitle(title);
}

void MainWindow::trainingChanged() {
  const auto& run = news_->training();
  if (const RunId now = run ? run->id : RunId{}; now != training_) {
    training_ = now;
    messages_->forget(now);  // it waits no longer
  }
  starter_->setTrains(run.has_value());
  notice_->showProgress(run && knowsItsEnd(*run) ? std::optional(text::progress(*run)) : std::nullopt);
  showTitle();
}

void MainWindow::runEnded(const RunSummary& run) {
  messages_->forget(run.id);
  const RunSummary* search = run.parent ? summary(*run.parent) : nullptr;
  const bool isTrial = search && search->kind == RunKind::Search;  // it goes on with its search
  // A moment later the parent of the process has told how it died.
  if (run.state == RunState::Interrupted && !isTrial && actions_.isOpen())
    QTimer::singleShot(1000, this, [this, id = run.id] { offerToResume(id); });
  // Its row alone would be missed by one who looks at another run.
  if (run.state == RunState::Failed && !isTrial)
    messages_->show({.level = Message::Level::Error,
                     .text = tr("“%1” failed. %2").arg(QString::fromStdString(run.name), text::outcome(run)),
                     .action = {},
                     .act = {},
                     .about = run.id});
  if (!settings_.notifies() || isActiveWindow()) return;
  const QString name = QString::fromStdString(run.name);
  if (run.state == RunState::Finished)
    notice_->tell(tr("“%1” is finished").arg(name), text::outcome(run));
  else if (run.state == RunState::Failed || run.state == RunState::Interrupted)
    notice_->tell(run.state == RunState::Failed ? tr("“%1” failed").arg(name) : tr("“%1” was cut off").arg(name),
                  QString::fromStdString(run.detail));
}

void MainWindow::offerToResume(RunId id) {
  reader_.post(
      this, [id](RunStore& store) { return store.run(id); },
      [this](const RunSummary& run) {
        if (run.state != RunState::Interrupted) return;
        messages_->show(
            {.level = Message::Level::Warning,
             .text =
                 tr("“%1” was cut off. %2").arg(QString::fromStdString(run.name), QString::fromStdString(run.detail)),
             .action = run.kind == RunKind::Curves ? QString() : tr("Resume"),  // of another program
             .act = [this, id = run.id] { actions_.resume({id}); },
             .about = run.id});
      },
      [](const QString&) {});  // it is gone
}

void MainWindow::runAlerted(const RunSummary& run, const Alert& alert) {
  const QString name = QString::fromStdString(run.name), trouble = QString::fromStdString(alert.sentence);
  const bool mayStop = alert.isFatal() && actions_.isOpen() && text::canStop(run);
  const bool stops = mayStop && settings_.stopsDiverging();
  if (stops) actions_.stop(run.id);
  const bool offers = mayStop && !stops;
  messages_->show({.level = Message::Level::Warning,
                   .text = stops ? tr("“%1” is stopped: %2.").arg(name, trouble) : tr("“%1”: %2.").arg(name, trouble),
                   .action = offers ? tr("Stop it") : QString(),
                   .act = [this, id = run.id] { actions_.stop(id); },
                   .about = stops ? RunId{} : run.id});
  if (settings_.notifies() && !isActiveWindow())
    notice_->tell(stops ? tr("“%1” is stopped").arg(name) : tr("“%1” is in trouble").arg(name), trouble);
}

}  // namespace scanline
