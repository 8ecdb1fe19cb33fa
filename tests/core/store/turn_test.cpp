// Which process takes which run from the queue. The other processes are store_writer.
#include <QProcess>
#include <QTest>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>

#include "core/base/error.h"
#include "core/store/process_identity.h"
#include "tests/core/store/store_support.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

class TurnTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { StoreTest::start(); }
  void cleanup() {
    for (const auto& other : others_) {
      other->kill();
      other->waitForFinished();
    }
    others_.clear();
    store_->markInterrupted();
    StoreTest::end();
  }

  void oneRunAtATimeUnlessTheWorkspaceHasMoreLanes() {
    const RunId first = queue("first"), second = queue("second");
    QCOMPARE(store_->lanes(), int64_t{1});
    const auto job = store_->takeTurn({}).job;
    QVERIFY(job && job->run == first);
    Turn turn = store_->takeTurn({});
    QVERIFY(!turn.job && turn.waits);
    QVERIFY(turn.training == std::vector<RunId>{first});
    store_->setJobState(job->id, JobState::Paused);  // it keeps its memory, and its lane
    QVERIFY(!store_->takeTurn({}).job);
    QVERIFY(store_->takeTurn({.beside = true, .onlyLooks = true}).job.has_value());
    store_->setLanes(2);
    turn = store_->takeTurn({.onlyLooks = true});
    QVERIFY(turn.job && turn.job->run == second);
    store_->setLanes(1);
    store_->setJobState(job->id, JobState::Done);
    finish(first);
    QVERIFY(store_->takeTurn({}).job->run == second);
    finish(second);
    for (const int64_t lanes : {int64_t{-1}, RunStore::kMostLanes + 1})
      QVERIFY_THROWS_EXCEPTION(Error, store_->setLanes(lanes));
  }

  /// One on each GPU, unless somebody chose a number.
  void lanesFollowTheNumberOfGpus() {
    const TempFolder devices;
    qputenv("SCANLINE_DEV", QByteArray::fromStdString(devices.path().string()));
    QCOMPARE(store_->chosenLanes(), int64_t{0});
    QCOMPARE(store_->lanes(), int64_t{1});
    for (const char* name : {"nvidia0", "nvidia1", "nvidiactl"}) std::ofstream(devices / name) << "";
    QCOMPARE(store_->lanes(), int64_t{2});
    queue("first");
    const RunId second = queue("second"), third = queue("third");
    QVERIFY(store_->takeTurn({}).job.has_value());
    const auto job = store_->takeTurn({}).job;
    QVERIFY(job && job->run == second);
    QVERIFY(!store_->takeTurn({}).job && store_->takeTurn({}).waits);  // until one of them ends
    store_->setJobState(job->id, JobState::Done);
    finish(second);
    QVERIFY(store_->takeTurn({}).job->run == third);
    store_->setLanes(1);
    QCOMPARE(store_->lanes(), int64_t{1});
    store_->setLanes(0);
    QCOMPARE(store_->lanes(), int64_t{2});
    qunsetenv("SCANLINE_DEV");
  }

  void aJobThatIsOverAndNotWrittenTakesNoLane() {
    queue("first");
    const RunId second = queue("second");
    const auto job = store_->takeTurn({}).job;
    const Turn turn = store_->takeTurn({.over = job->id});
    QVERIFY(turn.job && turn.job->run == second);
  }

  void theLaneOfADeadProcessIsFree() {
    queue("first");
    const RunId second = queue("second");
    QProcess& other = start({"train", folder_->path(), "any"});
    QVERIFY(!store_->takeTurn({}).job);
    other.kill();
    other.waitForFinished();
    QVERIFY(store_->takeTurn({}).job->run == second);
  }

  /// Three processes, of which each takes another kind of run: the order of the queue is the order of the runs, and no
  /// run begins before the one before it has ended.
  void manyProcessesKeepTheOrderAndOneRunAtATime() {
    std::vector<RunId> wanted;
    for (int i = 0; i < 60; ++i) wanted.push_back(queue("run", {.ownProcess = i % 3 == 0}));
    const QString log = folder_->filePath("log");
    // Nobody begins before all three are there: without another process for it, a run is passed over.
    const RunnerId holding = store_->enrol(Serves::Any, RunnerState::Holding);
    for (const char* serves : {"any", "shared", "own"}) {
      auto other = std::make_unique<QProcess>();
      other->setStandardOutputFile(log, QIODevice::Append);
      other->start(STORE_WRITER, {"serve", folder_->path(), serves});
      others_.push_back(std::move(other));
    }
    QFile file(log);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto areReady = [&] { return file.seek(0) && file.readAll().count("ready\n") == 3; };
    QTRY_VERIFY_WITH_TIMEOUT(areReady(), 120'000);
    store_->leave(holding);
    for (const auto& other : others_) QVERIFY(other->waitForFinished(120'000));
    QVERIFY(file.seek(0));
    std::vector<RunId> begun;
    bool isRunning = false;
    while (!file.atEnd()) {
      const auto words = file.readLine().trimmed().split(' ');
      if (words.size() != 2) continue;  // "ready"
      QCOMPARE(words[0] == "begins", !isRunning);
      isRunning = !isRunning;
      if (isRunning) begun.push_back(RunId{words[1].toLongLong()});
    }
    QVERIFY(!isRunning);
    QVERIFY(begun == wanted);
    QVERIFY(store_->jobs().empty());
  }

  void aRunThatAnotherProcessIsThereForHasItsTurnFirst() {
    const RunId own = queue("own", {.ownProcess = true});
    const RunId shared = queue("shared");
    QProcess& worker = start({"enrol", folder_->path(), "own"});
    Turn turn = store_->takeTurn({.serves = Serves::Shared, .onlyLooks = true});
    QVERIFY(!turn.job && turn.waits && !turn.wantsWorker);
    // One that a shell has stopped would never take its turn.
    ::kill(static_cast<pid_t>(worker.processId()), SIGSTOP);
    QTRY_VERIFY(isHalted(processOf(worker.processId())));
    QVERIFY(store_->takeTurn({.serves = Serves::Shared, .onlyLooks = true}).job->run == shared);
    worker.kill();
    worker.waitForFinished();
    // Without a worker the turn goes on to the next, unless a worker can be started.
    QVERIFY(store_->takeTurn({.serves = Serves::Shared, .onlyLooks = true}).job->run == shared);
    turn = store_->takeTurn({.serves = Serves::Shared, .canLaunch = true, .onlyLooks = true});
    QVERIFY(!turn.job && turn.wantsWorker);
    QVERIFY(store_->takeTurn({.serves = Serves::OwnProcess, .onlyLooks = true}).job->run == own);
    QVERIFY(store_->takeTurn({.onlyLooks = true}).job->run == own);
  }

  void aWindowThatHoldsTheQueueHoldsItForAll() {
    queue("first");
    QProcess& window = start({"enrol", folder_->path(), "shared", "holding"});
    const Turn turn = store_->takeTurn({});
    QVERIFY(!turn.job && turn.waits);
    const JobId here = store_->enqueueHere(run_, false);  // a person who starts a run means now
    QVERIFY(store_->takeTurn({.serves = Serves::Reserved, .only = here, .onlyLooks = true}).job.has_value());
    store_->cancelJob(run_);
    window.kill();
    window.waitForFinished();
    QVERIFY(store_->takeTurn({.onlyLooks = true}).job.has_value());
  }

  void aReservedRunIsItsProcessesAlone() {
    const RunId waits = queue("waits");
    const JobId here = store_->enqueueHere(run_, false);
    QCOMPARE(store_->jobs().front().run, run_);  // before all others
    const Turn turn = store_->takeTurn({});
    QVERIFY(!turn.job && turn.waits);
    const auto job = store_->takeTurn({.serves = Serves::Reserved, .only = here}).job;
    QVERIFY(job && job->run == run_);
    store_->setJobState(here, JobState::Done);
    finish(run_);
    QVERIFY(!store_->takeTurn({.serves = Serves::Reserved, .only = here}).waits);
    QVERIFY(store_->takeTurn({}).job->run == waits);
  }

  void aWaitingRunIsReservedOnce() {
    const RunId first = queue("first"), second = queue("second");
    store_->holdJob(second, true);
    const Job job = store_->reserve(second);
    QCOMPARE(store_->jobs().front().run, second);
    QVERIFY(store_->takeTurn({.serves = Serves::Reserved, .only = job.id, .onlyLooks = true}).job->run == second);
    QVERIFY(!store_->holdJob(second, true));
    QVERIFY(store_->cancelJob(second));  // others may take it out of the queue
    QVERIFY(!store_->takeTurn({.serves = Serves::Reserved, .only = job.id}).waits);
    QVERIFY_THROWS_EXCEPTION(Error, store_->reserve(second));
    QVERIFY_THROWS_EXCEPTION(Error, store_->reserve(run_));
    QCOMPARE(store_->run(first).state, RunState::Queued);
  }

  void aRunThatADeadProcessReservedIsInterrupted() {
    QProcess& other = start({"reserve", folder_->path(), id(run_)});
    QCOMPARE(store_->jobs().size(), size_t{1});
    other.kill();
    other.waitForFinished();
    QVERIFY(!store_->takeTurn({}).job);
    store_->markInterrupted();
    QCOMPARE(store_->run(run_).state, RunState::Interrupted);
    QVERIFY(store_->jobs().empty());
    store_->enqueue(run_, false);
  }

  void oneIdleWorkerIsEnough() {
    QVERIFY(store_->enrolWorker().has_value());
    QVERIFY(!store_->enrolWorker().has_value());
    const RunId own = queue("own", {.ownProcess = true});
    QVERIFY(store_->takeTurn({.serves = Serves::OwnProcess}).job.has_value());
    const auto second = store_->enrolWorker();  // the first has work now
    QVERIFY(second.has_value());
    const RunId next = queue("next", {.ownProcess = true});
    QVERIFY(!store_->leaveIfIdle(*second));
    store_->cancelJob(next);
    QVERIFY(store_->leaveIfIdle(*second));
    QVERIFY(store_->run(own).ownProcess && !store_->run(run_).ownProcess);
  }

  void aResumedRunKeepsItsKindOfProcess() {
    store_->enqueue(run_, false, {.ownProcess = true});
    store_->cancelJob(run_);
    store_->enqueue(run_, true);
    QVERIFY(store_->jobs().front().ownProcess);
    store_->cancelJob(run_);
    store_->enqueue(run_, true, {.ownProcess = false});
    QVERIFY(!store_->jobs().front().ownProcess);
  }

  /// The parent of a process sees how it ended; whoever only misses it does not. Whichever comes first, the run says
  /// what is known.
  void aRunTellsHowItsProcessDied_data() {
    QTest::addColumn<bool>("marked");
    QTest::newRow("before it was missed") << false;
    QTest::newRow("after it was missed") << true;
  }
  void aRunTellsHowItsProcessDied() {
    QFETCH(bool, marked);
    queue("first");
    QProcess& other = start({"train", folder_->path(), "any"});
    const RunId run = store_->jobs().front().run;
    const ProcessIdentity process = processOf(other.processId());
    other.kill();
    other.waitForFinished();
    if (marked) {
      QCOMPARE(store_->markInterrupted(), std::vector<RunId>{run});
      QVERIFY(store_->run(run).detail.find("not seen") != std::string::npos);
    }
    QCOMPARE(store_->markDied(process, "It died (signal 9)."), std::vector<RunId>{run});
    QCOMPARE(store_->run(run).state, RunState::Interrupted);
    QCOMPARE(store_->run(run).detail, std::string("It died (signal 9)."));
    QVERIFY(store_->markDied(process, "It died again.").empty());
    QVERIFY(store_->markDied(thisProcess(), "This one lives.").empty());
  }

  void aProcessIsEndedButNotAWindow() {
    QVERIFY_THROWS_EXCEPTION(Error, store_->kill(run_));  // none runs it
    const RunId first = queue("first");
    QProcess& other = start({"train", folder_->path(), "any"});
    store_->kill(first);
    QVERIFY(other.waitForFinished());
    QCOMPARE(other.exitStatus(), QProcess::CrashExit);
    store_->markInterrupted();
    QCOMPARE(store_->run(first).state, RunState::Interrupted);

    const RunId second = queue("second");
    QProcess& window = start({"window", folder_->path(), "shared"});
    QVERIFY_THROWS_EXCEPTION(Error, store_->kill(second));
    QCOMPARE(window.state(), QProcess::Running);
    ProcessIdentity another = thisProcess();
    ++another.startTicks;
    QVERIFY(killProcess(another));  // which is gone, and not this one
  }

 private:
  RunId queue(const std::string& name, QueuePlace place = {}) {
    const RunId run = store_->create(specText(name));
    store_->enqueue(run, false, place);
    return run;
  }
  void finish(RunId run) { appendOne(*store_, run, StateChanged{RunState::Finished, ""}); }
  static QString id(RunId run) { return QString::number(run.value); }
  /// Waits for its first line.
  QProcess& start(const QStringList& arguments) {
    others_.push_back(std::make_unique<QProcess>());
    QProcess& other = *others_.back();
    other.start(STORE_WRITER, arguments);
    while (!other.canReadLine() && other.state() != QProcess::NotRunning) other.waitForReadyRead(1000);
    return other;
  }

  std::vector<std::unique_ptr<QProcess>> others_;
};

QTEST_GUILESS_MAIN(TurnTest)
#include "turn_test.moc"
