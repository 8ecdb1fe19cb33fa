#include "core/base/control.h"

#include <QtTest>
#include <atomic>
#include <latch>
#include <vector>

#include "core/base/error.h"
#include "core/base/parallel.h"

using namespace scanline;

class ControlTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theDefaultNeverStops() {
    const Control control;
    control.check();
    control.report(1, 2);
    QVERIFY(!control.isStopped());
    std::stop_source stop;
    const Control part = control.within({.stop = stop.get_token()});  // a part of it may
    part.check();
    stop.request_stop();
    QVERIFY(part.isStopped());
    QVERIFY_THROWS_EXCEPTION(Stopped, part.check());
    QVERIFY(!control.isStopped());
  }

  void aTokenStopsAllCopies() {
    std::stop_source stop;
    const Control control = stop.get_token(), copy = control;
    copy.report(0, 0);
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, control.check());
    QVERIFY_THROWS_EXCEPTION(Stopped, copy.report(1, 1));
    QVERIFY(copy.isStopped());
  }

  void stoppedIsNoError() { QVERIFY(!(std::is_base_of_v<std::runtime_error, Stopped>)); }

  void aNoIsFinal() {
    int asked = 0;
    const Control control({.mayGoOn = [&] { return ++asked != 2; }});
    control.check();
    QVERIFY(!control.isStopped());
    QCOMPARE(asked, 1);  // isStopped() asks nobody
    QVERIFY_THROWS_EXCEPTION(Stopped, control.check());
    QVERIFY_THROWS_EXCEPTION(Stopped, control.check());
    QCOMPARE(asked, 2);
    QVERIFY(control.isStopped());
  }

  void reportsComeBeforeTheQuestion() {
    std::vector<std::string> calls;
    const Control control(
        {.mayGoOn =
             [&] {
               calls.emplace_back("asked");
               return true;
             },
         .report = [&](int64_t done,
                       int64_t total) { calls.push_back(std::to_string(done) + " of " + std::to_string(total)); }});
    control.report(3, 7);
    control.check();
    QCOMPARE(calls, (std::vector<std::string>{"3 of 7", "asked", "asked"}));
  }

  void aReportMayStop() {
    const Control control({.report = [](int64_t done, int64_t) {
      if (done == 2) throw Stopped();
    }});
    control.report(1, 9);
    QVERIFY_THROWS_EXCEPTION(Stopped, control.report(2, 9));
    QVERIFY(control.isStopped());
  }

  /// An Error in between (a store that cannot be written) is not a stop.
  void anErrorPassesThrough() {
    bool fails = true;
    const Control control({.mayGoOn = [&] {
      if (fails) throw Error("full");
      return true;
    }});
    QVERIFY_THROWS_EXCEPTION(Error, control.check());
    QVERIFY(!control.isStopped());
    fails = false;
    control.check();
  }

  void aPartAsksAndTellsTheOuterOne() {
    int asked = 0, told = 0;
    std::stop_source stop;
    const Control outer({.mayGoOn = [&] { return ++asked > 0; },
                         .report = [&](int64_t done, int64_t) { told = static_cast<int>(done); },
                         .stop = stop.get_token()});
    const Control half = outer.within({.report = [&](int64_t done, int64_t total) { outer.report(done, 2 * total); }});
    half.report(4, 5);
    QCOMPARE(told, 4);
    QVERIFY(asked > 0);
    const Control own = outer.within({.mayGoOn = [] { return true; }});
    asked = 0;
    own.report(6, 6);
    QCOMPARE(told, 6);
    QCOMPARE(asked, 0);  // its own function stands in for the outer one's
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, half.check());
    QVERIFY_THROWS_EXCEPTION(Stopped, own.check());
  }

  void onlyItsThreadIsCalled() {
    std::atomic<int> calls = 0;
    const auto home = std::this_thread::get_id();
    bool go = true;
    const Control control({.mayGoOn =
                               [&] {
                                 if (std::this_thread::get_id() != home) calls = 1000;
                                 ++calls;
                                 return go;
                               },
                           .report = [&](int64_t, int64_t) { ++calls; },
                           .thread = home});
    std::jthread([&] {
      control.check();
      control.report(1, 1);
    }).join();
    QCOMPARE(calls.load(), 0);
    control.report(1, 1);
    QCOMPARE(calls.load(), 2);
    go = false;
    QVERIFY_THROWS_EXCEPTION(Stopped, control.check());
    bool heard = false;
    std::jthread([&] {
      try {
        control.check();
      } catch (const Stopped&) {
        heard = true;
      }
    }).join();
    QVERIFY(heard);
  }

  /// The calls of several threads come one at a time, and the count grows.
  void severalThreadsCountTogether() {
    std::atomic<int> inside = 0;
    int64_t last = 0, most = 0;
    const Control control({.report = [&](int64_t done, int64_t total) {
      most = std::max<int64_t>(most, ++inside);
      if (done <= last || total != 400) most = 99;
      last = done;
      --inside;
    }});
    ProgressCounter counter(control, 400);
    inParallel(100, 8, [&](int64_t) { counter.add(4); });
    QCOMPARE(last, 400);
    QCOMPARE(most, 1);
  }

  /// One thread waits in a pause: the others wait with it, and all end when the pause ends in a stop.
  void aStopEndsTheWaitOfAllThreads() {
    std::latch waiting(1);
    std::stop_source stop;
    std::mutex mutex;
    std::condition_variable_any never;
    const Control control({.mayGoOn =
                               [&] {
                                 waiting.count_down();
                                 std::unique_lock lock(mutex);
                                 return never.wait(lock, stop.get_token(), [] { return false; });
                               },
                           .stop = stop.get_token()});
    std::atomic<int> stopped = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
          try {
            control.check();
          } catch (const Stopped&) {
            ++stopped;
          }
        });
      waiting.wait();
      QVERIFY(!control.isStopped());  // does not wait
      stop.request_stop();
    }
    QCOMPARE(stopped.load(), 4);
  }
};

QTEST_APPLESS_MAIN(ControlTest)
#include "control_test.moc"
