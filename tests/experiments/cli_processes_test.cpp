// Runs that several processes share, in processes of their own.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QDeadlineTimer>
#include <QTest>
#include <algorithm>
#include <csignal>
#include <fstream>

#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

QStringList shared(const TempFolder& workspace, const char* verb, const QStringList& more) {
  return QStringList{QLatin1String(verb)} + more +
         QStringList{"--workspace", QString::fromStdString(workspace.path().string())};
}

/// Fifty steps of a small model, in four slices.
QStringList settings(const char* name, int steps = 50) {
  QStringList list = kTiny;
  for (const QString& setting :
       {QStringLiteral("name=%1").arg(QLatin1String(name)), QStringLiteral("train.steps=%1").arg(steps),
        QStringLiteral("train.slices=4"), QStringLiteral("train.batchSize=14"), QStringLiteral("train.microBatch=2"),
        QStringLiteral("train.evaluateEvery=10"), QStringLiteral("train.checkpointEvery=10"),
        QStringLiteral("train.precision=fp32"), QStringLiteral("probe.every=0")})
    list << "--set" << setting;
  return list;
}

QStringList trainShared(const TempFolder& workspace, const char* name, const QStringList& more, int steps = 50) {
  return shared(workspace, "train", QStringList{"quick-start"} + settings(name, steps) + more);
}

/// Numbers that a run stored, without their times.
std::vector<double> numbersOf(const TempFolder& workspace, const char* name) {
  const RunStore store(workspace.path(), StoreMode::ReadOnly);
  const RunId run = store.find(name).value();
  std::vector<double> numbers;
  for (const auto series : {series::kTrainLoss, series::kGradientNorm, series::kValidationLoss,
                            series::kValidationAccuracy, series::kTestLoss, series::kTestAccuracy})
    for (const Point& point : store.points(run, series, -1)) {
      numbers.push_back(static_cast<double>(point.step));
      numbers.push_back(point.value);
    }
  return numbers;
}

RunSummary summaryOf(const TempFolder& workspace, const char* name) {
  const RunStore store(workspace.path(), StoreMode::ReadOnly);
  return store.run(store.find(name).value());
}

std::vector<pid_t> childrenOf(qint64 pid) {
  std::ifstream file(QStringLiteral("/proc/%1/task/%1/children").arg(pid).toStdString());
  std::vector<pid_t> list;
  for (pid_t child = 0; file >> child;) list.push_back(child);
  return list;
}

/// Starts the program and waits until the run has taken so many steps.
bool waitForStep(QProcess& process, const QStringList& arguments, const TempFolder& workspace, const char* name,
                 int64_t step) {
  prepareCli(process, arguments);
  process.start(QIODevice::ReadOnly);
  const QDeadlineTimer deadline(120'000);
  while (!deadline.hasExpired() && !process.waitForFinished(5)) {
    if (!std::filesystem::exists(workspace / "scanline.db")) continue;
    try {
      const RunStore store(workspace.path(), StoreMode::ReadOnly);
      if (const auto run = store.find(name); run && store.run(*run).step >= step) return true;
    } catch (const std::exception&) {
      // the first moments of a workspace
    }
  }
  return false;
}

uint16_t freePort() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  bind(probe, reinterpret_cast<sockaddr*>(&address), length);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  close(probe);
  return ntohs(address.sin_port);
}

}  // namespace

class CliProcessesTest : public QObject {
  Q_OBJECT

 private slots:
  void theNumberOfProcessesDecidesNoBit() {
    const TempFolder workspace;
    for (const char* name : {"1", "2", "4"}) {
      const auto result = runCli(trainShared(workspace, name, {"--processes", name}));
      QVERIFY2(result.code == 0, result.err.c_str());
      QCOMPARE(summaryOf(workspace, name).state, RunState::Finished);
    }
    const auto one = numbersOf(workspace, "1");
    QVERIFY(one.size() > 2 * (50 + 50 + 5));
    QCOMPARE(numbersOf(workspace, "2"), one);
    QCOMPARE(numbersOf(workspace, "4"), one);
  }

