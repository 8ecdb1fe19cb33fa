#include "core/base/core_waits.h"

#include <sched.h>

#include <QTest>
#include <atomic>
#include <cmath>
#include <thread>

using namespace scanline;

namespace {

constexpr int kTries = 8;

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
      double share = 0;
      // Again on a busy machine: there the two may have begun later than assumed.
      for (int i = 0; i < kTries && !(share > 0.6 && share < 2.5); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(400));
        share = waits.sinceLast().value_or(NAN);
      }
      done = true;
      QVERIFY2(share > 0.6 && share < 2.5, qPrintable(QString::number(share)));
    }
  }

  void threadsThatSleepDoNotWait() {
    // Again on a busy machine: there a thread may still wait for its first moment on a core when the watch begins.
    double share = NAN;
    for (int i = 0; i < kTries && share != 0; ++i) {
      const std::jthread asleep(
          [] { std::this_thread::sleep_for(std::chrono::milliseconds(250)); });  // beside the test's own sleep
      CoreWaits waits;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      share = waits.sinceLast().value();
    }
    QCOMPARE(share, 0.0);
  }
};

QTEST_APPLESS_MAIN(CoreWaitsTest)
#include "core_waits_test.moc"
