#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>
#include <memory>
#include <stop_token>

#include "app/settings.h"
#include "app/store_thread.h"

class QMenu;
class QWidget;

namespace scanline {

struct ClusterSettings;

/// Runs of other programs while they train: files of scanline_log.py in the workspace's inbox, the event files of
/// watched folders, and the runs of a cluster. Looks every two seconds, on a thread of its own. UI thread.
class LiveRuns : public QObject {
  Q_OBJECT
 public:
  LiveRuns(const QString& workspace, Settings& settings, QWidget* window);
  ~LiveRuns() override;

  /// The workspace is open, and can be written.
  void start();
  /// Gives up the import that goes on, and waits until it has stopped.
  void finish();
  /// "Watch a folder…", and the folders that are watched.
  void addToMenu(QMenu& file);
  void watch(const QString& folder);
  void unwatch(const QString& folder);
  QStringList watched() const { return folders_; }
  /// Runs can be sent to a cluster.
  bool hasCluster() const { return hasCluster_; }
  /// Shows the settings of the cluster, and takes them.
  void editCluster();

 signals:
  void changed();  ///< runs began or grew
  void begun(const QString& sentence);
  void warned(const QString& sentence);
  void failed(const QString& sentence);

 private:
  struct Sources;  ///< of the thread
  struct News {
    QStringList begun, warnings;
    bool isChanged = false, hasCluster = false;
  };
  void setCluster(const ClusterSettings& settings);
  void look();
  void take(const News& news);
  void askForFolder();
  void fillMenu(QMenu& menu);

  QString workspace_;
  Settings& settings_;
  QWidget* window_;
  QStringList folders_;
  std::shared_ptr<Sources> sources_;
  std::stop_source stop_;
  QTimer tick_;
  bool isLooking_ = false, hasCluster_ = false;
  StoreThread thread_;  // last: it delivers to this
};

}  // namespace scanline
