// Ctrl+C and sudden death: acknowledged values stay, and a run goes on as if nothing had happened.
#include <QDeadlineTimer>
#include <QTest>
#include <algorithm>
#include <csignal>

#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

QStringList train(const TempFolder& workspace, const char* name, int steps) {
  QStringList arguments{"train", "quick-start", "--workspace", QString::fromStdString(workspace.path().string())};
  const auto settings = {QStringLiteral("name=%1").arg(QLatin1String(name)),
                         QStringLiteral("train.steps=%1").arg(steps),
                         QStringLiteral("data.limit=120"),
                         QStringLiteral("palette.size=4"),
                         QStringLiteral("model.layers=1"),
                         QStringLiteral("model.width=8"),
                         QStringLiteral("model.heads=1"),
                         QStringLiteral("train.batchSize=8"),
                         QStringLiteral("train.evaluateImages=8"),
                         QStringLiteral("train.evaluateEvery=25"),
                         QStringLiteral("train.checkpointEvery=25"),
                         QStringLiteral("probe.every=0"),
                         QStringLiteral("probe.trainImages=60"),
                         QStringLiteral("probe.testImages=12"),
                         QStringLiteral("sample.every=50"),
                         QStringLiteral("sample.prompts=1"),
                         QStringLiteral("sample.perPrompt=1"),
                         QStringLiteral("sample.unconditional=0"),
                         QStringLiteral("threads=1")};
  for (const QString& setting : settings) arguments << "--set" << setting;
  return arguments;
}

QStringList resume(const TempFolder& workspace, const char* name) {
  return {"resume", name, "--workspace", QString::fromStdString(workspace.path().string())};
}

/// Whether `points` begin with `start`, bit for bit; the times may differ.
bool beginWith(const std::vector<Point>& points, const std::vector<Point>& start) {
  const auto same = [](const Point& a, const Point& b) { return a.step == b.step && a.value == b.value; };
  return points.size() >= start.size() && std::equal(start.begin(), start.end(), points.begin(), same);
}

/// Values that a reader has seen of a run, and may hold the store to.
struct Acknowledged {
  RunSummary summary;
  std::vector<Point> losses, validation;
  std::vector<CheckpointRow> checkpoints;
};

std::optional<Acknowledged> look(const TempFolder& workspace, const char* name) {
  if (!std::filesystem::exists(workspace / "scanline.db")) return std::nullopt;
  try {
    const RunStore store(workspace.path(), StoreMode::ReadOnly);
    const auto run = store.find(name);
    if (!run) return std::nullopt;
    return Acknowledged{store.run(*run), store.points(*run, series::kTrainLoss, -1),
                        store.points(*run, series::kValidationLoss, -1), store.checkpoints(*run)};
  } catch (const std::exception&) {
    return std::nullopt;  // the very first moments of a workspace, before it has its tables
  }
}

/// Starts scanline-cli and waits until `reached` says so of stored values; the last look comes back. Nothing if the
/// program ended before.
template <class Reached>
std::optional<Acknowledged> startAndWaitFor(QProcess& process, const QStringList& arguments,
                                            const TempFolder& workspace, const char* name, Reached&& reached) {
  prepareCli(process, arguments);
  process.start(QIODevice::ReadOnly);
  const QDeadlineTimer deadline(120'000);
  while (!deadline.hasExpired() && !process.waitForFinished(3)) {
    auto seen = look(workspace, name);
    if (seen && reached(*seen)) return seen;
  }
  return std::nullopt;
}

bool isTraining(const Acknowledged& seen) {
  return seen.summary.state == RunState::Running;
}

}  // namespace

class CliCrashTest : public QObject {
  Q_OBJECT
 private slots:
  void ctrlCCheckpointsAndEndsWith130() {
    const TempFolder workspace;
    QProcess process;
    const auto seen = startAndWaitFor(process, train(workspace, "stopped", 1'000'000), workspace, "stopped",
                                      [](const Acknowledged& a) { return isTraining(a) && a.summary.step >= 30; });
    QVERIFY2(seen, process.readAllStandardError().constData());
    kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    const QString text = QString::fromUtf8(process.readAllStandardOutput());
    QVERIFY2(text.contains("Go on with: scanline-cli resume"), qPrintable(text));

    const auto after = look(workspace, "stopped");
    QCOMPARE(after->summary.state, RunState::Stopped);
    QVERIFY(after->summary.resumable);
    QCOMPARE(after->checkpoints.back().step, after->summary.step);  // nothing is done twice
    QVERIFY(after->summary.step >= seen->summary.step);
  }

