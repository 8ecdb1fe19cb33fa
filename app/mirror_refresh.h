#pragma once

#include <QObject>
#include <QTimer>
#include <thread>

class QAction;
class QMenu;
class QWidget;

namespace scanline {

/// Mirrors of other machines' workspaces (core/jobs/mirror.h): makes one, and refreshes the one that the window shows,
/// every minute and when a person asks. ssh and rsync work on a thread of their own. UI thread.
class MirrorRefresh : public QObject {
  Q_OBJECT
 public:
  MirrorRefresh(const QString& workspace, QWidget* window);
  ~MirrorRefresh() override;

  void addToMenu(QMenu& file);
  /// The workspace is a mirror, and open.
  void start();
  /// "user@machine:/folder" becomes a mirror below the user's data, or is refreshed there.
  void make(const QString& source);

 signals:
  void refreshed();
  /// A mirror is there to be opened.
  void made(const QString& folder);
  void told(const QString& sentence);
  void failed(const QString& sentence);

 private:
  void askForSource();
  void refresh(bool isAsked);
  template <class Work, class Done>
  void run(Work work, Done done, bool tellsTrouble);

  QString workspace_;
  QWidget* window_;
  QAction* refresh_ = nullptr;
  QTimer timer_;
  bool isBusy_ = false, wasTold_ = false;
  std::jthread thread_;  // last: it ends before the rest goes
};

}  // namespace scanline
