// Other programs that write: the recorder, the readers, and who has to wait for whom.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QTest>
#include <atomic>
#include <thread>

#include "core/base/passing_error.h"
#include "core/store/run_recorder.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
using namespace std::chrono_literals;

namespace {

/// A database browser in the middle of a change.
class Browser {
 public:
  explicit Browser(const QTemporaryDir& folder)
      : database_((pathOf(folder) / "scanline.db").string(), SQLite::OPEN_READWRITE),
        transaction_(database_, SQLite::TransactionBehavior::IMMEDIATE) {}

 private:
  SQLite::Database database_;
  SQLite::Transaction transaction_;
};

/// Another process of ours, as far as the workspace's lock goes.
class LockHolder {
 public:
  explicit LockHolder(const QTemporaryDir& folder)
      : descriptor_(::open((pathOf(folder) / "lock").c_str(), O_RDWR | O_CLOEXEC)) {
    ::flock(descriptor_, LOCK_EX);
  }
  ~LockHolder() { ::close(descriptor_); }
  LockHolder(const LockHolder&) = delete;
  LockHolder& operator=(const LockHolder&) = delete;

 private:
  int descriptor_;
};

}  // namespace

class StoreInUseTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void theRecorderKeepsWhatItCannotStore_data() {
    QTest::addColumn<bool>("foreign");
    QTest::newRow("another program writes") << true;
    QTest::newRow("another process of ours has the lock") << false;
  }
  void theRecorderKeepsWhatItCannotStore() {
    QFETCH(const bool, foreign);
    int notifications = 0;
    RunRecorder recorder(RunStore(pathOf(*folder_), StoreMode::ReadWrite), run_, [&] { ++notifications; });
    recorder.record(StateChanged{RunState::Running, ""});
    QCOMPARE(notifications, 1);
    {
      std::optional<Browser> browser;
      std::optional<LockHolder> holder;
      foreign ? void(browser.emplace(*folder_)) : void(holder.emplace(*folder_));
      int64_t step = 0;
      while (step < 600) {
        ++step;
        recorder.record(stepAt(step, static_cast<double>(step)));
        if (step % 100 == 0) recorder.record(StateChanged{step % 200 == 0 ? RunState::Running : RunState::Paused, ""});
        if (step % 100 == 0) QVERIFY(!recorder.flush());
      }
      QVERIFY(!recorder.settle([](std::chrono::milliseconds waited) { return waited < 3s; }));
      QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{0});  // readers are not kept waiting
      QCOMPARE(notifications, 1);
      QVERIFY(!recorder.obstacle());
    }
    QVERIFY(recorder.settle([](std::chrono::milliseconds) { return true; }));
    const auto points = store_->points(run_, series::kTrainLoss, 0);
    QCOMPARE(points.size(), size_t{600});
    for (size_t i = 0; i < points.size(); ++i) {
      QCOMPARE(points[i].step, static_cast<int64_t>(i) + 1);
      QCOMPARE(points[i].value, static_cast<double>(i + 1));
      QVERIFY(i == 0 || points[i].timeMs >= points[i - 1].timeMs);  // when it happened, not when it was stored
    }
    QCOMPARE(store_->run(run_).step, 600);
    QStringList states, warnings;
    for (const LogRow& row : store_->log(run_, 0))
      (row.line.level == LogLine::Level::Warning ? warnings : states) << QString::fromStdString(row.line.text);
    QCOMPARE(states, (QStringList{"Running", "Paused", "Running", "Paused", "Running", "Paused", "Running"}));
    QCOMPARE(warnings.size(), 1);
    QVERIFY2(warnings[0].contains("uses the store"), qPrintable(warnings[0]));
  }

  /// Events that a listener records while others are being stored come after them.
  void aListenerMayRecord() {
    RunRecorder recorder(RunStore(pathOf(*folder_), StoreMode::ReadWrite), run_, {});
    int heard = 0;
    recorder.setListener([&](std::span<const TrainEvent> events, std::span<const int64_t>) {
      if (heard++ < 3) recorder.record(CheckpointSaved{heard, "x", 1, 1, "last"});
      QVERIFY(!events.empty());
    });
    for (int64_t step = 1; step <= 600; ++step) recorder.record(stepAt(step));
    QVERIFY(recorder.settle([](std::chrono::milliseconds) { return true; }));
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{600});
    QCOMPARE(store_->checkpoints(run_).size(), size_t{3});
  }

  /// A store that fails for good is no reason to forget.
  void whatFailsForGoodIsThrownAndKept() {
    RunRecorder recorder(RunStore(pathOf(*folder_), StoreMode::ReadWrite), run_, {});
    SQLite::Database other((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE);
    other.exec("ALTER TABLE series RENAME TO elsewhere");
    recorder.record(StateChanged{RunState::Running, ""});
    recorder.record(stepAt(1));
    QVERIFY_THROWS_EXCEPTION(Error, recorder.flush());
    other.exec("ALTER TABLE elsewhere RENAME TO series");
    QVERIFY(recorder.flush());
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{1});
  }

  void openingForWritingWaitsForNobody() {
    const LockHolder holder(*folder_);
    const Browser browser(*folder_);
    RunStore store(pathOf(*folder_), StoreMode::ReadWrite);
    QCOMPARE(store.runs().size(), size_t{1});
    QVERIFY(store.markInterrupted().empty());
    store.setPatience(10ms);
    try {
      store.rename(run_, "x");
      QFAIL("written");
    } catch (const PassingError& error) {
      QVERIFY(error.cause() == PassingError::Cause::Busy);
    }
    store.checkpointLog();  // leaves it to others
  }

  /// While a foreign program is waited for, our lock is free for others: nobody holds it for as long as that takes.
  void waitingForAForeignProgramKeepsNobodyElseUp() {
    const Browser browser(*folder_);
    std::atomic<bool> done = false;
    std::jthread waiter([&] {
      RunStore store(pathOf(*folder_), StoreMode::ReadWrite);
      store.setPatience(1500ms);
      try {
        store.rename(run_, "x");
      } catch (const PassingError&) {
      }
      done = true;
    });
    int gotIt = 0;
    while (!done) {
      const LockHolder holder(*folder_);
      ++gotIt;
    }
    QVERIFY(gotIt > 3);
  }

  /// Large work is done in pieces, and who waits meanwhile comes between them.
  void largeWorkLetsOthersIn_data() {
    QTest::addColumn<int>("work");
    QTest::newRow("many points at once") << 0;
    QTest::newRow("going back to the beginning") << 1;
    QTest::newRow("deleting") << 2;
  }
  void largeWorkLetsOthersIn() {
    QFETCH(const int, work);
    constexpr int64_t kPoints = 60000;
    std::vector<TrainEvent> events;
    for (int64_t step = 1; step <= kPoints; ++step) events.emplace_back(Scalars{step, {{"a", 1.0 / double(step)}}});
    const RunId big = store_->create(specText("big"));
    if (work != 0) store_->append(big, events);
    std::atomic<bool> done = false;
    std::atomic<bool> begun = false;
    std::jthread worker([&] {
      RunStore store(pathOf(*folder_), StoreMode::ReadWrite);
      begun = true;
      if (work == 0) store.append(big, events);
      if (work == 1) store.truncateAfter(big, 10);
      if (work == 2) store.purge(big);
      done = true;
    });
    while (!begun) std::this_thread::yield();
    int between = 0;
    while (!done) {
      store_->rename(run_, std::to_string(++between));
    }
    worker.join();
    QVERIFY2(between > 5, qPrintable(QString::number(between)));
    if (work == 0) {
      QCOMPARE(store_->points(big, "a", 0).size(), size_t{kPoints});
      QCOMPARE(store_->summaries(big).at(0).min, 1.0 / double(kPoints));
    }
    if (work == 1) {
      QCOMPARE(store_->points(big, "a", 0).size(), size_t{10});
      QCOMPARE(store_->summaries(big).at(0).count, 10);
      QCOMPARE(store_->summaries(big).at(0).last, 0.1);
    }
    if (work == 2) QVERIFY(!store_->find("big"));
  }
};

QTEST_GUILESS_MAIN(StoreInUseTest)
#include "store_in_use_test.moc"