  void fineTuningIsShared() {
    const TempFolder workspace;
    QCOMPARE(runCli(trainShared(workspace, "model", {}, 10)).code, 0);
    for (const char* name : {"1", "2"}) {
      const auto result = runCli(shared(workspace, "finetune",
                                        QStringList{"model"} + settings(name, 20) + QStringList{"--processes", name}));
      QVERIFY2(result.code == 0, result.err.c_str());
    }
    QVERIFY(numbersOf(workspace, "1").size() > 50);
    QCOMPARE(numbersOf(workspace, "2"), numbersOf(workspace, "1"));
  }

  void slicesAreAsManyAsProcessesUnlessSaid() {
    const TempFolder workspace;
    const auto result =
        runCli(shared(workspace, "train", QStringList{"quick-start"} + kTiny + QStringList{"--processes", "2"}));
    QVERIFY2(result.code == 0, result.err.c_str());
    QVERIFY2(result.err.find("The batch of 8 images is cut into 2 slices, one for each process (train.slices = 2).") !=
                 std::string::npos,
             result.err.c_str());
    const RunStore store(workspace.path(), StoreMode::ReadOnly);
    QCOMPARE(specOf(store, store.find("tiny").value()).train.slices, 2);
  }

  /// A killed process: the run fails with a sentence and the checkpoint of its last whole step, from which another
  /// number of processes goes on as if nothing had happened.
  void aDeathEndsTheRunAndAnotherNumberGoesOn() {
    const TempFolder workspace;
    constexpr int kSteps = 400;
    QCOMPARE(runCli(trainShared(workspace, "twin", {}, kSteps)).code, 0);
    QProcess process;
    QVERIFY(waitForStep(process, trainShared(workspace, "killed", {"--processes", "2"}, kSteps), workspace, "killed", 25));
    const auto children = childrenOf(process.processId());
    QCOMPARE(children.size(), size_t{1});
    kill(children[0], SIGKILL);
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 1);
    const auto failed = summaryOf(workspace, "killed");
    QCOMPARE(failed.state, RunState::Failed);
    const auto sentence = QStringLiteral("After step %1: Process 1 of 2 (pid %2) was killed by signal 9.")
                              .arg(failed.step)
                              .arg(children[0])
                              .toStdString();
    QVERIFY2(failed.detail.starts_with(sentence), failed.detail.c_str());
    {
      const RunStore store(workspace.path(), StoreMode::ReadOnly);
      QCOMPARE(store.checkpoints(store.find("killed").value()).back().step, failed.step);
      QVERIFY(failed.step >= 25 && failed.step < kSteps);
    }
    const auto resumed = runCli(shared(workspace, "resume", {"killed", "--processes", "4"}));
    QVERIFY2(resumed.code == 0, resumed.err.c_str());
    QCOMPARE(numbersOf(workspace, "killed"), numbersOf(workspace, "twin"));
  }

  /// A stop of all by Ctrl+C, which a terminal sends to every process: process 0 saves, and one process goes on.
  void aStopIsDecidedTogether() {
    const TempFolder workspace;
    constexpr int kSteps = 400;
    QCOMPARE(runCli(trainShared(workspace, "twin", {}, kSteps)).code, 0);
    QProcess process;
    QVERIFY(
        waitForStep(process, trainShared(workspace, "stopped", {"--processes", "2"}, kSteps), workspace, "stopped", 15));
    for (const pid_t child : childrenOf(process.processId())) kill(child, SIGINT);
    kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 130);
    QCOMPARE(summaryOf(workspace, "stopped").state, RunState::Stopped);
    QCOMPARE(runCli(shared(workspace, "resume", {"stopped"})).code, 0);
    QCOMPARE(numbersOf(workspace, "stopped"), numbersOf(workspace, "twin"));
  }

  void launchersAreUnderstood_data() {
    QTest::addColumn<QStringList>("names");
    QTest::newRow("torchrun") << QStringList{"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"};
    QTest::newRow("mpirun") << QStringList{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
                                           "OMPI_COMM_WORLD_LOCAL_SIZE"};
    QTest::newRow("srun") << QStringList{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE"};
  }
  /// Every process gets the same command line, and variables of its own. One run comes of it.
  void launchersAreUnderstood() {
    QFETCH(QStringList, names);
    const TempFolder workspace;
    QCOMPARE(runCli(trainShared(workspace, "twin", {}, 12)).code, 0);
    const auto port = QString::number(freePort());
    QProcess processes[2];
    for (int rank = 1; rank >= 0; --rank) {
      prepareCli(processes[rank], trainShared(workspace, "launched", {"--timeout", "60"}, 12));
      auto environment = processes[rank].processEnvironment();
      for (int i = 0; i < 4; ++i) environment.insert(names[i], QString::number(i % 2 == 0 ? rank : 2));
      environment.insert("MASTER_PORT", port);
      environment.insert("MASTER_ADDR", "127.0.0.1");
      processes[rank].setProcessEnvironment(environment);
      processes[rank].start(QIODevice::ReadOnly);
    }
    for (auto& process : processes) {
      QVERIFY(process.waitForFinished(120'000));
      QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    }
    QCOMPARE(processes[1].readAllStandardOutput(), QByteArray());
    QCOMPARE(RunStore(workspace.path(), StoreMode::ReadOnly).list({}).rows.size(), size_t{2});
    QCOMPARE(numbersOf(workspace, "launched"), numbersOf(workspace, "twin"));
  }

  void searchesAreShared() {
    const TempFolder workspace;
    const auto result = runCli(trainShared(
        workspace, "search", {"--processes", "2", "--set", "search.rates=0.01, 0.003", "--set", "sample.every=0"}, 6));
    QVERIFY2(result.code == 0, result.err.c_str());
    QCOMPARE(summaryOf(workspace, "search").state, RunState::Finished);
  }

  void theRestIsRefused() {
    const TempFolder workspace;
    const auto error = [&](const QStringList& arguments, int code) {
      const auto result = runCli(arguments);
      if (result.code != code) return "code " + std::to_string(result.code) + ": " + result.err;
      return result.err;
    };
    const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
    auto text = error(trainShared(workspace, "a", {"--processes", "3"}), 1);
    QVERIFY2(has(text, "3 processes cannot share the 4 slices of this run's batch"), text.c_str());
    text = error(trainShared(workspace, "a", {"--processes", "2", "--set", "kind=vqvae"}), 1);
    QVERIFY2(has(text, "A run of kind vqvae is done by one process"), text.c_str());
    text = error(trainShared(workspace, "a", {"--processes", "2", "--detach"}), 2);
    QVERIFY2(has(text, "--detach excludes --processes"), text.c_str());
    text = error(shared(workspace, "probe", {"a", "--processes", "2"}), 2);
    QVERIFY2(has(text, "--processes"), text.c_str());
    QCOMPARE(runCli(trainShared(workspace, "a", {}, 5)).code, 0);
    // A verb that one process does, started by a launcher as two.
    QProcess process;
    prepareCli(process, shared(workspace, "probe", QStringList{"a", "--store"}));
    auto environment = process.processEnvironment();
    environment.insert("RANK", "0");
    environment.insert("WORLD_SIZE", "2");
    process.setProcessEnvironment(environment);
    process.start(QIODevice::ReadOnly);
    QVERIFY(process.waitForFinished(60'000));
    text = process.readAllStandardError().toStdString();
    QCOMPARE(process.exitCode(), 1);
    QVERIFY2(has(text, "A run of kind probe is done by one process, and 2 were started."), text.c_str());
  }
};

QTEST_GUILESS_MAIN(CliProcessesTest)
#include "cli_processes_test.moc"
