#include "core/base/system_load.h"

#include <QTest>
#include <atomic>
#include <thread>
#include <vector>

#include "core/base/memory.h"

using namespace scanline;

/// Measured on a real machine: one thread at work, memory that is taken and given back.
class SystemLoadTest : public QObject {
  Q_OBJECT
 private slots:
  /// A process that does nothing keeps no core busy, one with a thread at work keeps one busy, as far as other programs
  /// leave it one.
  void workIsSeen() {
    LoadMeter meter;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto idle = meter.measure();
    QVERIFY(idle);
    std::atomic<bool> ends = false;
    std::jthread worker([&] {
      while (!ends) {
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    const auto busy = meter.measure();
    ends = true;
    QVERIFY(busy);
    QVERIFY(idle->ownCores < 0.1);
    QVERIFY(busy->ownCores > idle->ownCores);
    QVERIFY(busy->ownCores < 1.2);
    QVERIFY(busy->busyShare > 0 && busy->busyShare <= 1);
  }

  void memoryIsSeen() {
    LoadMeter meter;
    const auto before = wait(meter);
    constexpr int64_t kBytes = 200 << 20;
    std::vector<char> block(static_cast<size_t>(kBytes), 1);
    const auto with = wait(meter);
    QVERIFY(with.ownMemory - before.ownMemory > kBytes * 9 / 10);
    QVERIFY(with.ownMemory - before.ownMemory < kBytes * 11 / 10);
    QCOMPARE(block[12345], char{1});
    QVERIFY(with.freeMemory > 0 && with.freeMemory < memoryLimit());
  }

 private:
  static SystemLoad wait(LoadMeter& meter) {
    for (;;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      if (const auto load = meter.measure()) return *load;
    }
  }
};

QTEST_GUILESS_MAIN(SystemLoadTest)
#include "system_load_test.moc"