  void ctrlCTwiceEndsAtOnce() {
    const TempFolder workspace;
    QProcess process;
    QVERIFY(startAndWaitFor(process, train(workspace, "twice", 1'000'000), workspace, "twice", isTraining));
    const auto pid = static_cast<pid_t>(process.processId());
    kill(pid, SIGINT);
    QTest::qWait(1);
    while (process.state() == QProcess::Running) {  // the first may be enough, if it stops in between
      kill(pid, SIGINT);
      process.waitForFinished(5);
    }
    QCOMPARE(process.exitCode(), 130);
  }

  /// timeout(1) signals the program, and at once its whole group.
  void aSignalThatComesTwiceAtOnceIsOne() {
    const TempFolder workspace;
    QProcess process;
    QVERIFY(startAndWaitFor(process, train(workspace, "group", 1'000'000), workspace, "group",
                            [](const Acknowledged& a) { return isTraining(a) && a.summary.step >= 30; }));
    const auto pid = static_cast<pid_t>(process.processId());
    kill(pid, SIGINT);
    QTest::qSleep(2);
    kill(pid, SIGINT);
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 130);
    const auto after = look(workspace, "group");
    QCOMPARE(after->summary.state, RunState::Stopped);
    QVERIFY(!after->checkpoints.empty());
    QCOMPARE(after->checkpoints.back().step, after->summary.step);
  }

  void resumeAfterCtrlCReachesTheEnd() {
    const TempFolder workspace;
    {
      QProcess process;
      QVERIFY(startAndWaitFor(process, train(workspace, "again", 400), workspace, "again", isTraining));
      kill(static_cast<pid_t>(process.processId()), SIGINT);
      QVERIFY(process.waitForFinished(60'000));
      QCOMPARE(process.exitCode(), 130);
    }
    QCOMPARE(runCli(resume(workspace, "again")).code, 0);
    const auto after = look(workspace, "again");
    QCOMPARE(after->summary.state, RunState::Finished);
    QCOMPARE(after->losses.size(), size_t{400});
  }

  /// The run dies twenty times, each time a little further, and yet ends as its twin does that was left in peace.
  void twentySuddenDeathsLoseNothing() {
    constexpr int kDeaths = 20, kSteps = 1500;
    const TempFolder workspace;
    int64_t reached = 0;
    for (int death = 0; death < kDeaths; ++death) {
      QProcess process;
      // Now in the middle of preparing, now between checkpoints, now as soon as there is a new one.
      const auto isTime = [&](const Acknowledged& seen) {
        if (death % 5 == 4) return seen.summary.state == RunState::Preparing;
        const int64_t goal = reached + (death % 2 == 0 ? 26 : 12);
        return isTraining(seen) && seen.summary.step >= goal;
      };
      const auto seen =
          startAndWaitFor(process, death == 0 ? train(workspace, "victim", kSteps) : resume(workspace, "victim"),
                          workspace, "victim", isTime);
      QVERIFY2(seen, process.readAllStandardError().constData());
      process.kill();
      QVERIFY(process.waitForFinished(30'000));
      QCOMPARE(process.exitStatus(), QProcess::CrashExit);

      RunStore store(workspace.path(), StoreMode::ReadWrite);
      QCOMPARE(store.markInterrupted().size(), size_t{1});
      QVERIFY(store.verify().empty());
      const auto after = look(workspace, "victim");
      QCOMPARE(after->summary.state, RunState::Interrupted);
      if (death % 5 != 4) {  // while it prepares, a run takes back points newer than its checkpoint
        QVERIFY(beginWith(after->losses, seen->losses));
        QVERIFY(beginWith(after->validation, seen->validation));
      }
      for (const CheckpointRow& row : after->checkpoints)
        QCOMPARE(std::filesystem::file_size(store.folder(after->summary.id) / row.file),
                 static_cast<uintmax_t>(row.bytes));
      if (!after->checkpoints.empty()) reached = after->checkpoints.back().step;
    }
    QVERIFY2(reached > 0 && reached < kSteps, "the run died while it trained");

    QCOMPARE(runCli(resume(workspace, "victim")).code, 0);
    QCOMPARE(runCli(train(workspace, "twin", kSteps)).code, 0);
    const auto victim = look(workspace, "victim"), twin = look(workspace, "twin");
    QCOMPARE(victim->summary.state, RunState::Finished);
    QCOMPARE(victim->losses.size(), size_t{kSteps});
    QCOMPARE(victim->validation.size(), twin->validation.size());
    QVERIFY(beginWith(victim->losses, twin->losses));
    QVERIFY(beginWith(victim->validation, twin->validation));
  }
};

QTEST_GUILESS_MAIN(CliCrashTest)
#include "cli_crash_test.moc"
