#include <torch/torch.h>

#include "core/learn/kernels/spin_control.h"

#include <unistd.h>

#include <QTest>
#include <cstdlib>
#include <thread>

#include "core/base/clock.h"

using namespace scanline;

namespace {

constexpr double kIdle = 0.002;  ///< CPU seconds: a thread that uses less sleeps

/// CPU seconds that a second thread uses in the 0.3 s after a parallel sum that it took part in.
double usedOnce() {
  at::set_num_threads(2);
  const auto values = at::ones({1 << 20});
  (void)values.sum().item<float>();
  const double before = cpuSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  return cpuSeconds() - before;
}

/// The least of a few tries: on a busy machine the thread may come to its rest only while it is watched. One that spins
/// uses its core every time.
double usedWhileIdle() {
  double least = usedOnce();
  for (int i = 0; i < 4 && least >= kIdle; ++i) least = std::min(least, usedOnce());
  return least;
}

}  // namespace

class SpinControlTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void spinningEndsAtOnceAndBeginsAfterAQuietSecond() {
    SpinRule rule;
    for (int i = 0; i < 50; ++i) QVERIFY(rule.maySpin(0.3, 0.1));  // some waiting is no reason
    QVERIFY(!rule.maySpin(0.5, 0.1));
    for (int i = 0; i < 9; ++i) QVERIFY(!rule.maySpin(0.0, 0.1));
    QVERIFY(rule.maySpin(0.0, 0.11));
    QVERIFY(rule.maySpin(0.0, 0.1));
  }

  void aNeighbourThatStaysKeepsThreadsAsleep() {
    SpinRule rule;
    QVERIFY(!rule.maySpin(0.5, 0.1));
    for (int i = 0; i < 100; ++i) QVERIFY(!rule.maySpin(0.3, 0.1));            // still shares a core, now and then
    for (int i = 0; i < 100; ++i) QVERIFY(!rule.maySpin(i % 8 ? 0 : 1, 0.1));  // comes back every 0.8 s
  }

  /// The count of main() lets a thread spin for minutes. That thread alone uses CPU in the meantime.
  void sleepingThreadsEndTheSpinning() {
    if (std::thread::hardware_concurrency() < 2) QSKIP("one core: OpenMP has no second thread to spin");
    {
      const SleepingThreads sleeping(2);
      QVERIFY2(usedWhileIdle() < kIdle, "a thread spins");
      const SleepingThreads again(2);
      QVERIFY2(usedWhileIdle() < kIdle, "a thread spins beside two teams that sleep");
    }
    QVERIFY2(usedOnce() > kIdle, "threads sleep although nobody asks for it: the count of main() has no effect");
    const SleepingThreads late(2);
    QVERIFY2(usedWhileIdle() < kIdle, "a thread spins in the part that began after the team slept");
  }

  void sumsAreTheSameMeanwhile() {
    const auto values = at::rand({1 << 20}, at::detail::createCPUGenerator(1));
    const auto plain = values.sum();
    const SleepingThreads sleeping(2);
    QVERIFY(values.sum().equal(plain));
  }
};

/// libgomp reads its settings before main().
int main(int argc, char** argv) {
  if (!std::getenv("GOMP_SPINCOUNT")) {
    unsetenv("OMP_WAIT_POLICY");
    setenv("GOMP_SPINCOUNT", "100000000000", 1);
    execv("/proc/self/exe", argv);
  }
  SpinControlTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "spin_control_test.moc"
