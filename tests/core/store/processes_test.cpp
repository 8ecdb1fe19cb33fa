// Several processes on one workspace, and processes that die.
#include <QProcess>
#include <QTest>
#include <filesystem>
#include <memory>
#include <random>
#include <set>

#include "core/base/error.h"
#include "core/store/process_identity.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<QProcess> start(const QStringList& arguments) {
  auto process = std::make_unique<QProcess>();
  process->start(STORE_WRITER, arguments);
  process->waitForStarted();
  return process;
}

/// Reads until `count` lines have come or the process has ended.
QStringList readLines(QProcess& process, qsizetype count) {
  QStringList lines;
  while (lines.size() < count) {
    while (process.canReadLine() && lines.size() < count) lines << QString(process.readLine()).trimmed();
    if (lines.size() >= count || (process.state() == QProcess::NotRunning && !process.canReadLine())) break;
    process.waitForReadyRead(100);
  }
  return lines;
}

QStringList finish(QProcess& process) {
  process.waitForFinished(60000);
  return QString(process.readAllStandardOutput()).split('\n', Qt::SkipEmptyParts);
}

}  // namespace

class ProcessesTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
    run_ = store_->create(specText());
  }
  void cleanup() { store_.reset(); }

  void identityTellsTheLivingFromTheDead() {
    QVERIFY(isAlive(thisProcess()));
    ProcessIdentity other = thisProcess();
    ++other.startTicks;  // the same pid, used again
    QVERIFY(!isAlive(other));
    other = thisProcess();
    other.bootId = "before the last boot";
    QVERIFY(!isAlive(other));
    QVERIFY(!isAlive({}));
  }

  void twoProcessesWriteWithoutLoss() {
    const RunId other = store_->create(specText());
    const auto first = start({"append", folder_->path(), id(run_), "300"});
    const auto second = start({"append", folder_->path(), id(other), "300"});
    for (int i = 0; i < 100; ++i) {
      store_->rename(run_, std::to_string(i));
      store_->checkpointLog();
    }
    QCOMPARE(finish(*first).size(), 300);
    QCOMPARE(finish(*second).size(), 300);
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{300});
    QCOMPARE(store_->points(other, series::kTrainLoss, 0).size(), size_t{300});
    QCOMPARE(store_->run(run_).name, std::string("99"));
    QVERIFY(store_->verify().empty());
  }

  void twoProcessesNeverClaimTheSameJob() {
    for (int i = 0; i < 60; ++i) store_->enqueue(store_->create(specText()), false);
    const auto first = start({"claim", folder_->path()});
    const auto second = start({"claim", folder_->path()});
    QStringList all = finish(*first);
    all += finish(*second);
    QCOMPARE(all.size(), 60);
    QCOMPARE(std::set<QString>(all.begin(), all.end()).size(), size_t{60});
    // Both are gone, so nothing that they took in hand goes on.
    QCOMPARE(store_->markInterrupted().size(), size_t{60});
    QVERIFY(store_->jobs().empty());
  }

  void aRunWhoseProcessDiedCanBeQueuedAtOnce() {
    store_->enqueue(run_, false);
    const auto claimer = start({"claim", folder_->path()});
    QCOMPARE(finish(*claimer).size(), 1);
    store_->enqueue(run_, true);
    QCOMPARE(store_->jobs().size(), size_t{1});
  }

  void killedInTheMiddleOfWriting() {
    std::mt19937 random(1);
    int64_t acknowledged = 0;
    for (int round = 0; round < 20; ++round) {
      store_.reset();  // the writer is alone, as a run in a terminal is
      const auto writer = start({"append", folder_->path(), id(run_)});
      QStringList lines = readLines(*writer, 1 + static_cast<qsizetype>(random() % 40));
      writer->kill();  // SIGKILL
      writer->waitForFinished();
      lines += QString(writer->readAllStandardOutput()).split('\n', Qt::SkipEmptyParts);
      for (const QString& line : lines) acknowledged = std::max<int64_t>(acknowledged, line.toLongLong());

      store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
      QVERIFY(store_->verify().empty());
      const auto points = store_->points(run_, series::kTrainLoss, 0);
      QVERIFY(points.size() >= static_cast<size_t>(acknowledged));
      for (size_t i = 0; i < points.size(); ++i) QCOMPARE(points[i].step, static_cast<int64_t>(i) + 1);
      for (const auto& summary : store_->summaries(run_))
        if (summary.name == series::kTrainLoss) QCOMPARE(summary.count, std::ssize(points));
      QCOMPARE(store_->run(run_).state, RunState::Interrupted);  // shown as such before it is written down
      QVERIFY(store_->markInterrupted() == std::vector{run_});
      QVERIFY(store_->markInterrupted().empty());
      QCOMPARE(store_->run(run_).state, RunState::Interrupted);
      QCOMPARE(store_->run(run_).resumable, !store_->checkpoints(run_).empty());
    }
    QVERIFY(acknowledged > 20);
    QVERIFY(store_->run(run_).resumable);
    store_->enqueue(run_, true);
    QVERIFY(store_->takeTurn({.beside = true}).job->resume);
  }

  void aRunOfALivingProcessIsLeftAlone() {
    const auto owner = start({"own", folder_->path(), id(run_)});
    QCOMPARE(readLines(*owner, 1), QStringList{"owned"});
    QVERIFY(store_->markInterrupted().empty());
    QVERIFY(store_->run(run_).ownedElsewhere);
    QCOMPARE(store_->run(run_).state, RunState::Preparing);
    QVERIFY_THROWS_EXCEPTION(Error, store_->own(run_));
    QVERIFY_THROWS_EXCEPTION(Error, store_->enqueue(run_, false));
    QVERIFY_THROWS_EXCEPTION(Error, store_->purge(run_));
    owner->write("\n");
    owner->waitForFinished();
    QVERIFY(store_->markInterrupted() == std::vector{run_});
    QVERIFY(!store_->run(run_).ownedElsewhere);
    store_->own(run_);
  }

  void aFullDiskIsASentenceAndLosesNothing() {
    const auto writer = start({"full", folder_->path(), id(run_)});
    const QStringList lines = finish(*writer);
    QCOMPARE(writer->exitCode(), 2);
    QVERIFY2(lines.last().startsWith("Error: ") && lines.last().contains("scanline.db"), qPrintable(lines.last()));
    QVERIFY2(lines.last().contains("space") || lines.last().contains("full"), qPrintable(lines.last()));
    QVERIFY(lines.size() > 2);
    QVERIFY(store_->verify().empty());
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), static_cast<size_t>(lines.size() - 1));
    // With space again, it goes on.
    store_->markInterrupted();
    const auto again = start({"append", folder_->path(), id(run_), QString::number(lines.size() + 5)});
    QCOMPARE(finish(*again).size(), 6);
  }

  void aReadOnlyFolderIsASentence() {
    const QTemporaryDir folder;
    fs::permissions(pathOf(folder), fs::perms(0555));
    const auto process = start({"unprivileged", folder.path()});
    const QStringList lines = finish(*process);
    fs::permissions(pathOf(folder), fs::perms(0755));
    QCOMPARE(process->exitCode(), 2);
    QVERIFY2(lines.join("").contains("cannot be written") && lines.join("").contains(folder.path()),
             qPrintable(lines.join("")));
    QVERIFY(fs::is_empty(pathOf(folder)));
  }

  void aReadOnlyDatabaseIsASentence() {
    store_.reset();
    fs::permissions(pathOf(*folder_), fs::perms(0777));
    fs::permissions(pathOf(*folder_) / "lock", fs::perms(0666));
    for (const char* file : {"scanline.db", "scanline.db-wal", "scanline.db-shm"})
      if (fs::exists(pathOf(*folder_) / file)) fs::permissions(pathOf(*folder_) / file, fs::perms(0444));
    const auto process = start({"unprivileged", folder_->path()});
    const QStringList lines = finish(*process);
    QCOMPARE(process->exitCode(), 2);
    QVERIFY2(lines.join("").contains("permissions"), qPrintable(lines.join("")));
  }

  /// A command reaches the process that runs the run, once, and no other one.
  void commandsReachTheProcessThatRunsTheRun() {
    const RunId mine = store_->create(specText());
    store_->own(mine);
    const auto process = start({"obey", folder_->path(), id(run_)});
    QCOMPARE(readLines(*process, 1), QStringList{"owned"});
    store_->ask(mine, RunCommand::Resume);
    store_->ask(run_, RunCommand::Pause);
    QCOMPARE(readLines(*process, 1), QStringList{id(run_) + " 0"});
    QVERIFY(store_->takeCommands() == (std::vector{std::pair(mine, RunCommand::Resume)}));
    store_->ask(run_, RunCommand::Stop);
    QCOMPARE(readLines(*process, 2), QStringList{id(run_) + " 2"});
    process->waitForFinished();
    QVERIFY_THROWS_EXCEPTION(Error, store_->ask(run_, RunCommand::Stop));  // it is dead
  }

  void noFolderCanBeMadeThere() {
    try {
      RunStore store("/proc/scanline", StoreMode::ReadWrite);
      QFAIL("opened");
    } catch (const Error& error) {
      QVERIFY(std::string(error.what()).find("/proc/scanline") != std::string::npos);
    }
  }

 private:
  static QString id(RunId run) { return QString::number(run.value); }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  RunId run_;
};

QTEST_GUILESS_MAIN(ProcessesTest)
#include "processes_test.moc"
