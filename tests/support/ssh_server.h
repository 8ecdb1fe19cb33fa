#pragma once

#include <unistd.h>

#include <QDeadlineTimer>
#include <QDir>
#include <QProcess>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/support/temp_folder.h"

/// sshd of this machine for the time of a test: on a port of its own, with keys of its own, which lets in this user. No
/// file of the user's or of the machine's ssh is read or written.
class SshServer {
 public:
  /// `programs`: folders with programs that commands find there. `why`: the sentence of why there is none, then.
  static std::unique_ptr<SshServer> start(const std::filesystem::path& programs, QString& why) {
    for (const char* name : {"sshd", "ssh", "ssh-keygen"})
      if (find(name).isEmpty()) {
        why = QStringLiteral("%1 is not installed").arg(QLatin1String(name));
        return nullptr;
      }
    std::unique_ptr<SshServer> server(new SshServer);
    constexpr int kTries = 5;  // a port may be taken
    for (int i = 0; i < kTries; ++i) {
      why = server->begin(programs);
      if (why.isEmpty()) return server;
    }
    return nullptr;
  }
  ~SshServer() {
    daemon_.terminate();
    if (!daemon_.waitForFinished(10'000)) daemon_.kill(), daemon_.waitForFinished();
    if (madeFolder_) QDir().rmdir(kPrivileged);
  }
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  /// ssh to it, as a shell takes the words. With `stranger` by a key that it does not know.
  QString command(bool stranger = false) const {
    return QStringLiteral("%1 -F %2 -o BatchMode=yes -o ConnectTimeout=60")
        .arg(find("ssh"), path(stranger ? "stranger_config" : "ssh_config"));
  }
  QString host() const { return QStringLiteral("127.0.0.1"); }

 private:
  static constexpr const char* kPrivileged = "/run/sshd";  // where sshd of root goes; the machine's own one makes it

  SshServer() = default;

  static QString find(const QString& program) {
    const QString found = QStandardPaths::findExecutable(program);
    return found.isEmpty() ? QStandardPaths::findExecutable(program, {QStringLiteral("/usr/sbin")}) : found;
  }
  QString path(const QString& name) const { return QString::fromStdString((folder_ / name.toStdString()).string()); }
  static bool run(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.start(program, arguments);
    return process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
  }
  void writeClientConfig(const char* name, const char* key, int port) const {
    std::ofstream(folder_ / name) << "Host *\n  Port " << port << "\n  IdentityFile " << path(key).toStdString()
                                  << "\n  IdentitiesOnly yes\n  IdentityAgent none\n  StrictHostKeyChecking no\n"
                                  << "  UserKnownHostsFile " << path("known_hosts").toStdString()
                                  << "\n  GlobalKnownHostsFile none\n";
  }

  QString begin(const std::filesystem::path& programs) {
    if (::geteuid() == 0 && !QDir(kPrivileged).exists()) madeFolder_ = QDir().mkdir(kPrivileged);
    for (const char* key : {"host_key", "user_key", "stranger_key"})
      if (!QFile::exists(path(key)) && !run(find("ssh-keygen"), {"-q", "-t", "ed25519", "-N", "", "-f", path(key)}))
        return QStringLiteral("ssh-keygen makes no key");
    const int port = 20'000 + QRandomGenerator::global()->bounded(12'000);
    std::ofstream(folder_ / "sshd_config")
        << "Port " << port << "\nListenAddress 127.0.0.1\nHostKey " << path("host_key").toStdString()
        << "\nPidFile none\nAuthorizedKeysFile " << path("user_key.pub").toStdString()
        << "\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
           "PermitRootLogin yes\nSetEnv PATH="
        << programs.string() << ":/usr/local/bin:/usr/bin:/bin\n";
    writeClientConfig("ssh_config", "user_key", port);
    writeClientConfig("stranger_config", "stranger_key", port);
    daemon_.setStandardErrorFile(path("sshd.log"));
    daemon_.start(find("sshd"), {"-D", "-e", "-f", path("sshd_config")});
    QStringList words = QProcess::splitCommand(command());
    const QString ssh = words.takeFirst();
    for (QDeadlineTimer limit(60'000); !limit.hasExpired() && daemon_.state() != QProcess::NotRunning;
         daemon_.waitForFinished(200))
      if (run(ssh, words + QStringList{host(), QStringLiteral("true")})) return {};
    daemon_.kill();
    daemon_.waitForFinished();
    QFile log(path("sshd.log"));
    if (!log.open(QIODevice::ReadOnly)) return QStringLiteral("sshd does not start");
    return QStringLiteral("sshd lets nobody in: ") + QString::fromUtf8(log.readAll()).simplified().right(300);
  }

  TempFolder folder_;
  QProcess daemon_;
  bool madeFolder_ = false;
};
