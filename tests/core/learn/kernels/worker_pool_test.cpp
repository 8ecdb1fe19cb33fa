#include <torch/torch.h>

#include "core/learn/kernels/worker_pool.h"

#include <xmmintrin.h>

#include <QTest>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

using namespace scanline;

class WorkerPoolTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// Many calls of few parts, more threads than cores, and more parts than one call of threads takes.
  void everyPartIsDoneOnce_data() {
    QTest::addColumn<int>("threads");
    QTest::addColumn<int64_t>("parts");
    QTest::addColumn<int>("calls");
    for (const int threads : {1, 2, 3, 8})
      for (const int parts : {0, 1, 2, 5, 64})
        QTest::addRow("%d, %d", threads, parts) << threads << int64_t{parts} << 3000;
    QTest::newRow("very many parts") << 2 << int64_t{70'000} << 2;
  }
  void everyPartIsDoneOnce() {
    QFETCH(int, threads);
    QFETCH(int64_t, parts);
    QFETCH(int, calls);
    WorkerPool pool(threads);
    QCOMPARE(pool.threads(), threads);
    std::vector<std::atomic<int>> done(static_cast<size_t>(parts));
    std::atomic<bool> isInside = true;
    for (int call = 0; call < calls; ++call) {
      pool.run(parts, [&](int64_t index, int thread) {
        ++done[static_cast<size_t>(index)];
        if (thread < 0 || thread >= threads) isInside = false;
      });
      for (const auto& count : done)
        if (count != call + 1) QCOMPARE(count.load(), call + 1);
    }
    QVERIFY(isInside);
  }

  /// The next call reads the values that one call wrote, on any thread.
  void aCallSeesWhatTheOneBeforeWrote() {
    WorkerPool pool(4);
    std::vector<int64_t> values(16, 0), next(16, 0);
    for (int call = 0; call < 20'000; ++call) {
      pool.run(16,
               [&](int64_t i, int) { next[static_cast<size_t>(i)] = values[static_cast<size_t>((i + 5) % 16)] + 1; });
      values.swap(next);
    }
    for (const auto value : values) QCOMPARE(value, 20'000);
  }

  /// Threads that have gone to sleep wake up, and one that is kept busy is not waited for by the others' parts.
  void sleepersWakeAndPartsOfABusyThreadAreTaken() {
    WorkerPool pool(2);
    for (int call = 0; call < 5; ++call) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      std::atomic<int> begun = 0;
      pool.run(2, [&](int64_t, int) {
        // Both parts are under way at once only if both threads work.
        ++begun;
        while (begun < 2) std::this_thread::yield();
      });
      QCOMPARE(begun.load(), 2);
    }
    // Part 4 is the first of the second thread's. The thread that takes it waits for all others.
    std::atomic<int> others = 0;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::atomic<bool> isLate = false;
    pool.run(8, [&](int64_t index, int) {
      if (index != 4)
        ++others;
      else
        while (others < 7 && !isLate) isLate = std::chrono::steady_clock::now() > deadline;
    });
    QVERIFY(!isLate);
    QCOMPARE(others.load(), 7);
  }

  void threadsTreatDenormalNumbersAsTheirMaker() {
    const unsigned before = _mm_getcsr();
    for (const bool flush : {true, false}) {
      _MM_SET_FLUSH_ZERO_MODE(flush ? _MM_FLUSH_ZERO_ON : _MM_FLUSH_ZERO_OFF);
      WorkerPool pool(2);
      std::atomic<int> begun = 0, flushing = 0;
      pool.run(2, [&](int64_t, int) {
        if (_MM_GET_FLUSH_ZERO_MODE() == _MM_FLUSH_ZERO_ON) ++flushing;
        ++begun;
        while (begun < 2) std::this_thread::yield();
      });
      QCOMPARE(flushing.load(), flush ? 2 : 0);
    }
    _mm_setcsr(before);
  }
};

QTEST_APPLESS_MAIN(WorkerPoolTest)
#include "worker_pool_test.moc"
