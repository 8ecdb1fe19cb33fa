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

/// A cluster on this machine, for the time of a test: munge, slurmctld and a slurmd for each of its nodes, with ports
/// and files of their own. SLURM_CONF names it to the programs that the test starts.
class SlurmCluster {
 public:
  /// One that has run a job on each node. `why`: the sentence of why there is none, then.
  static std::unique_ptr<SlurmCluster> start(QString& why, int nodes = 1) {
    for (const char* name :
         {"munged", "slurmctld", "slurmd", "sbatch", "srun", "sinfo", "squeue", "scontrol", "scancel"})
      if (find(name).isEmpty()) {
        why = QStringLiteral("%1 is not installed").arg(QLatin1String(name));
        return nullptr;
      }
    if (::geteuid() != 0) {
      why = QStringLiteral("slurmd starts jobs for root alone");
      return nullptr;
    }
    std::unique_ptr<SlurmCluster> cluster(new SlurmCluster(nodes));
    why = cluster->begin();
    return why.isEmpty() ? std::move(cluster) : nullptr;
  }
  ~SlurmCluster() {
    qunsetenv("SLURM_CONF");
    QStringList files;
    for (int node = 1; node <= nodes_; ++node) files << QStringLiteral("slurmd.n%1.pid").arg(node);
    for (const QString& file : files << QStringLiteral("slurmctld.pid") << QStringLiteral("munged.pid")) {
      std::ifstream in(folder_ / file.toStdString());
      if (pid_t pid = 0; in >> pid && pid > 0) end(pid);
    }
  }
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

  int nodes() const { return nodes_; }

  /// Runs a program; returns what it said, or nothing if it failed.
  static QByteArray ask(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.start(find(program), arguments);
    constexpr int kLongest = 60'000;  // ms; the machine may be busy
    if (!process.waitForFinished(kLongest) || process.exitCode() != 0) return {};
    return process.readAllStandardOutput();
  }

 private:
  explicit SlurmCluster(int nodes) : nodes_(nodes) {}

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
    const int port = 20'000 + QRandomGenerator::global()->bounded(12'000);
    {
      std::ofstream key(folder_ / "key", std::ios::binary);
      for (int i = 0; i < 256; ++i) key << char(QRandomGenerator::global()->bounded(256));
    }
    std::filesystem::permissions(folder_ / "key", std::filesystem::perms::owner_read);
    const std::string at = folder_.path().string();
    std::ofstream(folder_ / "slurm.conf")
        << "ClusterName=test\nSlurmctldHost=" << host << "(127.0.0.1)\nSlurmctldPort=" << port
        << "\nSlurmUser=root\nAuthType=auth/munge\nAuthInfo=socket=" << at
        << "/munge.socket\nCredType=cred/munge\nMpiDefault=none\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
           "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
           "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nSchedulerType=sched/builtin\n"
           "SlurmdParameters=config_overrides\nReturnToService=2\nKillWait=30\nStateSaveLocation="
        << at << "/state\nSlurmdSpoolDir=" << at << "/spool.%n\nSlurmctldPidFile=" << at
        << "/slurmctld.pid\nSlurmdPidFile=" << at << "/slurmd.%n.pid\nSlurmctldLogFile=" << at
        << "/slurmctld.log\nSlurmdLogFile=" << at << "/slurmd.%n.log\n";
    std::ofstream conf(folder_ / "slurm.conf", std::ios::app);
    for (int node = 1; node <= nodes_; ++node)
      conf << "NodeName=n" << node << " NodeHostname=" << host << " NodeAddr=127.0.0.1 Port=" << port + node
           << " CPUs=2 RealMemory=1000 State=UNKNOWN\n";
    conf << "PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n";
    conf.close();
    std::filesystem::create_directories(folder_ / "state");
    qputenv("SLURM_CONF", path("slurm.conf").toUtf8());
    if (!run("munged",
             {"--force", "--key-file=" + path("key"), "--socket=" + path("munge.socket"),
              "--pid-file=" + path("munged.pid"), "--seed-file=" + path("seed"), "--log-file=" + path("munged.log")}))
      return QStringLiteral("munged does not start");
    if (!run("slurmctld", {"-f", path("slurm.conf")})) return QStringLiteral("slurmctld does not start");
    if (!waitFor([] { return !ask("scontrol", {"ping"}).isEmpty(); }))
      return QStringLiteral("slurmctld gives no answer");
    // Several on one machine need a slurmd that was built for that, as Debian's is.
    for (int node = 1; node <= nodes_; ++node)
      if (!run("slurmd", {"-N", QStringLiteral("n%1").arg(node), "-f", path("slurm.conf")}))
        return QStringLiteral("slurmd does not start");
    if (!waitFor([] { return ask("sinfo", {"--noheader", "--format=%t"}).trimmed() == "idle"; }))
      return QStringLiteral("its nodes do not become idle");
    return tryJob();
  }

  /// A job of all nodes, as the runs' own are. It may be refused here what a daemon need not be.
  QString tryJob() {
    std::ofstream(folder_ / "try.sh") << "#!/bin/sh\nunset SLURM_EXPORT_ENV\nsrun true && echo done >'"
                                      << (folder_ / "tried").string() << "'\n";
    const QString nodes = QString::number(nodes_);
    const QByteArray job = ask("sbatch", {"--parsable", "--export=NONE", "--output=" + path("try.log"),
                                          "--nodes=" + nodes, "--ntasks=" + nodes, path("try.sh")})
                               .trimmed();
    if (job.isEmpty()) return QStringLiteral("sbatch is refused");
    std::error_code ignored;
    waitFor([&] {
      return std::filesystem::exists(folder_ / "tried", ignored) ||
             ask("squeue", {"--noheader", "--jobs=" + QString::fromUtf8(job)}).isEmpty();
    });
    return std::filesystem::exists(folder_ / "tried", ignored) ? QString() : QStringLiteral("a job does not end well");
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
  int nodes_;
};
