// Runs that several processes share, in processes of their own.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QDeadlineTimer>
#include <QStandardPaths>
#include <QTest>
#include <algorithm>
#include <cmath>
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

const QStringList kVqvae{"--set", "kind=vqvae",    "--set", "vqvae.codes=16",
                         "--set", "vqvae.width=8", "--set", "vqvae.reviveBelow=0"};

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
  // The pictures, too.
  for (const SampleSetInfo& info : store.sampleSets(run)) {
    const SampleSet set = store.samples(run, info.step, info.given > 0).value();
    for (const auto& picture : set.samples) numbers.insert(numbers.end(), picture.begin(), picture.end());
    for (const double nats : set.sampleNats) numbers.push_back(std::isnan(nats) ? -1 : nats);  // of a reconstruction
  }
  return numbers;
}

RunSummary summaryOf(const TempFolder& workspace, const char* name) {
  const RunStore store(workspace.path(), StoreMode::ReadOnly);
  return store.run(store.find(name).value());
}

/// Waits for it.
bool becomes(RunState state, const TempFolder& workspace, const char* name) {
  const QDeadlineTimer deadline(120'000);
  while (summaryOf(workspace, name).state != state) {
    if (deadline.hasExpired()) return false;
    QTest::qWait(5);
  }
  return true;
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
      const auto result = runCli(
          shared(workspace, "finetune", QStringList{"model"} + settings(name, 20) + QStringList{"--processes", name}));
      QVERIFY2(result.code == 0, result.err.c_str());
    }
    QVERIFY(numbersOf(workspace, "1").size() > 50);
    QCOMPARE(numbersOf(workspace, "2"), numbersOf(workspace, "1"));
    // Without the terminal, too.
    const auto detached = [&](const char* processes) {
      return runCli(
          shared(workspace, "finetune",
                 QStringList{"model"} + settings("own", 20) + QStringList{"--processes", processes, "--detach"}));
    };
    const auto started = detached("2");
    QVERIFY2(started.code == 0, started.err.c_str());
    QVERIFY2(started.out.find("in a process of its own") != std::string::npos, started.out.c_str());
    QVERIFY(summaryOf(workspace, "own").ownProcess);
    QVERIFY(becomes(RunState::Finished, workspace, "own"));
    QCOMPARE(numbersOf(workspace, "own"), numbersOf(workspace, "1"));
    // A run that cannot be shared leaves nothing behind.
    QCOMPARE(detached("3").code, 1);
    QCOMPARE(RunStore(workspace.path(), StoreMode::ReadOnly).list({}).rows.size(), size_t{4});
  }

  void aVqvaeIsShared() {
    const TempFolder workspace;
    for (const char* name : {"1", "2"}) {
      const auto result = runCli(trainShared(workspace, name, kVqvae + QStringList{"--processes", name}, 20));
      QVERIFY2(result.code == 0, result.err.c_str());
    }
    QVERIFY(numbersOf(workspace, "1").size() > 2 * 20);
    QCOMPARE(numbersOf(workspace, "2"), numbersOf(workspace, "1"));
  }

  /// Probes and low data as stored runs: the same results by one process and by two.
  void probesAreShared() {
    const TempFolder workspace;
    QCOMPARE(runCli(trainShared(workspace, "model", {}, 10)).code, 0);
    const auto resultsOf = [&](const char* name) {
      const RunStore store(workspace.path(), StoreMode::ReadOnly);
      const RunId run = store.find(name).value();
      std::vector<double> numbers;
      for (const ProbeResult& probe : store.probes(run, -1))
        numbers.insert(numbers.end(), {static_cast<double>(probe.layer), probe.accuracy, probe.trainAccuracy,
                                       probe.loss, probe.testAccuracy.value_or(-1)});
      for (const LowDataResult& result : store.lowData(run))
        numbers.insert(numbers.end(), {static_cast<double>(result.labelsPerClass), static_cast<double>(result.layer),
                                       result.accuracy, result.loss});
      return numbers;
    };
    for (const QString& verb : {QStringLiteral("probe"), QStringLiteral("lowdata")}) {
      for (const char* name : {"1", "2", "own"}) {
        const bool isOne = std::string_view(name) == "1", isOwn = std::string_view(name) == "own";
        QStringList arguments{"model",           "--set", "train.slices=2",     "--processes",
                              isOne ? "1" : "2", "--set", "name=" + verb + name};
        if (isOwn) arguments << "--detach";
        if (verb == "probe" && !isOwn) arguments << "--store";
        if (verb == "lowdata")
          arguments << "--set"
                    << "lowdata.labels=2, 3"
                    << "--set"
                    << "lowdata.subsets=2";
        const auto result = runCli(shared(workspace, verb.toLatin1().constData(), arguments));
        QVERIFY2(result.code == 0, result.err.c_str());
      }
      const auto one = resultsOf((verb + "1").toLatin1().constData());
      QVERIFY(one.size() >= 8);
      QCOMPARE(resultsOf((verb + "2").toLatin1().constData()), one);
      QVERIFY(becomes(RunState::Finished, workspace, (verb + "own").toLatin1().constData()));
      QCOMPARE(resultsOf((verb + "own").toLatin1().constData()), one);
    }
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
  void aDeathEndsTheRunAndAnotherNumberGoesOn_data() {
    QTest::addColumn<QStringList>("settings");
    QTest::newRow("GPT") << QStringList{};
    QTest::newRow("VQ-VAE") << kVqvae;
  }
  void aDeathEndsTheRunAndAnotherNumberGoesOn() {
    QFETCH(QStringList, settings);
    const TempFolder workspace;
    const int steps = settings.isEmpty() ? 400 : 200;  // those of a VQ-VAE take longer
    QCOMPARE(runCli(trainShared(workspace, "twin", settings, steps)).code, 0);
    QProcess process;
    QVERIFY(waitForStep(process, trainShared(workspace, "killed", settings + QStringList{"--processes", "2"}, steps),
                        workspace, "killed", 25));
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
      QVERIFY(failed.step >= 25 && failed.step < steps);
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
    QVERIFY(waitForStep(process, trainShared(workspace, "stopped", {"--processes", "2"}, kSteps), workspace, "stopped",
                        15));
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
    QTest::newRow("srun") << QStringList{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID",
                                         "SLURM_STEP_TASKS_PER_NODE"};
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

  void realLaunchersTrainTheSameRun_data() {
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("package");
    QTest::newRow("mpirun") << QStringList{"mpirun", "--oversubscribe", "-n", "2"} << "openmpi-bin";
    QTest::newRow("torchrun") << QStringList{"torchrun", "--standalone", "--nproc-per-node", "2", "--no-python"}
                              << "PyTorch";
  }
  /// 50 steps by two processes of a launcher, by --processes 2 and by one process: equal to the last bit.
  void realLaunchersTrainTheSameRun() {
    QFETCH(const QStringList, command);
    QFETCH(const QString, package);
    const QString program = QStandardPaths::findExecutable(command.front());
    if (program.isEmpty()) QSKIP(qPrintable(command.front() + " is not installed: it comes with " + package + '.'));
    const TempFolder workspace;
    QCOMPARE(runCli(trainShared(workspace, "one", {})).code, 0);
    QCOMPARE(runCli(trainShared(workspace, "two", {"--processes", "2"})).code, 0);
    QProcess process;
    prepareCli(process, command.mid(1) + QStringList{SCANLINE_CLI} + trainShared(workspace, "launched", {}));
    process.setProgram(program);
    auto environment = process.processEnvironment();
    for (const char* name : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"}) environment.insert(name, "1");
    process.setProcessEnvironment(environment);
    process.start(QIODevice::ReadOnly);
    QVERIFY(process.waitForFinished(300'000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    const auto one = numbersOf(workspace, "one");
    QVERIFY(one.size() > 2 * (50 + 50 + 5));
    QCOMPARE(numbersOf(workspace, "two"), one);
    QCOMPARE(numbersOf(workspace, "launched"), one);
    QCOMPARE(RunStore(workspace.path(), StoreMode::ReadOnly).list({}).rows.size(), size_t{3});
  }

  /// They go on without the terminal, stop together, and go on again, as if one process had trained.
  void sharedRunsHaveProcessesOfTheirOwn() {
    const TempFolder workspace;
    constexpr int kSteps = 400;
    QCOMPARE(runCli(trainShared(workspace, "twin", {}, kSteps)).code, 0);
    const auto started = runCli(trainShared(workspace, "own", {"--processes", "2", "--detach"}, kSteps));
    QVERIFY2(started.code == 0, started.err.c_str());
    QVERIFY2(started.out.find("in a process of its own") != std::string::npos, started.out.c_str());
    QVERIFY(summaryOf(workspace, "own").ownProcess);
    const QDeadlineTimer deadline(120'000);
    while (summaryOf(workspace, "own").step < 20 && !deadline.hasExpired()) QTest::qWait(5);
    const auto stopped = runCli(shared(workspace, "stop", {"own"}));
    QVERIFY2(stopped.code == 0 || summaryOf(workspace, "own").state == RunState::Finished, stopped.err.c_str());
    if (summaryOf(workspace, "own").state == RunState::Stopped) {
      const auto resumed = runCli(shared(workspace, "resume", {"own", "--processes", "4", "--detach"}));
      QVERIFY2(resumed.code == 0, resumed.err.c_str());
    }
    QVERIFY(becomes(RunState::Finished, workspace, "own"));
    QCOMPARE(numbersOf(workspace, "own"), numbersOf(workspace, "twin"));
    // A run that cannot be shared leaves nothing behind.
    const auto count = RunStore(workspace.path(), StoreMode::ReadOnly).list({}).rows.size();
    QCOMPARE(runCli(trainShared(workspace, "odd", {"--processes", "3", "--detach"}, kSteps)).code, 1);
    QCOMPARE(RunStore(workspace.path(), StoreMode::ReadOnly).list({}).rows.size(), count);
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
    QCOMPARE(runCli(trainShared(workspace, "a", {}, 5)).code, 0);
    text = error(shared(workspace, "probe", {"a", "--processes", "2"}), 1);
    QVERIFY2(has(text, "2 processes share a probe that is stored as a run. Add --store."), text.c_str());
    // A launcher ends its processes with itself.
    QProcess process;
    prepareCli(process, trainShared(workspace, "b", {"--detach"}));
    auto environment = process.processEnvironment();
    environment.insert("RANK", "0");
    environment.insert("WORLD_SIZE", "2");
    process.setProcessEnvironment(environment);
    process.start(QIODevice::ReadOnly);
    QVERIFY(process.waitForFinished(60'000));
    text = process.readAllStandardError().toStdString();
    QCOMPARE(process.exitCode(), 1);
    QVERIFY2(has(text, "torchrun started 2 processes and ends them"), text.c_str());
  }
};

QTEST_GUILESS_MAIN(CliProcessesTest)
#include "cli_processes_test.moc"
