#include "core/run/pause_gate.h"

#include <QTest>
#include <atomic>
#include <thread>

using namespace scanline;

class PauseGateTest : public QObject {
  Q_OBJECT
 private slots:
  void anOpenGateLetsPass() {
    PauseGate gate;
    QVERIFY(!gate.isClosed());
    QVERIFY(gate.pass({}));
  }

  void aClosedGateHoldsUntilItOpens() {
    PauseGate gate;
    gate.close();
    std::atomic<bool> passed = false;
    std::jthread lane([&] {
      gate.pass({});
      passed = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    QVERIFY(!passed);
    gate.open();
    lane.join();
    QVERIFY(passed);
  }

  void aRequestToStopEndsTheWait() {
    PauseGate gate;
    gate.close();
    std::atomic<int> result = -1;
    std::jthread lane([&](const std::stop_token& stop) { result = gate.pass(stop) ? 1 : 0; });
    lane.request_stop();
    lane.join();
    QCOMPARE(result.load(), 0);
    QVERIFY(gate.isClosed());
  }

  void stoppedBeforeAskedIsStopped() {
    PauseGate gate;
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(!gate.pass(stop.get_token()));
  }

  void itsControlWaitsUntilItOpens() {
    PauseGate gate;
    gate.close();
    const Control outer = gate.control({});
    int told = 0;
    const Control control = outer.within({.mayGoOn = [&] {
      ++told;
      gate.open();
      outer.check();
      return true;
    }});
    QVERIFY(control.isPaused() && !control.isStopped());
    control.check();
    QCOMPARE(told, 1);
    QVERIFY(!control.isPaused());
  }

  void itsControlStopsWhileItIsClosed() {
    PauseGate gate;
    gate.close();
    std::stop_source stop;
    const Control control = gate.control(stop.get_token());
    std::atomic<bool> stopped = false;
    std::jthread lane([&] {
      try {
        control.check();
      } catch (const Stopped&) {
        stopped = true;
      }
    });
    QVERIFY(control.isPaused());
    stop.request_stop();
    lane.join();
    QVERIFY(stopped && control.isStopped());
    gate.open();
    QVERIFY_THROWS_EXCEPTION(Stopped, control.check());  // for good
  }
};

QTEST_APPLESS_MAIN(PauseGateTest)
#include "pause_gate_test.moc"
