#include "core/jobs/job_pool.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTest>

#include "core/base/error.h"
#include "tests/core/jobs/pool_test.h"

using namespace scanline;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class JobPoolTest : public QObject, PoolTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void aJobRunsFromItsSpecToItsEnd() {
    const RunId run = enqueue("whole");
    open();
    pool_->waitIdle();
    const RunDetails details = store_->details(run);
    QCOMPARE(details.summary.state, RunState::Finished);
    QCOMPARE(details.summary.step, 12);
    QCOMPARE(details.summary.parameters, 10);
    QCOMPARE(details.prepared.paletteSize, 17);
    QCOMPARE(details.prepared.palette.size(), size_t{17});
    QCOMPARE(details.prepared.positions, 64);
    QCOMPARE(details.prepared.classNames.size(), size_t{10});
    QVERIFY(details.prepared.trainImages > details.prepared.validationImages);
    QStringList keys;
    for (const auto& [key, value] : details.prepared.environment)
      if (!value.empty()) keys << QString::fromStdString(key);
    for (const char* key :
         {"Scanline", "Compiler", "Processor", "Cores", "Threads", "Kernel", "Seed", "LibTorch", "Precision"})
      QVERIFY2(keys.contains(key), key);
    QVERIFY(fs::exists(fs::path(details.folder) / "palette.npy"));
    QCOMPARE(store_->points(run, series::kTrainLoss, 0).size(), size_t{12});
    QCOMPARE(store_->points(run, series::kValidationLoss, -1).size(), size_t{5});  // 0 4 6 8 12
    QCOMPARE(store_->probes(run, -1).size(), size_t{3 * 2});
    QCOMPARE(store_->sampleSets(run).size(), size_t{3 * 2});
    for (const CheckpointRow& row : details.checkpoints) QVERIFY(fs::exists(fs::path(details.folder) / row.file));
    QVERIFY(store_->jobs().empty());
    QVERIFY(pool_->running().empty());
    QVERIFY(stored_ > 0);
  }

  void jobsRunInOrderAndAFailureHoldsUpNobody() {
    const std::vector<RunId> runs{enqueue("a"), enqueue("bad"), enqueue("c")};
    std::vector<std::string> order;
    engine_->adjust = [&](FakeTrainer& trainer, const RunSpec& spec) {
      order.push_back(spec.name);
      if (spec.name == "bad") trainer.failAt = 3;
    };
    open();
    pool_->waitIdle();
    QCOMPARE(order, (std::vector<std::string>{"a", "bad", "c"}));
    QCOMPARE(store_->run(runs[0]).state, RunState::Finished);
    QCOMPARE(store_->run(runs[1]).state, RunState::Failed);
    QCOMPARE(store_->run(runs[1]).detail, std::string("After step 2: The loss is not finite."));
    QCOMPARE(store_->run(runs[2]).state, RunState::Finished);
    QCOMPARE(loads_.load(), 1);
  }

  void whatCannotBePreparedFailsWithItsSentence() {
    RunSpec spec = shortSpec("no data");
    spec.data.name = "cifar10";
    spec.data.path = folder_->path().toStdString() + "/not there";
    const RunId run = store_->create(toToml(spec));
    store_->enqueue(run, false);
    open();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Failed);
    QVERIFY2(store_->run(run).detail.find("not there") != std::string::npos, store_->run(run).detail.c_str());
  }

  /// A child has a job of its own: pausing it is none of its parent's business.
  void aWaitingChildIsHeldAndItsParentGoesOn() {
    const RunId parent = enqueue("parent");
    const RunId child = store_->create(toToml(shortSpec("child")), parent);
    store_->enqueue(child, false);
    holdAt(2);
    open();
    reached_.get_future().wait();
    pool_->pause(child);
    QVERIFY(eventually([&] { return store_->jobs().at(1).state == JobState::Paused; }));
    QCOMPARE(store_->jobs().at(0).state, JobState::Running);
    release_.set_value();
    pool_->waitIdle();
    QCOMPARE(store_->run(parent).state, RunState::Finished);
    QCOMPARE(store_->run(child).state, RunState::Queued);
  }

  void aForkIsPausedByItself() {
    const RunId parent = enqueue("parent");
    open();
    pool_->waitIdle();
    RunSpec spec = shortSpec("child");
    spec.train.steps = 16;
    const RunId child = store_->fork(parent, 12, toToml(spec));
    holdAt(14);
    store_->enqueue(child, true);
    pool_->wake();
    reached_.get_future().wait();
    pool_->pause(child);
    release_.set_value();
    QVERIFY(eventually([&] { return store_->run(child).state == RunState::Paused; }));
    QVERIFY(eventually([&] { return store_->jobs().at(0).state == JobState::Paused; }));
    pool_->resume(child);
    pool_->waitIdle();
    QCOMPARE(store_->run(child).state, RunState::Finished);
  }

  void pauseAndResume() {
    const RunId run = enqueue("paused");
    holdAt(5);
    open();
    reached_.get_future().wait();
    pool_->pause(run);
    release_.set_value();
    QVERIFY(eventually([&] { return store_->run(run).state == RunState::Paused; }));
    QVERIFY(eventually([&] { return !store_->jobs().empty() && store_->jobs()[0].state == JobState::Paused; }));
    QCOMPARE(store_->run(run).step, 5);
    QVERIFY(pool_->running() == std::vector{run});
    pool_->resume(run);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
  }

  /// As a terminal or another window does: through the store.
  void commandsFromTheStoreAreObeyed() {
    const RunId run = enqueue("asked");
    holdAt(5);
    open();
    reached_.get_future().wait();
    store_->ask(run, RunCommand::Pause);
    QVERIFY(eventually([&] { return !store_->jobs().empty() && store_->jobs()[0].state == JobState::Paused; }));
    release_.set_value();
    QVERIFY(eventually([&] { return store_->run(run).state == RunState::Paused; }));
    store_->ask(run, RunCommand::Resume);
    QVERIFY(eventually([&] { return store_->run(run).state == RunState::Finished; }));
  }

  void aPausedRunStopsWhenAnotherProcessAsks() {
    const RunId run = enqueue("asked");
    holdAt(5);
    open();
    reached_.get_future().wait();
    pool_->pause(run);
    release_.set_value();
    QVERIFY(eventually([&] { return store_->run(run).state == RunState::Paused; }));
    store_->ask(run, RunCommand::StopWithCheckpoint);
    QVERIFY(eventually([&] { return store_->run(run).state == RunState::Stopped; }));
    QCOMPARE(store_->checkpoints(run).back().step, int64_t{5});
  }

  void waitingJobsCanBeHeldAndCancelled() {
    const RunId first = enqueue("first"), held = enqueue("held"), gone = enqueue("gone");
    holdAt(2);
    open();
    reached_.get_future().wait();
    pool_->pause(held);
    pool_->stop(gone);
    QVERIFY(eventually([&] { return store_->run(gone).state == RunState::Stopped; }));
    engine_->adjust = nullptr;
    release_.set_value();
    pool_->waitIdle();
    QCOMPARE(store_->run(first).state, RunState::Finished);
    QCOMPARE(store_->run(held).state, RunState::Queued);
    pool_->resume(held);
    QVERIFY(eventually([&] { return store_->run(held).state == RunState::Finished; }));
    QCOMPARE(store_->run(gone).step, 0);
  }

  void aHeldQueueWaits() {
    open();
    pool_->waitIdle();
    QCOMPARE(loads_.load(), 0);  // nothing to do: the engine is not even loaded
    pool_->setQueueHeld(true);
    const RunId run = enqueue("waits");
    pool_->wake();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Queued);
    QCOMPARE(loads_.load(), 0);
    pool_->setQueueHeld(false);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
  }

  void stopAllEmptiesThePoolAndKeepsTheQueue() {
    const RunId run = enqueue("runs"), next = enqueue("waits");
    holdAt(4);
    open();
    reached_.get_future().wait();
    pool_->stopAll();
    release_.set_value();
    QVERIFY(eventually([&] { return pool_->running().empty(); }));
    pool_.reset();
    QCOMPARE(store_->run(run).state, RunState::Stopped);
    QCOMPARE(store_->checkpoints(run).back().reason, std::string("stopped"));
    QCOMPARE(store_->run(next).state, RunState::Queued);
    // The next start goes on with the waiting runs.
    engine_->adjust = nullptr;
    open();
    pool_->waitIdle();
    QCOMPARE(store_->run(next).state, RunState::Finished);
  }

  void whatWasAskedForIsCarriedOutBeforeTheEnd() {
    open();
    pool_->setQueueHeld(true);
    std::vector<RunId> runs;
    for (int i = 0; i < 8; ++i) runs.push_back(enqueue("waits"));
    for (const RunId run : runs) pool_->stop(run);
    pool_.reset();
    for (const RunId run : runs) QCOMPARE(store_->run(run).state, RunState::Stopped);
  }

  void runsOfDeadProcessesAreFoundUnasked() {
    const RunId run = enqueue("cut");
    store_.reset();  // no connection crosses the fork
    const pid_t child = fork();
    if (child == 0) {
      RunStore(pathOf(*folder_), StoreMode::ReadWrite).takeTurn({.beside = true});
      _exit(0);
    }
    waitpid(child, nullptr, 0);
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
    open();
    QVERIFY(eventually([&] { return store_->jobs().empty() && stored_ > 0; }));
    QCOMPARE(store_->log(run, 0).back().line.level, LogLine::Level::Warning);
  }

  void aRunThatWantsAProcessOfItsOwnIsLeftToAWorker() {
    std::atomic<int> launched = 0;
    std::atomic<bool> broken = false;
    launch_ = [&](const std::stop_token&) {
      ++launched;
      if (broken) throw Error("No worker starts.");
    };
    const RunId own = store_->create(toToml(shortSpec("own")));
    store_->enqueue(own, false, {.ownProcess = true});
    const RunId shared = enqueue("shared");
    open();
    QVERIFY(eventually([&] { return launched > 0; }));
    pool_->waitIdle();
    QCOMPARE(store_->run(own).state, RunState::Queued);
    QCOMPARE(store_->run(shared).state, RunState::Queued);  // its turn comes after
    broken = true;                                          // the others do not wait for a worker that cannot come
    pool_->wake();
    QVERIFY(eventually([&] { return store_->run(shared).state == RunState::Finished; }));
    QCOMPARE(store_->run(own).state, RunState::Queued);
    QVERIFY(errors().contains("No worker starts."));
  }

  void theDestructorCheckpointsWhatRuns() {
    const RunId run = enqueue("runs");
    std::atomic<bool> stepping = false;
    engine_->adjust = [&](FakeTrainer& trainer, const RunSpec&) {
      trainer.onAsk = [&](int64_t step) {
        if (step < 3) return;
        stepping = true;
        std::this_thread::sleep_for(5ms);  // a step takes a while, so that the end cannot come first
      };
    };
    open();
    QVERIFY(eventually([&] { return stepping.load(); }));
    pool_.reset();
    QVERIFY(store_->run(run).state == RunState::Stopped || store_->run(run).state == RunState::Finished);
    QVERIFY(!store_->checkpoints(run).empty());
  }

  void aMissingEngineIsASentenceAndKeepsTheQueue() {
    const RunId run = enqueue("waits");
    std::atomic<bool> broken = true;
    open([&]() -> std::shared_ptr<Engine> {
      if (broken) throw Error("LibTorch is not installed.");
      return engine_;
    });
    pool_->waitIdle();
    QVERIFY(eventually([&] { return errors().contains("LibTorch is not installed."); }));
    QCOMPARE(store_->run(run).state, RunState::Queued);
    broken = false;
    pool_->wake();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
  }

  void jobsOfOtherProcessesAreFoundUnasked() {
    open();
    pool_->waitIdle();
    const RunId run = enqueue("unasked");  // nobody calls wake()
    QVERIFY(eventually([&] { return store_->run(run).state == RunState::Finished; }));
  }

  /// A database browser in the middle of a change, or a backup, for a minute.
  void aStoreInUseForAMinuteHoldsNothingUp_data() {
    QTest::addColumn<bool>("foreign");
    QTest::newRow("another program writes") << true;
    QTest::newRow("another process of ours has the lock") << false;
  }
  void aStoreInUseForAMinuteHoldsNothingUp() {
    QFETCH(const bool, foreign);
    const RunId twin = enqueue("twin");
    open();
    pool_->waitIdle();
    const RunId run = enqueue("beside");
    holdAt(3);
    pool_->wake();
    reached_.get_future().wait();
    {
      SQLite::Database other((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE);
      std::optional<SQLite::Transaction> transaction;
      const int lock = ::open((pathOf(*folder_) / "lock").c_str(), O_RDWR | O_CLOEXEC);
      if (foreign)
        transaction.emplace(other, SQLite::TransactionBehavior::IMMEDIATE);
      else
        ::flock(lock, LOCK_EX);
      release_.set_value();
      // It trains to its end; its events wait.
      QVERIFY(eventually([&] { return fs::exists(store_->folder(run) / "checkpoints/step-12.safetensors"); }));
      QVERIFY(eventually([&] { return errors().join("").contains("The run is over."); }));
      std::this_thread::sleep_for(foreign ? 60s : 22s);
      QCOMPARE(store_->run(run).state, RunState::Running);
      QVERIFY(pool_->running() == std::vector{run});
      ::close(lock);
    }
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    QCOMPARE(jobStateOf(run), std::string("done"));
    for (const SeriesSummary& series : store_->summaries(twin)) {
      const auto expected = store_->points(twin, series.name, -1), points = store_->points(run, series.name, -1);
      QCOMPARE(points.size(), expected.size());
      for (size_t i = 0; i < points.size(); ++i) {
        QCOMPARE(points[i].step, expected[i].step);
        QVERIFY(points[i].value == expected[i].value);
      }
    }
    QCOMPARE(store_->probes(run, -1).size(), store_->probes(twin, -1).size());
    QCOMPARE(store_->sampleSets(run).size(), store_->sampleSets(twin).size());
    QCOMPARE(store_->checkpoints(run).size(), store_->checkpoints(twin).size());
    int warnings = 0;
    for (const LogRow& row : store_->log(run, 0)) warnings += row.line.level == LogLine::Level::Warning ? 1 : 0;
    QVERIFY(warnings <= 1);
  }

  /// The pool ends while the store is still in use: the run's last events are kept, and stored when it is resumed.
  void aPoolThatEndsBesideAStoreInUseLosesNothing() {
    const RunId twin = enqueue("twin");
    open();
    pool_->waitIdle();
    const RunId run = enqueue("cut");
    holdAt(7);
    pool_->wake();
    reached_.get_future().wait();
    {
      SQLite::Database other((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE);
      SQLite::Transaction transaction(other, SQLite::TransactionBehavior::IMMEDIATE);
      std::jthread later([&] { release_.set_value(); });
      pool_.reset();  // checkpoints, and comes to an end
      QVERIFY(fs::exists(store_->folder(run) / "checkpoints/step-7.safetensors"));
      QVERIFY2(errors().join("").contains("unstored.json"), qPrintable(errors().join(" ")));
    }
    QVERIFY(store_->points(run, series::kTrainLoss, 0).size() < 7);
    // As after a start of the program: the process that ran it is gone.
    SQLite::Database((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE)
        .exec(
            "UPDATE run SET owner_boot = 'before' WHERE name = 'cut'; UPDATE job SET owner_boot = 'before' WHERE state "
            "= 'running'");
    store_->markInterrupted();
    store_->enqueue(run, true);
    engine_->adjust = nullptr;
    open();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    bool wentOn = false;
    for (const LogRow& row : store_->log(run, 0)) wentOn = wentOn || row.line.text.find("checkpoint of step 7") < 100;
    QVERIFY(wentOn);
    const auto expected = store_->points(twin, series::kTrainLoss, -1),
               points = store_->points(run, series::kTrainLoss, -1);
    QCOMPARE(points.size(), expected.size());
    for (size_t i = 0; i < points.size(); ++i) QVERIFY(points[i].value == expected[i].value);
    QVERIFY(!fs::exists(store_->folder(run) / "unstored.json"));
  }

  void aCommandWaitsForAStoreInUse() {
    const RunId run = enqueue("runs"), waits = enqueue("waits");
    holdAt(2);
    open();
    reached_.get_future().wait();
    {
      SQLite::Database other((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE);
      SQLite::Transaction transaction(other, SQLite::TransactionBehavior::IMMEDIATE);
      pool_->stop(waits);
      QVERIFY(eventually([&] { return errors().join("").contains("in use by another program"); }));
    }
    QVERIFY(eventually([&] { return store_->run(waits).state == RunState::Stopped; }));
    release_.set_value();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    QCOMPARE(store_->run(waits).state, RunState::Stopped);
  }

  /// The listener may fail; the pool does not keep a run in mind that is none of its own any more.
  void anExceptionFromOutsideLeavesNoRunBehind() {
    const RunId run = enqueue("runs");
    std::atomic<int> calls = 0;
    pool_ = std::make_unique<JobPool>(
        pathOf(*folder_), [this] { return engine_; },
        JobPool::Callbacks{.stored =
                               [&] {
                                 if (calls++ == 0) throw std::runtime_error("the view is gone");
                               },
                           .failed = [this](const std::string& s) { complain(s); }});
    QVERIFY(eventually([&] { return !errors().empty(); }));
    QVERIFY(eventually([&] { return pool_->running().empty(); }));
    pool_->pause(run);  // would reach for a destroyed object
    pool_->stop(run);
    pool_->waitIdle();
    QCOMPARE(jobStateOf(run), std::string("failed"));
  }

  void aWorkspaceThatCannotBeWrittenIsASentence() {
    pool_ = std::make_unique<JobPool>(
        "/proc/scanline", [this] { return engine_; },
        JobPool::Callbacks{.failed = [this](const std::string& sentence) { complain(sentence); }});
    QVERIFY(eventually([&] { return errors().join("").contains("/proc/scanline"); }));
    pool_->waitIdle();
  }
};

QTEST_GUILESS_MAIN(JobPoolTest)
#include "job_pool_test.moc"
