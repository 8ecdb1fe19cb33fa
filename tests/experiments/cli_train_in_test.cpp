// Runs in a folder of their own: no workspace, any machine; they end as their twins in a workspace do.
#include <QTest>
#include <csignal>
#include <fstream>

#include "core/base/error.h"
#include "core/jobs/run_files.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kSteps = 1000;
constexpr int kPatience = 120'000;  // ms; the machine may be busy

/// Steps and values, bit for bit; the times differ.
bool areSame(const std::vector<Point>& a, const std::vector<Point>& b) {
  return std::ranges::equal(a, b,
                            [](const Point& x, const Point& y) { return x.step == y.step && x.value == y.value; });
}

}  // namespace

class CliTrainInTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    QCOMPARE(runCli(QStringList{"train", "quick-start", "--workspace", at("twin")} + longRun()).code, 0);
  }
  void init() { fs::remove_all(files_ / "run"), fs::remove_all(files_ / "reader"); }

  void aRunWithoutAWorkspaceEndsAsItsTwin() {
    const CliResult done = runCli(QStringList{"train-in", at("run"), "quick-start"} + longRun());
    QVERIFY2(done.code == 0, done.err.c_str());
    QVERIFY2(readsAsTwin(), "");
    const CliResult again = runCli({"train-in", at("run")});
    QCOMPARE(again.code, 0);
    QVERIFY2(again.out.find("has finished") != std::string::npos, again.out.c_str());
  }

  void anInterruptedRunGoesOnFromItsNewestCheckpoint_data() {
    QTest::addColumn<int>("signal");
    QTest::addRow("terminated") << SIGTERM;
    QTest::addRow("its time is over") << SIGUSR1;
    QTest::addRow("killed") << SIGKILL;
  }
  void anInterruptedRunGoesOnFromItsNewestCheckpoint() {
    QFETCH(int, signal);
    for (int tries = 0; !isCaughtAtWork(signal); ++tries) {
      QCOMPARE(takeAll(), RunState::Finished);  // it was faster than this program
      if (tries == 5) QSKIP("This machine trains a run sooner than it can be signalled.");
      init();
    }
    QVERIFY(reader().run(read_).state == RunState::Stopped || signal == SIGKILL);
    const CliResult done = runCli({"train-in", at("run")});
    QVERIFY2(done.code == 0, done.err.c_str());
    QVERIFY(readsAsTwin());
  }

  void requestsPauseAndStop() {
    QProcess process;
    prepareCli(process, QStringList{"train-in", at("run"), "quick-start"} + endlessRun());
    process.start(QIODevice::ReadOnly);
    QVERIFY(waitForSteps(5));
    requestFrom(files_ / "run", RunCommand::Pause);
    QVERIFY(waitFor([&] { return takeAll() == RunState::Paused; }));
    requestFrom(files_ / "run", RunCommand::Resume);
    QVERIFY(waitFor([&] { return takeAll() == RunState::Running; }));
    requestFrom(files_ / "run", RunCommand::Stop);
    QVERIFY(process.waitForFinished(kPatience));
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(takeAll(), RunState::Stopped);
    QCOMPARE(reader().checkpoints(read_).back().reason, std::string("stopped"));
    QVERIFY(!isRequested(files_ / "run", kStopRequest));
  }

  void mistakesAreSentences() {
    const CliResult empty = runCli({"train-in", at("run")});
    QCOMPARE(empty.code, 1);
    QVERIFY2(empty.err.find("holds no run") != std::string::npos, empty.err.c_str());
    const CliResult search = runCli({"train-in", at("run"), "quick-start", "--set", "search.rates=0.1, 0.01"});
    QCOMPARE(search.code, 1);
    QVERIFY2(search.err.find("A search is several runs") != std::string::npos, search.err.c_str());
    QVERIFY(!fs::exists(files_ / "run"));
  }

  /// Two processes never train one run at the same time.
  void aFolderHasOneProcess() {
    QProcess process;
    prepareCli(process, QStringList{"train-in", at("run"), "quick-start"} + endlessRun());
    process.start(QIODevice::ReadOnly);
    QVERIFY(waitForSteps(1));
    const CliResult second = runCli({"train-in", at("run")});
    QCOMPARE(second.code, 1);
    QVERIFY2(second.err.find("Another process trains") != std::string::npos, second.err.c_str());
    process.terminate();
    QVERIFY(process.waitForFinished(kPatience));
  }

 private:
  static QStringList longRun() {
    return kTiny + QStringList{"--set", QStringLiteral("train.steps=%1").arg(kSteps),
                               "--set", "train.evaluateEvery=20",
                               "--set", "train.checkpointEvery=20"};
  }
  static QStringList endlessRun() { return kTiny + QStringList{"--set", "train.steps=100000000"}; }
  QString at(const char* name) const { return QString::fromStdString((files_ / name).string()); }

  /// A process began the run and the signal ended it before its last step.
  bool isCaughtAtWork(int signal) {
    QProcess process;
    prepareCli(process, QStringList{"train-in", at("run"), "quick-start"} + longRun());
    process.start(QIODevice::ReadOnly);
    if (!waitForSteps(30)) return false;
    ::kill(static_cast<pid_t>(process.processId()), signal);
    if (!process.waitForFinished(kPatience)) return false;
    if (signal == SIGKILL)
      std::ofstream(files_ / "run" / kEventsFile, std::ios::app) << "[17000,[\"t\",99";  // in the middle of a line
    takeAll();
    return reader_->run(read_).step < kSteps && (signal == SIGKILL || process.exitCode() == 128 + signal);
  }

  template <class Condition>
  static bool waitFor(Condition condition) {
    return QTest::qWaitFor(condition, kPatience);
  }

  RunStore& reader() { return *reader_; }
  /// Takes what the folder has, and says the state.
  RunState takeAll() {
    if (!fs::exists(files_ / "reader")) {
      reader_.reset();
      reader_ = std::make_unique<RunStore>(files_ / "reader", StoreMode::ReadWrite);
      std::ifstream spec(files_ / "run" / kSettingsFile);
      read_ = reader_->create(std::string((std::istreambuf_iterator<char>(spec)), {}));
      reader_->setClusterRun({.run = read_, .folder = (files_ / "run").string()});
    }
    takeRunEvents(*reader_, read_, files_ / "run");
    return reader_->run(read_).state;
  }
  bool waitForSteps(int64_t steps) {
    return waitFor([&] {
      if (!fs::exists(files_ / "run" / kSettingsFile)) return false;
      takeAll();
      return reader_->run(read_).step >= steps;
    });
  }
  /// Everything that does not tell of time is as in the run of a workspace.
  bool readsAsTwin() {
    if (takeAll() != RunState::Finished) return false;
    const RunStore twins(files_ / "twin", StoreMode::ReadOnly);
    const RunId twin = *twins.find("tiny");
    for (const std::string_view series :
         {series::kTrainLoss, series::kValidationLoss, series::kLearningRate, series::kGradientNorm})
      if (twins.points(twin, series, -1).empty() ||
          !areSame(reader_->points(read_, series, -1), twins.points(twin, series, -1)))
        return false;
    const auto sets = twins.sampleSets(twin);
    if (reader_->sampleSets(read_).size() != sets.size()) return false;
    for (const SampleSetInfo& set : sets)
      if (reader_->samples(read_, set.step, set.given > 0)->samples !=
          twins.samples(twin, set.step, set.given > 0)->samples)
        return false;
    const auto ours = reader_->checkpoints(read_), theirs = twins.checkpoints(twin);
    if (ours.size() != theirs.size()) return false;
    for (size_t i = 0; i < ours.size(); ++i)
      if (ours[i].step != theirs[i].step || ours[i].reason != theirs[i].reason || !fs::exists(ours[i].file))
        return false;
    return true;
  }

  TempFolder files_;
  std::unique_ptr<RunStore> reader_;
  RunId read_;
};

QTEST_GUILESS_MAIN(CliTrainInTest)
#include "cli_train_in_test.moc"
