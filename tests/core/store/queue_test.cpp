#include <QTest>
#include <atomic>
#include <barrier>
#include <optional>
#include <set>
#include <thread>

#include "core/base/error.h"
#include "core/store/workspace_lock.h"
#include "tests/core/store/store_support.h"

using namespace scanline;

namespace {

QStringList names(const RunStore& store) {
  QStringList out;
  for (const Job& job : store.jobs()) out << QString::fromStdString(store.run(job.run).name);
  return out;
}

}  // namespace

class QueueTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
    for (const char* name : {"a", "b", "c"}) {
      runs_.push_back(store_->create(specText(name)));
      jobs_.push_back(store_->enqueue(runs_.back(), false));
    }
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    runs_.clear();
    jobs_.clear();
    store_.reset();
  }

  void jobsAreClaimedInOrder() {
    for (size_t i = 0; i < 3; ++i) {
      const auto job = store_->takeTurn({.beside = true}).job;
      QVERIFY(job.has_value());
      QVERIFY(job->run == runs_[i]);
      QCOMPARE(store_->run(job->run).state, RunState::Preparing);
    }
    QVERIFY(!store_->takeTurn({.beside = true}).job);
  }

  void theOrderCanBeChanged() {
    store_->moveBefore(jobs_[2], jobs_[0]);
    QCOMPARE(names(*store_), (QStringList{"c", "a", "b"}));
    QCOMPARE(store_->moveBefore(jobs_[2], std::nullopt), (std::vector<JobId>{jobs_[0], jobs_[1]}));
    QCOMPARE(names(*store_), (QStringList{"a", "b", "c"}));
    store_->moveBefore(jobs_[0], jobs_[2]);
    QCOMPARE(names(*store_), (QStringList{"b", "a", "c"}));
    QVERIFY(store_->takeTurn({.beside = true}).job->run == runs_[1]);
    QVERIFY_THROWS_EXCEPTION(Error, store_->moveBefore(JobId{99}, jobs_[0]));
    QVERIFY_THROWS_EXCEPTION(Error, store_->moveBefore(jobs_[0], JobId{99}));
    QCOMPARE(names(*store_), (QStringList{"b", "a", "c"}));
    // By places, as far as there are any, among those that wait.
    const auto formerly = store_->moveBy(jobs_[0], 1);
    QVERIFY(formerly && *formerly == std::vector{jobs_[2]});
    QCOMPARE(names(*store_), (QStringList{"b", "c", "a"}));
    QVERIFY(!store_->moveBy(jobs_[0], 1));
    QVERIFY(store_->moveBy(jobs_[0], -9));
    QCOMPARE(names(*store_), (QStringList{"b", "a", "c"}));
    QVERIFY(!store_->moveBy(jobs_[0], -1));
    QVERIFY_THROWS_EXCEPTION(Error, store_->moveBy(jobs_[1], 1));  // it has begun
    QCOMPARE(names(*store_), (QStringList{"b", "a", "c"}));
    // One that comes later still goes last.
    const RunId late = store_->create(specText("late"));
    store_->enqueue(late, false);
    QCOMPARE(names(*store_).last(), QString("late"));
  }

  void aRunIsQueuedOnce() {
    const auto refusal = [&] {
      try {
        store_->enqueue(runs_[0], false);
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string();
    };
    QCOMPARE(refusal(), std::string("This run is in the queue already."));
    const auto job = store_->takeTurn({.beside = true}).job;
    QCOMPARE(refusal(), std::string("This run goes on already."));
    appendOne(*store_, runs_[0], StateChanged{RunState::Finished, ""});
    store_->setJobState(job->id, JobState::Done);
    store_->enqueue(runs_[0], true);
    QVERIFY(store_->jobs().back().resume);
    QCOMPARE(store_->run(runs_[0]).state, RunState::Queued);
  }

  void whatIsOverStaysOver() {
    store_->setJobState(jobs_[0], JobState::Cancelled);
    store_->setJobState(jobs_[0], JobState::Paused);
    QCOMPARE(names(*store_), (QStringList{"b", "c"}));
    QCOMPARE(store_->verify().size(), size_t{1});  // the process that ends a job stores the end of its run
    store_->repair();
  }

  void heldAndCancelledJobsAreNotClaimed() {
    QVERIFY(store_->holdJob(runs_[0], true));
    QVERIFY(!store_->holdJob(runs_[0], true));
    QVERIFY(store_->cancelJob(runs_[1]));
    QCOMPARE(store_->run(runs_[1]).state, RunState::Stopped);
    QVERIFY(store_->takeTurn({.beside = true}).job->run == runs_[2]);
    QVERIFY(!store_->takeTurn({.beside = true}).job);
    QVERIFY(store_->holdJob(runs_[0], false));
    QVERIFY(store_->takeTurn({.beside = true}).job->run == runs_[0]);
    // A run that has started is not the queue's any more.
    QVERIFY(!store_->holdJob(runs_[0], true));
    QVERIFY(!store_->cancelJob(runs_[0]));
  }

  void trashTakesARunOutOfTheQueue() {
    store_->setTrashed({runs_[0]}, true);
    QCOMPARE(names(*store_), (QStringList{"b", "c"}));
    QVERIFY_THROWS_EXCEPTION(Error, store_->enqueue(runs_[0], false));
  }

  void whatComesOutOfTheTrashHasItsPlaceAgain() {
    store_->holdJob(runs_[1], true);
    store_->setTrashed({runs_[0], runs_[1]}, true);
    QCOMPARE(store_->run(runs_[0]).state, RunState::Stopped);
    QCOMPARE(names(*store_), QStringList{"c"});
    store_->setTrashed({runs_[0], runs_[1]}, false);
    QCOMPARE(names(*store_), (QStringList{"a", "b", "c"}));
    QCOMPARE(store_->run(runs_[0]).state, RunState::Queued);
    QCOMPARE(store_->jobs()[0].state, JobState::Waiting);
    QCOMPARE(store_->jobs()[1].state, JobState::Paused);  // it was held
    QVERIFY(store_->takeTurn({.beside = true}).job->run == runs_[0]);
    // A run that had left the queue before stays out of it.
    store_->cancelJob(runs_[2]);
    store_->setTrashed({runs_[2]}, true);
    store_->setTrashed({runs_[2]}, false);
    QCOMPARE(names(*store_), (QStringList{"a", "b"}));
  }

  void severalAreQueuedInOneGo() {
    store_->holdJob(runs_[0], true);
    const std::vector<std::string> texts{specText("d"), specText("e")};
    QCOMPARE(store_->createQueued(texts, runs_[0], {}).size(), size_t{2});
    QCOMPARE(names(*store_), (QStringList{"a", "b", "c", "d", "e"}));
    const std::vector<std::string> urgent{specText("x"), specText("y")};
    const auto first = store_->createQueued(urgent, {}, {.first = true});
    QCOMPARE(names(*store_), (QStringList{"a", "x", "y", "b", "c", "d", "e"}));  // before all that wait
    QVERIFY(store_->takeTurn({.beside = true}).job->run == first[0]);
    QVERIFY(store_->run(*store_->find("d")).parent == runs_[0]);
  }

  void nobodyWritesUnderAnothersLock() {
    WorkspaceLock lock(pathOf(*folder_));
    std::optional<WorkspaceLock::Held> held(std::in_place, lock, WorkspaceLock::Clock::now());
    std::atomic<bool> written = false;
    std::jthread writer([&] {
      RunStore own(pathOf(*folder_), StoreMode::ReadWrite);
      own.rename(runs_[0], "x");
      written = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    QVERIFY(!written);
    const auto size = std::filesystem::file_size(pathOf(*folder_) / "scanline.db-wal");
    store_->checkpointLog();  // gives up
    QCOMPARE(std::filesystem::file_size(pathOf(*folder_) / "scanline.db-wal"), size);
    held.reset();
    writer.join();
    QVERIFY(written);
  }

  /// One that wants the lock all the time does not keep it from the others.
  void whoWaitsGetsItsTurn() {
    std::atomic<bool> stop = false;
    std::jthread greedy([&] {
      WorkspaceLock lock(pathOf(*folder_));
      while (!stop) {
        const WorkspaceLock::Held held(lock, WorkspaceLock::Clock::now() + std::chrono::seconds(20));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
    for (int i = 0; i < 5; ++i) store_->rename(runs_[0], std::to_string(i));
    stop = true;
    QCOMPARE(store_->run(runs_[0]).name, std::string("4"));
  }

  void twoThreadsNeverGetTheSameJob() {
    for (int i = 0; i < 40; ++i) store_->enqueue(store_->create(specText()), false);
    std::atomic<int> claims = 0;
    std::vector<std::vector<int64_t>> got(3);
    std::barrier open(3);
    {
      std::vector<std::jthread> threads;
      for (auto& mine : got)
        threads.emplace_back([&] {
          RunStore own(pathOf(*folder_), StoreMode::ReadWrite);
          open.arrive_and_wait();
          while (const auto job = own.takeTurn({.beside = true}).job) {
            mine.push_back(job->id.value);
            ++claims;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));  // so that all of them ask at the same time
          }
        });
    }
    std::set<int64_t> different;
    for (const auto& mine : got) different.insert(mine.begin(), mine.end());
    QCOMPARE(claims.load(), 43);
    QCOMPARE(different.size(), size_t{43});
  }

  void manyThreadsWriteWithoutLoss() {
    constexpr int64_t kSteps = 150;
    std::vector<std::jthread> threads;
    for (const RunId run : runs_)
      threads.emplace_back([this, run] {
        RunStore own(pathOf(*folder_), StoreMode::ReadWrite);
        for (int64_t step = 1; step <= kSteps; ++step) appendOne(own, run, stepAt(step));
      });
    threads.emplace_back([this](const std::stop_token& stop) {
      RunStore own(pathOf(*folder_), StoreMode::ReadWrite);
      while (!stop.stop_requested()) own.checkpointLog();
    });
    threads.emplace_back([this](const std::stop_token& stop) {
      RunStore reader(pathOf(*folder_), StoreMode::ReadOnly);
      size_t before = 0;
      while (!stop.stop_requested()) {
        const size_t now = reader.points(runs_[0], series::kTrainLoss, 0).size();
        if (now < before) std::abort();
        before = now;
      }
    });
    for (size_t i = 0; i < 3; ++i) threads[i].join();
    threads.clear();
    for (const RunId run : runs_) QCOMPARE(store_->points(run, series::kTrainLoss, 0).size(), size_t{kSteps});
  }

  void theNewestCommandWinsAndIsTakenOnce() {
    const RunId run = store_->create(specText());
    QVERIFY_THROWS_EXCEPTION(Error, store_->ask(run, RunCommand::Pause));  // nobody runs it
    store_->own(run);
    QVERIFY(!store_->takeCommand(run));
    store_->ask(run, RunCommand::Pause);
    store_->ask(run, RunCommand::StopWithCheckpoint);
    QVERIFY(store_->takeCommand(run) == RunCommand::StopWithCheckpoint);
    QVERIFY(!store_->takeCommand(run));
    store_->ask(run, RunCommand::Stop);
    appendOne(*store_, run, StateChanged{RunState::Stopped, ""});
    store_->own(run);  // a new attempt: requests to the last one are void
    QVERIFY(store_->takeCommands().empty());
  }

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  std::vector<RunId> runs_;
  std::vector<JobId> jobs_;
};

QTEST_GUILESS_MAIN(QueueTest)
#include "queue_test.moc"
