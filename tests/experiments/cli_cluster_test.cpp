// Runs of a cluster where something goes wrong between this machine and Slurm, whose programs are scripts here; test
// slurm has the real ones.
#include <QTest>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/jobs/cluster_runs.h"
#include "core/jobs/run_files.h"
#include "core/spec/spec_text.h"
#include "tests/experiments/cli_program.h"
#include "tests/experiments/tiny_spec.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class CliClusterTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    files_ = std::make_unique<TempFolder>();
    tools_ = *files_ / "tools";
    fs::create_directories(tools_);
    std::ofstream(tools_ / "jobs");
    program("squeue", "case \"$*\" in *states=all*) cut -d'|' -f1,4 \"$jobs\";; *) cut -d'|' -f1-3 \"$jobs\";; esac");
    program("scontrol", "exit 1");
    program("scancel", "grep -v \"^$1|\" \"$jobs\" >\"$jobs.new\"; mv \"$jobs.new\" \"$jobs\"");
    sbatch(kTake + "echo $id");
    path_ = qgetenv("PATH");
    qputenv("PATH", QByteArray::fromStdString(tools_.string()) + ":" + path_);
    store_ = std::make_unique<RunStore>(*files_ / "workspace", StoreMode::ReadWrite);
    writeClusterSettings(store_->workspace(), {.folder = (*files_ / "shared").string()});
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    store_.reset();
    qputenv("PATH", path_);
  }

  /// The process dies while it submits. Another one finds out whether the cluster has the job, and there is one job.
  void aDeathWhileARunIsSubmittedSubmitsItOnce_data() {
    QTest::addColumn<QString>("death");
    QTest::addRow("the cluster has it") << QString::fromStdString(kTake + kDie);
    QTest::addRow("it began and is forgotten") << QString::fromStdString(kBegin + kDie);
    QTest::addRow("it never arrived") << QString::fromStdString(kDie);
    QTest::addRow("no answer, but the cluster has it")
        << QString::fromStdString(kTake + "echo 'Socket timed out on send/recv operation' >&2; exit 1");
  }
  void aDeathWhileARunIsSubmittedSubmitsItOnce() {
    QFETCH(QString, death);
    sbatch(death.toStdString());
    const CliResult died = runCli(QStringList{"submit", "--new", "quick-start", "--workspace", workspace()} + kTiny);
    QVERIFY(died.code <= 0);  // killed, or told that the answer is not known
    const RunId run = *store_->find("tiny");
    QVERIFY(store_->clusterRun(run)->job.empty() && store_->clusterRun(run)->submittedMs > 0);
    QCOMPARE(store_->run(run).state, RunState::Queued);
    sbatch(kTake + "echo $id");
    // A submission that nobody knows of may be on its way for a while: nothing is submitted meanwhile.
    ClusterRuns patient = cluster({.underway = std::chrono::hours(1)});
    const bool isThere = death.toStdString() != kDie;
    QCOMPARE(patient.poll(*store_).submitted.size(), isThere ? size_t{1} : size_t{0});
    ClusterRuns next = cluster({.underway = std::chrono::milliseconds(0)});
    for (int look = 0; look < 3; ++look) next.poll(*store_);
    QCOMPARE(jobs(), death.toStdString() == kBegin + kDie ? 0 : 1);
    QCOMPARE(store_->run(run).clusterJob, death.toStdString() == kBegin + kDie ? "77" : "1");
    QVERIFY(store_->run(run).onCluster);
  }

  /// The cluster cannot be asked: it may have the job, so that there is nothing to do but wait.
  void nothingIsSubmittedWhileTheClusterCannotBeAsked() {
    sbatch(kTake + kDie);
    runCli(QStringList{"submit", "--new", "quick-start", "--workspace", workspace()} + kTiny);
    const RunId run = *store_->find("tiny");
    program("squeue", "echo 'Unable to contact slurm controller' >&2; exit 1");
    sbatch(kTake + "echo $id");
    ClusterRuns next = cluster({.underway = std::chrono::milliseconds(0)});
    QVERIFY(!next.poll(*store_).warnings.empty());
    next.poll(*store_);
    QCOMPARE(jobs(), 1);
    QVERIFY(store_->run(run).clusterJob.empty());
    QCOMPARE(store_->run(run).state, RunState::Queued);
  }

  /// Taken back between the two: the job that there may be is found first, and cancelled.
  void aRunThatIsTakenBackAfterADeathLeavesNoJob() {
    sbatch(kTake + kDie);
    runCli(QStringList{"submit", "--new", "quick-start", "--workspace", workspace()} + kTiny);
    const RunId run = *store_->find("tiny");
    store_->ask(run, RunCommand::Stop);
    ClusterRuns next = cluster({.ask = std::chrono::milliseconds(0), .lost = std::chrono::milliseconds(0)});
    for (int look = 0; look < 4; ++look) next.poll(*store_);
    QCOMPARE(jobs(), 0);
    QCOMPARE(store_->run(run).state, RunState::Stopped);
    QVERIFY(!store_->run(run).onCluster);
  }

  /// A job that Slurm has, and a run that writes no more.
  void aRunThatGivesNoSignOfLifeIsCalledSilent() {
    const RunId run = submitted();
    ClusterRuns cluster = this->cluster({.ask = std::chrono::milliseconds(0), .silent = std::chrono::minutes(5)});
    const fs::path events = fs::path(store_->clusterRun(run)->folder) / kEventsFile;
    QVERIFY(cluster.poll(*store_).warnings.empty());
    QCOMPARE(store_->run(run).silentSinceMs, int64_t{0});
    const int64_t before = nowMs();
    fs::last_write_time(events, fs::last_write_time(events) - std::chrono::hours(1));
    const ClusterNews news = cluster.poll(*store_);
    QCOMPARE(news.warnings.size(), size_t{1});
    QVERIFY2(news.warnings.front().find("\"far\" (job 1) for") != std::string::npos, news.warnings.front().c_str());
    const RunSummary silent = store_->run(run);
    QVERIFY(news.isChanged && silent.onCluster);
    QCOMPARE(silent.state, RunState::Running);
    constexpr int64_t kHour = 3'600'000;
    QVERIFY(silent.silentSinceMs >= before - kHour - 60'000 && silent.silentSinceMs <= nowMs() - kHour);
    const CliResult told = runCli({"cluster", "--workspace", workspace()});
    QVERIFY2(told.out.find("nothing heard for") != std::string::npos, (told.out + told.err).c_str());
    showLife(events.parent_path());  // it was only cut off
    QVERIFY(cluster.poll(*store_).isChanged);
    QCOMPARE(store_->run(run).silentSinceMs, int64_t{0});
    QVERIFY(cluster.poll(*store_).warnings.empty());
  }

  /// The shared disk is not there: the time is that of this process. New events end the silence.
  void aFolderThatCannotBeAskedIsSilence() {
    const RunId run = submitted();
    ClusterRuns cluster = this->cluster({.ask = std::chrono::milliseconds(0), .silent = std::chrono::milliseconds(1)});
    this->cluster({}).poll(*store_);
    QCOMPARE(store_->run(run).silentSinceMs, int64_t{0});
    fs::rename(*files_ / "shared", *files_ / "away");
    QTRY_VERIFY((cluster.poll(*store_), store_->run(run).silentSinceMs > 0));
    QCOMPARE(store_->run(run).state, RunState::Running);
    fs::rename(*files_ / "away", *files_ / "shared");
    EventFile(store_->clusterRun(run)->folder).write(StepStats{.step = 2, .loss = 1});
    takeRunEvents(*store_, run, store_->clusterRun(run)->folder);
    QCOMPARE(store_->run(run).silentSinceMs, int64_t{0});
  }

 private:
  // What sbatch does. `$2` is the script; the parent of this shell is the program that submits.
  inline static const std::string kTake =
      "id=$(($(wc -l <\"$jobs\") + 1)); echo \"$id|PENDING|Resources|$2\" >>\"$jobs\"; ";
  inline static const std::string kBegin = "echo 77 >\"$(dirname \"$2\")/job.id\"; ";
  inline static const std::string kDie = "kill -9 $PPID";

  void program(const char* name, const std::string& line) const {
    std::ofstream(tools_ / name) << "#!/bin/sh\njobs='" << (tools_ / "jobs").string() << "'\n" << line << "\n";
    fs::permissions(tools_ / name, fs::perms::owner_all);
  }
  void sbatch(const std::string& line) const { program("sbatch", line); }
  int jobs() const {
    const std::string text = readFile(tools_ / "jobs", 1 << 16);
    return static_cast<int>(std::ranges::count(text, '\n'));
  }
  QString workspace() const { return QString::fromStdString(store_->workspace().string()); }
  ClusterRuns cluster(ClusterRuns::Pace pace) const { return {store_->workspace(), SCANLINE_CLI, pace}; }
  /// A run whose job has begun.
  RunId submitted() {
    const std::string text = toToml(tinySpec("far", 10));
    const RunId run = store_->createQueued(std::span(&text, 1), {}, {.onCluster = true}).front();
    cluster({}).poll(*store_);
    EventFile events(store_->clusterRun(run)->folder);
    events.write(StateChanged{RunState::Running, ""});
    events.write(StepStats{.step = 1, .loss = 2});
    return run;
  }

  std::unique_ptr<TempFolder> files_;
  fs::path tools_;
  std::unique_ptr<RunStore> store_;
  QByteArray path_;
};

QTEST_GUILESS_MAIN(CliClusterTest)
#include "cli_cluster_test.moc"
