#pragma once

#include <unistd.h>

#include <QDeadlineTimer>
#include <QProcess>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QSysInfo>
#include <QTest>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/support/temp_folder.h"

/// A cluster of this one machine, for the time of a test: munge, slurmctld and slurmd, with ports and files of their
/// own. SLURM_CONF names it to the programs that the test starts.
class SlurmCluster {
 public:
  /// `why`: the sentence of why there is none, then.
  static std::unique_ptr<SlurmCluster> start(QString& why) {
    for (const char* name : {"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"})
      if (find(name).isEmpty()) {
        why = QStringLiteral("%1 is not installed").arg(QLatin1String(name));
        return nullptr;
      }
    if (::geteuid() != 0) {
      why = QStringLiteral("slurmd starts jobs for root alone");
      return nullptr;
    }
    std::unique_ptr<SlurmCluster> cluster(new SlurmCluster);
    why = cluster->begin();
    return why.isEmpty() ? std::move(cluster) : nullptr;
  }
  ~SlurmCluster() {
    qunsetenv("SLURM_CONF");
    for (const char* file : {"slurmd.pid", "slurmctld.pid", "munged.pid"}) {
      std::ifstream in(folder_ / file);
      if (pid_t pid = 0; in >> pid && pid > 0) end(pid);
    }
  }
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

  /// Runs a program; returns what it said, or nothing if it failed.
  static QByteArray ask(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.start(find(program), arguments);
    constexpr int kLongest = 60'000;  // ms; the machine may be busy
    if (!process.waitForFinished(kLongest) || process.exitCode() != 0) return {};
    return process.readAllStandardOutput();
  }

 private:
  SlurmCluster() = default;

  static QString find(const QString& program) {
    const QString found = QStandardPaths::findExecutable(program);
    return found.isEmpty() ? QStandardPaths::findExecutable(program, {QStringLiteral("/usr/sbin")}) : found;
  }

  static void end(pid_t pid) {
    ::kill(pid, SIGTERM);
    for (QDeadlineTimer limit(10'000); ::kill(pid, 0) == 0 && !limit.hasExpired();) QTest::qSleep(20);
    ::kill(pid, SIGKILL);
  }

  QString path(const char* name) const { return QString::fromStdString((folder_ / name).string()); }

  QString begin() {
    const std::string host = QSysInfo::machineHostName().section(QLatin1Char('.'), 0, 0).toStdString();
    const int port = 20'000 + QRandomGenerator::global()->bounded(20'000);
    {
      std::ofstream key(folder_ / "key", std::ios::binary);
      for (int i = 0; i < 256; ++i) key << char(QRandomGenerator::global()->bounded(256));
    }
    std::filesystem::permissions(folder_ / "key", std::filesystem::perms::owner_read);
    const std::string at = folder_.path().string();
    std::ofstream(folder_ / "slurm.conf")
        << "ClusterName=test\nSlurmctldHost=" << host << "(127.0.0.1)\nSlurmctldPort=" << port
        << "\nSlurmdPort=" << port + 1 << "\nSlurmUser=root\nAuthType=auth/munge\nAuthInfo=socket=" << at
        << "/munge.socket\nCredType=cred/munge\nMpiDefault=none\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
           "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
           "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nSchedulerType=sched/builtin\n"
           "SlurmdParameters=config_overrides\nReturnToService=2\nKillWait=30\nStateSaveLocation="
        << at << "/state\nSlurmdSpoolDir=" << at << "/spool\nSlurmctldPidFile=" << at
        << "/slurmctld.pid\nSlurmdPidFile=" << at << "/slurmd.pid\nSlurmctldLogFile=" << at
        << "/slurmctld.log\nSlurmdLogFile=" << at << "/slurmd.log\nNodeName=" << host
        << " NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN\n"
           "PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n";
    std::filesystem::create_directories(folder_ / "state");
    std::filesystem::create_directories(folder_ / "spool");
    qputenv("SLURM_CONF", path("slurm.conf").toUtf8());
    if (!run("munged",
             {"--force", "--key-file=" + path("key"), "--socket=" + path("munge.socket"),
              "--pid-file=" + path("munged.pid"), "--seed-file=" + path("seed"), "--log-file=" + path("munged.log")}))
      return QStringLiteral("munged does not start");
    if (!run("slurmctld", {"-f", path("slurm.conf")})) return QStringLiteral("slurmctld does not start");
    if (!waitFor([] { return !ask("scontrol", {"ping"}).isEmpty(); }))
      return QStringLiteral("slurmctld gives no answer");
    if (!run("slurmd", {"-f", path("slurm.conf")})) return QStringLiteral("slurmd does not start");
    if (!waitFor([] { return ask("sinfo", {"--noheader", "--format=%t"}).trimmed() == "idle"; }))
      return QStringLiteral("the node does not become idle");
    return {};
  }

  /// The daemons leave their starter, and keep its standard files unless they are others.
  static bool run(const char* program, const QStringList& arguments) {
    QProcess process;
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(QProcess::nullDevice());
    process.start(find(program), arguments);
    return process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
  }

  template <class Condition>
  static bool waitFor(Condition condition) {
    for (QDeadlineTimer limit(60'000); !limit.hasExpired(); QTest::qSleep(100))
      if (condition()) return true;
    return false;
  }

  TempFolder folder_;
};
