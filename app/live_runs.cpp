#include "app/live_runs.h"

#include <QDir>
#include <QFileDialog>
#include <QMenu>
#include <algorithm>
#include <map>
#include <optional>

#include "app/cluster_dialog.h"
#include "app/worker_program.h"
#include "core/base/error.h"
#include "core/base/passing_error.h"
#include "core/jobs/cluster_runs.h"
#include "core/jobs/event_watch.h"
#include "core/jobs/inbox.h"

namespace scanline {

namespace {

constexpr int kTickMs = 2000;

}  // namespace

struct LiveRuns::Sources {
  std::optional<Inbox> inbox;
  std::map<QString, EventWatch> watches;
  std::optional<ClusterRuns> cluster;
  QString clusterProblem;  ///< as it was told last

  News look(RunStore& store, const QStringList& folders, const Control& control);

 private:
  void lookAfterCluster(RunStore& store, News& news, const Control& control);
};

LiveRuns::LiveRuns(const QString& workspace, Settings& settings, QWidget* window)
    : QObject(window),
      workspace_(workspace),
      settings_(settings),
      window_(window),
      folders_(settings.watchedFolders(workspace)),
      sources_(std::make_shared<Sources>()),
      thread_(workspace.toStdString(), StoreMode::ReadWrite) {
  tick_.setInterval(kTickMs);
  connect(&tick_, &QTimer::timeout, this, &LiveRuns::look);
}

LiveRuns::~LiveRuns() {
  finish();
}

void LiveRuns::start() {
  tick_.start();
}

void LiveRuns::finish() {
  tick_.stop();
  stop_.request_stop();
  thread_.finish();
}

/// On the thread.
LiveRuns::News LiveRuns::Sources::look(RunStore& store, const QStringList& folders, const Control& control) {
  News news;
  const auto tell = [&](const auto& found, const QString& sentence) {
    for (const RunId run : found.begun) news.begun << sentence.arg(QString::fromStdString(store.run(run).name));
    for (const std::string& warning : found.warnings) news.warnings << QString::fromStdString(warning);
    news.isChanged = news.isChanged || !found.empty();
  };
  if (!inbox) inbox.emplace(store.workspace());
  tell(inbox->poll(store, control), tr("“%1” began in another program. Its curves grow here while it trains."));
  lookAfterCluster(store, news, control);
  std::erase_if(watches, [&](const auto& each) { return !folders.contains(each.first); });
  for (const QString& folder : folders) {
    auto at = watches.find(folder);
    if (at == watches.end()) {
      if (!QDir(folder).exists()) continue;  // on a disk that is not there just now; the next look asks again
      at = watches.emplace(folder, EventWatch(store.workspace(), folder.toStdString())).first;
    }
    tell(at->second.poll(store, false, control), tr("“%1” was found in a watched folder. Its curves grow here."));
  }
  return news;
}

/// On the thread.
void LiveRuns::Sources::lookAfterCluster(RunStore& store, News& news, const Control& control) {
  try {
    news.hasCluster = !readClusterSettings(store.workspace()).folder.empty();
    if (store.clusterRuns().empty()) return;
    if (!cluster) cluster.emplace(store.workspace(), workerProgram());
  } catch (const PassingError&) {
    throw;
  } catch (const Error& problem) {
    const QString sentence = QString::fromUtf8(problem.what());
    if (sentence != clusterProblem) news.warnings << sentence;
    clusterProblem = sentence;
    return;
  }
  const ClusterNews found = cluster->poll(store, control);
  for (const RunId run : found.submitted) {
    const RunSummary summary = store.run(run);
    news.begun << LiveRuns::tr("“%1” was submitted to the cluster as job %2.")
                      .arg(QString::fromStdString(summary.name), QString::fromStdString(summary.clusterJob));
  }
  for (const RunId run : found.refused) {
    const RunSummary summary = store.run(run);
    news.warnings << LiveRuns::tr("“%1” was not submitted to the cluster: %2")
                         .arg(QString::fromStdString(summary.name), QString::fromStdString(summary.detail));
  }
  for (const std::string& warning : found.warnings) news.warnings << QString::fromStdString(warning);
  news.isChanged = news.isChanged || found.isChanged;
}

void LiveRuns::editCluster() {
  thread_.post(
      this, [](RunStore& store) { return readClusterSettings(store.workspace()); },
      [this](const ClusterSettings& settings) {
        auto* dialog = new ClusterDialog(settings, window_);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(dialog, &QDialog::accepted, this, [this, dialog] { setCluster(dialog->settings()); });
        dialog->open();
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void LiveRuns::setCluster(const ClusterSettings& settings) {
  thread_.post(
      this, [settings](RunStore& store) { writeClusterSettings(store.workspace(), settings); },
      [this, settings] { hasCluster_ = !settings.folder.empty(); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void LiveRuns::look() {
  if (isLooking_) return;
  isLooking_ = true;
  thread_.post(
      this,
      [sources = sources_, folders = folders_, token = stop_.get_token()](RunStore& store) {
        try {
          return sources->look(store, folders, Control(token));
        } catch (const Stopped&) {
          return News{};
        }
      },
      [this](const News& news) {
        isLooking_ = false;
        take(news);
      },
      [this](const QString& sentence) {
        isLooking_ = false;
        if (!folders_.isEmpty()) emit failed(tr("Other programs’ runs cannot be taken: %1").arg(sentence));
        tick_.stop();
      });
}

void LiveRuns::take(const News& news) {
  hasCluster_ = news.hasCluster;
  constexpr qsizetype kMostTold = 3;
  if (news.begun.size() > kMostTold)
    emit begun(tr("%n runs of other programs began. Their curves grow here while they train.", nullptr,
                  int(news.begun.size())));
  else
    for (const QString& sentence : news.begun) emit begun(sentence);
  for (const QString& sentence : news.warnings) emit warned(sentence);
  if (news.isChanged) emit changed();
}

void LiveRuns::addToMenu(QMenu& file) {
  file.addAction(tr("&Watch a folder…"), this, &LiveRuns::askForFolder)
      ->setToolTip(tr("Shows the curves of TensorBoard’s event files while another program writes them"));
  QMenu* menu = file.addMenu(tr("Wa&tched folders"));
  menu->setEnabled(!folders_.isEmpty());
  connect(&file, &QMenu::aboutToShow, this, [this, menu] { fillMenu(*menu); });
  file.addAction(tr("Cl&uster…"), this, &LiveRuns::editCluster)
      ->setToolTip(tr("How runs are sent to a Slurm cluster, which trains them"));
}

void LiveRuns::fillMenu(QMenu& menu) {
  menu.clear();
  menu.setEnabled(!folders_.isEmpty());
  for (const QString& folder : folders_)
    menu.addAction(tr("Stop watching %1").arg(QString(folder).replace(QLatin1Char('&'), QLatin1String("&&"))), this,
                   [this, folder] { unwatch(folder); });
}

void LiveRuns::askForFolder() {
  auto* dialog = new QFileDialog(window_, tr("Watch a folder of event files"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, &LiveRuns::watch);
  dialog->open();
}

void LiveRuns::watch(const QString& folder) {
  const QString path = QDir::cleanPath(QDir(folder).absolutePath());
  if (folders_.contains(path)) return;
  folders_ << path;
  settings_.setWatchedFolders(workspace_, folders_);
  emit begun(tr("%1 is watched: its curves appear here and grow. File > Watched folders ends it.").arg(path));
  if (!tick_.isActive()) start();
  look();
}

void LiveRuns::unwatch(const QString& folder) {
  folders_.removeAll(folder);
  settings_.setWatchedFolders(workspace_, folders_);
}

}  // namespace scanline
