#include "core/base/core_waits.h"

#include <sched.h>

#include <QTest>
#include <atomic>
#include <thread>

using namespace scanline;

namespace {

/// Computes on one core, the first that this process may use, until `done`.
void spinOnTheFirstCore(const std::atomic<bool>& done) {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  int core = 0;
  while (!CPU_ISSET(core, &allowed)) ++core;
  CPU_ZERO(&allowed);
  CPU_SET(core, &allowed);
  sched_setaffinity(0, sizeof allowed, &allowed);
  while (!done) {
  }
}

}  // namespace

class CoreWaitsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    if (!CoreWaits().sinceLast()) QSKIP("this kernel does not count how long threads wait");
  }

  /// Of two threads that compute on one core, one always waits; more programs beside them only add to it.
  void threadsThatShareACoreWait() {
    std::atomic<bool> done = false;
    {
      const std::jthread first([&] { spinOnTheFirstCore(done); }), second([&] { spinOnTheFirstCore(done); });
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // both are there
      CoreWaits waits;
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
      const auto share = waits.sinceLast();
      done = true;
      QVERIFY(share.has_value());
      QVERIFY2(*share > 0.6 && *share < 2.5, qPrintable(QString::number(*share)));
    }
  }

  void threadsThatSleepDoNotWait() {
    const std::jthread asleep(
        [] { std::this_thread::sleep_for(std::chrono::milliseconds(250)); });  // beside the test's own sleep
    CoreWaits waits;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    QCOMPARE(waits.sinceLast().value(), 0.0);
  }
};

QTEST_APPLESS_MAIN(CoreWaitsTest)
#include "core_waits_test.moc"
