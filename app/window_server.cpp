#include "app/window_server.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QLocalServer>
#include <QLocalSocket>

namespace scanline {

namespace {

constexpr int kPatienceMs = 500;

/// The same for every way to write the folder, and short enough for the path of a socket.
QString serverName(const QString& workspace) {
  const QString real = QFileInfo(workspace).canonicalFilePath();
  const QString folder = real.isEmpty() ? QDir::cleanPath(QDir(workspace).absolutePath()) : real;
  const QByteArray digest = QCryptographicHash::hash(folder.toUtf8(), QCryptographicHash::Sha1).toHex().left(16);
  return QStringLiteral("scanline-%1-%2").arg(QString::fromLocal8Bit(qgetenv("USER")), QString::fromLatin1(digest));
}

}  // namespace

WindowServer::WindowServer(const QString& workspace, QObject* parent)
    : QObject(parent), server_(new QLocalServer(this)) {
  server_->setSocketOptions(QLocalServer::UserAccessOption);
  connect(server_, &QLocalServer::newConnection, this, [this] {
    while (QLocalSocket* caller = server_->nextPendingConnection()) {
      connect(caller, &QLocalSocket::disconnected, this, [this, caller] { take(*caller); });
      if (caller->state() == QLocalSocket::UnconnectedState) take(*caller);
    }
    emit raiseRequested();
  });
  const QString name = serverName(workspace);
  QLocalServer::removeServer(name);  // of a process that died: raiseOther() found no server
  server_->listen(name);
}

void WindowServer::take(QLocalSocket& caller) {
  const QStringList files = QString::fromUtf8(caller.readAll()).split(QChar(u'\0'), Qt::SkipEmptyParts);
  caller.deleteLater();
  if (!files.isEmpty()) emit filesReceived(files);
}

bool WindowServer::raiseOther(const QString& workspace, const QStringList& files) {
  QLocalSocket socket;
  socket.connectToServer(serverName(workspace));
  if (!socket.waitForConnected(kPatienceMs)) return false;
  if (!files.isEmpty()) {
    socket.write(files.join(QChar(u'\0')).toUtf8());  // the one sign that no path has
    socket.waitForBytesWritten(kPatienceMs);
  }
  socket.disconnectFromServer();
  return true;
}

}  // namespace scanline
