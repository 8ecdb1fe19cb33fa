#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

class QLocalServer;
class QLocalSocket;

namespace scanline {

/// One window a workspace: a second start for a workspace that a window of this user shows brings that one to the
/// front instead. UI thread.
class WindowServer : public QObject {
  Q_OBJECT
 public:
  /// From now on the window for this workspace.
  WindowServer(const QString& workspace, QObject* parent);

  /// Asks the window that shows this workspace to come to the front, and hands it files to import (absolute paths).
  /// False if there is none.
  static bool raiseOther(const QString& workspace, const QStringList& files = {});

 signals:
  void raiseRequested();
  void filesReceived(const QStringList& files);

 private:
  void take(QLocalSocket& caller);

  QLocalServer* server_;
};

}  // namespace scanline
