// Runs that a real Slurm trains, on this machine: from the store, where the window puts them, to their end.
#include <QTest>
#include <fstream>

#include "core/base/error.h"
#include "core/jobs/cluster_runs.h"
#include "core/jobs/run_files.h"
#include "core/spec/spec_text.h"
#include "tests/experiments/cli_program.h"
#include "tests/experiments/tiny_spec.h"
#include "tests/support/slurm_cluster.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr int kPatience = 240'000;  // ms; the machine may be busy, and a requeued job waits two minutes

constexpr int64_t kEndless = 100'000'000;  // steps, as fast as the machine may be

}  // namespace

class SlurmTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    QString why;
    slurm_ = SlurmCluster::start(why, 2);
    if (!slurm_ && why.contains("slurmd")) slurm_ = SlurmCluster::start(why);  // one that takes no second node
    if (!slurm_) QSKIP(qPrintable(QStringLiteral("There is no Slurm here: %1.").arg(why)));
  }
  void cleanupTestCase() { slurm_.reset(); }
  void init() {
    files_ = std::make_unique<TempFolder>();
    store_ = std::make_unique<RunStore>(files_->path() / "workspace", StoreMode::ReadWrite);
    // Slurm is asked at every look, and nothing is on its way on a disk of this machine.
    cluster_ = std::make_unique<ClusterRuns>(
        store_->workspace(), SCANLINE_CLI,
        ClusterRuns::Pace{.ask = std::chrono::milliseconds(200), .lost = std::chrono::milliseconds(0)});
    writeClusterSettings(store_->workspace(), {.folder = (files_->path() / "shared disk").string()});
  }
  void cleanup() {
    for (const ClusterRun& run : store_->clusterRuns())
      if (!run.job.empty()) SlurmCluster::ask("scancel", {QString::fromStdString(run.job)});
    QVERIFY(store_->verify().empty());
    cluster_.reset();
    store_.reset();
  }

  void aRunIsSeenWhileItTrainsAndStopsWhenAsked() {
    const RunId run = submit(tinySpec("live", kEndless, 200));
    QVERIFY(waitFor([&] { return state(run) == RunState::Running && store_->run(run).step >= 5; }));
    const RunSummary live = store_->run(run);
    QVERIFY(live.onCluster && live.ownedElsewhere && !live.clusterJob.empty());
    QVERIFY(!store_->points(run, series::kTrainLoss, -1).empty());
    QVERIFY(store_->jobs().empty());
    store_->ask(run, RunCommand::Pause);
    QVERIFY(waitFor([&] { return state(run) == RunState::Paused; }));
    store_->ask(run, RunCommand::Resume);
    QVERIFY(waitFor([&] { return state(run) == RunState::Running; }));
    store_->ask(run, RunCommand::Stop);
    QVERIFY(waitFor([&] { return state(run) == RunState::Stopped && !store_->run(run).onCluster; }));
    const auto checkpoints = store_->checkpoints(run);
    QCOMPARE(checkpoints.back().step, store_->run(run).step);
    QVERIFY(fs::exists(checkpoints.back().file));
    QVERIFY(fs::exists(store_->folder(run) / "palette.npy"));
    QVERIFY(store_->run(run).resumable);
    store_->purge(run);
    QVERIFY(fs::is_empty(files_->path() / "shared disk"));
  }

  /// Slurm's warning, a while before the limit; the wait after a requeue is two minutes, which an operator can end.
  void aRunWhoseTimeIsOverGoesOnAndEndsAsItsTwin_data() {
    QTest::addColumn<int>("nodes");
    QTest::addColumn<bool>("isRealLimit");
    QTest::addRow("warned while it trains") << 1 << false;
    // Slurm counts in minutes and looks every 30 s, so this takes 30 to 60 s.
    QTest::addRow("its time limit, paused") << 1 << true;
    QTest::addRow("two nodes, warned while they train") << 2 << false;
  }
  void aRunWhoseTimeIsOverGoesOnAndEndsAsItsTwin() {
    QFETCH(int, nodes);
    QFETCH(bool, isRealLimit);
    if (nodes > slurm_->nodes()) QSKIP("This Slurm has no second node on one machine.");
    ClusterSettings settings{.folder = (files_->path() / "shared disk").string(), .nodes = nodes};
    if (isRealLimit) settings.timeLimit = "3";  // minutes; the warning comes two before
    writeClusterSettings(store_->workspace(), settings);
    RunSpec spec = tinySpec("requeued", 6000, 200);
    spec.train.slices = nodes;
    RunId run = submit(spec);
    while (!(isRealLimit ? isCaughtByItsLimit(run) : isCaughtAtWork(run, nodes))) {
      QCOMPARE(state(run), RunState::Finished);  // it was faster than this program
      spec.train.steps *= 3;
      if (spec.train.steps > 200'000) QSKIP("This machine trains a run sooner than it can be asked about it.");
      run = submit(spec);
    }
    const QString job = QString::fromStdString(store_->run(run).clusterJob);
    QVERIFY(store_->run(run).step < spec.train.steps);
    QVERIFY(store_->run(run).onCluster);
    QVERIFY(waitFor(
        [&] { return state(run) != RunState::Queued || store_->run(run).detail.find("waits:") != std::string::npos; }));
    // A job that is still on its way back into the queue refuses the new time; the two minutes do no harm then.
    QVERIFY(waitFor([&] {
      if (isPending(job)) SlurmCluster::ask("scontrol", {"update", "JobId=" + job, "StartTime=now"});
      if (isRealLimit && state(run) == RunState::Paused) store_->ask(run, RunCommand::Resume);  // it is still paused
      return state(run) == RunState::Finished && !store_->run(run).onCluster;
    }));
    QCOMPARE(store_->run(run).clusterJob, job.toStdString());
    const auto log = store_->log(run, 0);
    const auto count = [&](const std::string& words) {
      return std::ranges::count_if(log,
                                   [&](const LogRow& row) { return row.line.text.find(words) != std::string::npos; });
    };
    QVERIFY(count("was over; it waits to go on") >= 1 && count("after 1 restart") >= 1);
    if (isRealLimit) QVERIFY(count("Paused") >= 2);

    // In one process, with as many slices.
    std::ofstream(files_->path() / "twin.toml") << toToml(spec);
    const CliResult twin = runCli({"train", QString::fromStdString((files_->path() / "twin.toml").string()),
                                   "--workspace", QString::fromStdString((files_->path() / "twin").string())});
    QVERIFY2(twin.code == 0, twin.err.c_str());
    const RunStore twins(files_->path() / "twin", StoreMode::ReadOnly);
    for (const std::string_view series : {series::kTrainLoss, series::kValidationLoss, series::kGradientNorm}) {
      const auto ours = store_->points(run, series, -1), theirs = twins.points({1}, series, -1);
      QCOMPARE(ours.size(), theirs.size());
      for (size_t i = 0; i < ours.size(); ++i)
        QVERIFY(ours[i].step == theirs[i].step && ours[i].value == theirs[i].value);
    }
  }

  void aRunWhoseProcessIsKilledIsInterruptedAndGoesOn() {
    const RunId run = submit(tinySpec("killed", kEndless, 200));
    QVERIFY(waitFor([&] { return store_->run(run).step >= 250 && !store_->checkpoints(run).empty(); }));
    const QString job = QString::fromStdString(store_->run(run).clusterJob);
    SlurmCluster::ask("scancel", {"--batch", "--signal=KILL", job});
    QVERIFY(waitFor([&] { return state(run) == RunState::Interrupted && !store_->run(run).onCluster; }));
    QVERIFY2(store_->run(run).detail.find("Job " + job.toStdString()) != std::string::npos,
             store_->run(run).detail.c_str());
    const int64_t before = store_->checkpoints(run).back().step;
    store_->enqueue(run, true, {.onCluster = true});
    QVERIFY(waitFor([&] { return state(run) == RunState::Running && store_->run(run).step > before; }));
    const auto points = store_->points(run, series::kTrainLoss, -1);
    for (size_t i = 0; i < points.size(); ++i) QCOMPARE(points[i].step, int64_t(i) + 1);
    store_->ask(run, RunCommand::Stop);
    QVERIFY(waitFor([&] { return !store_->run(run).onCluster; }));
  }

  void aJobThatWaitsIsCancelled() {
    writeClusterSettings(store_->workspace(),
                         {.folder = (files_->path() / "shared").string(), .lines = {"--begin=now+10hours"}});
    const RunId run = submit(tinySpec("later", 10, 200));
    QVERIFY(waitFor([&] {
      return state(run) == RunState::Queued && store_->run(run).detail.find("BeginTime") != std::string::npos;
    }));
    store_->ask(run, RunCommand::Stop);
    QVERIFY(waitFor([&] { return state(run) == RunState::Stopped && !store_->run(run).onCluster; }));
  }

  void whatTheClusterRefusesIsASentence() {
    writeClusterSettings(store_->workspace(), {.folder = (files_->path() / "shared").string(), .partition = "nowhere"});
    const RunId run = submit(tinySpec("refused", 10, 200));
    QVERIFY(waitFor([&] { return state(run) == RunState::Failed; }));
    QVERIFY2(store_->run(run).detail.find("partition") != std::string::npos, store_->run(run).detail.c_str());
    QVERIFY(!store_->run(run).onCluster);
  }

  /// The program is not there on the machines: the log of the job says it.
  void aJobThatNeverReachesTheRunSaysWhy() {
    writeClusterSettings(store_->workspace(),
                         {.folder = (files_->path() / "shared").string(), .program = "/nowhere/scanline-cli"});
    const RunId run = submit(tinySpec("lost", 10, 200));
    QVERIFY(waitFor([&] { return state(run) == RunState::Failed; }));
    QVERIFY2(store_->run(run).detail.find("/nowhere/scanline-cli") != std::string::npos,
             store_->run(run).detail.c_str());
  }

  void theTerminalSubmitsAndStops() {
    const QString at = QString::fromStdString(store_->workspace().string());
    const CliResult sent = runCli(QStringList{"submit", "--new", "quick-start", "--workspace", at, "--json"} + kTiny +
                                  QStringList{"--set", "train.steps=100000000"});
    QVERIFY2(sent.code == 0, sent.err.c_str());
    QVERIFY(!sent.json()[0]["clusterJob"].get<std::string>().empty());
    const RunId run = *store_->find("tiny");
    QVERIFY(waitFor([&] { return store_->run(run).step >= 5; }));
    const CliResult stopped = runCli({"stop", "tiny", "--workspace", at});
    QVERIFY2(stopped.code == 0, stopped.err.c_str());
    QCOMPARE(store_->run(run).state, RunState::Stopped);
    QVERIFY(waitFor([&] { return !store_->run(run).onCluster; }));
  }

 private:
  RunId submit(const RunSpec& spec) {
    const std::string text = toToml(spec);
    return store_->createQueued(std::span(&text, 1), {}, {.onCluster = true}).front();
  }
  /// Slurm's own warning has reached the run while it was paused, and its job waits. False: it had finished before.
  bool isCaughtByItsLimit(RunId run) {
    if (!waitFor([&] { return state(run) == RunState::Finished || store_->run(run).step >= 20; })) return false;
    store_->ask(run, RunCommand::Pause);
    if (!waitFor([&] { return state(run) == RunState::Finished || state(run) == RunState::Paused; })) return false;
    const QString job = QString::fromStdString(store_->run(run).clusterJob);
    return state(run) == RunState::Paused && waitFor([&] { return state(run) == RunState::Queued && isPending(job); });
  }
  /// Slurm's warning has reached the run while it trained, and its job waits. False: it had finished before.
  bool isCaughtAtWork(RunId run, int nodes) {
    if (!waitFor([&] { return state(run) == RunState::Finished || store_->run(run).step >= 20; })) return false;
    const QString job = QString::fromStdString(store_->run(run).clusterJob);
    // As in the script of the job: to the program itself, or to those that srun started.
    SlurmCluster::ask("scancel",
                      QStringList{"--signal=USR1", job} + (nodes > 1 ? QStringList() : QStringList{"--batch"}));
    return waitFor([&] {
             return state(run) == RunState::Finished || (state(run) == RunState::Queued && isPending(job));
           }) &&
           state(run) == RunState::Queued;
  }
  static bool isPending(const QString& job) {
    return SlurmCluster::ask("squeue", {"--noheader", "--format=%T", "--jobs=" + job}).trimmed() == "PENDING";
  }
  RunState state(RunId run) { return store_->run(run).state; }
  /// Looks after the cluster meanwhile.
  template <class Condition>
  bool waitFor(Condition condition) {
    return QTest::qWaitFor(
        [&] {
          for (const std::string& warning : cluster_->poll(*store_).warnings) qInfo("%s", warning.c_str());
          return condition();
        },
        kPatience);
  }

  std::unique_ptr<SlurmCluster> slurm_;
  std::unique_ptr<TempFolder> files_;
  std::unique_ptr<RunStore> store_;
  std::unique_ptr<ClusterRuns> cluster_;
};

QTEST_GUILESS_MAIN(SlurmTest)
#include "slurm_test.moc"
