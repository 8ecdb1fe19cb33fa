#include "app/studio_lane.h"

#include <QTest>
#include <atomic>
#include <future>

#include "core/base/error.h"
#include "tests/core/run/fake_trainer.h"

using namespace scanline;

class StudioLaneTest : public QObject {
  Q_OBJECT
 private slots:
  void ofThoseThatWaitTheNewestIsAsked() {
    StudioLane lane(source());
    std::promise<void> begun, release;
    QList<int> answers;
    const auto answer = [&](int value) { answers << value; };
    const auto failed = [](const QString& sentence) { QFAIL(qPrintable(sentence)); };
    lane.ask(
        StudioQuestion::Next, Older::Ends, this,
        [&](Engine&, const Control&) {
          begun.set_value();
          release.get_future().wait();
          return 1;
        },
        answer, failed);
    begun.get_future().wait();
    for (int i = 2; i < 6; ++i)
      lane.ask(
          StudioQuestion::Next, Older::Ends, this, [i](Engine&, const Control&) { return i; }, answer, failed);
    release.set_value();
    QTRY_COMPARE(answers, (QList<int>{1, 5}));
  }

  void aNewerOneStopsTheOlder() {
    StudioLane lane(source());
    std::promise<void> begun;
    QList<int> answers;
    const auto answer = [&](int value) { answers << value; };
    const auto failed = [](const QString& sentence) { QFAIL(qPrintable(sentence)); };
    lane.ask(
        StudioQuestion::Surprise, Older::Stops, this,
        [&](Engine&, const Control& control) {
          begun.set_value();
          for (;;) control.check();  // until it is stopped
          return 1;
        },
        answer, failed);
    begun.get_future().wait();
    lane.ask(
        StudioQuestion::Surprise, Older::Stops, this, [](Engine&, const Control&) { return 2; }, answer, failed);
    QTRY_COMPARE(answers, QList<int>{2});
  }

  /// An answer that is on its way when the question is given up does not arrive.
  void anAnswerToNobodyIsDropped() {
    StudioLane lane(source());
    std::promise<void> ended;
    bool came = false;
    lane.ask(
        StudioQuestion::Draw, Older::Stops, this, [](Engine&, const Control&) { return 1; }, [&](int) { came = true; },
        [](const QString&) {});
    lane.ask(
        StudioQuestion::Next, Older::Ends, this,
        [&](Engine&, const Control&) {
          ended.set_value();
          return 2;
        },
        [](int) {}, [](const QString&) {});
    ended.get_future().wait();  // the first answer is posted, and no event was handled since
    lane.stop(StudioQuestion::Draw);
    QTest::qWait(100);
    QVERIFY(!came);
  }

  void aFaultIsASentence() {
    StudioLane lane(source());
    QString said;
    const auto failed = [&](const QString& sentence) { said = sentence; };
    lane.ask(
        StudioQuestion::Open, Older::Stops, this, [](Engine&, const Control&) -> int { throw Error("It is damaged."); },
        [](int) {}, failed);
    QTRY_COMPARE(said, QStringLiteral("It is damaged."));
  }

  /// The engine that cannot be loaded is tried again, and the one that is there serves all.
  void oneEngineServesAll() {
    int loads = 0;
    const EngineSource shared = sharedEngine([&]() -> std::shared_ptr<Engine> {
      if (++loads == 1) throw Error("not yet");
      return std::make_shared<FakeEngine>();
    });
    QVERIFY_THROWS_EXCEPTION(Error, shared());
    const auto first = shared();
    QCOMPARE(shared(), first);
    QCOMPARE(loads, 2);
  }

  /// Many offers are few calls, the last of them with the newest value.
  void progressIsJoined() {
    std::vector<int> taken;
    ProgressPost<int> post(this, Control(), [&](const int& value) { taken.push_back(value); });
    for (int i = 1; i <= 1000; ++i) post.offer([i] { return i; }, i == 1000);
    QTRY_VERIFY(!taken.empty() && taken.back() == 1000);
    QVERIFY(taken.size() < 20);
  }

 private:
  static EngineSource source() {
    return [] { return std::make_shared<FakeEngine>(); };
  }
};

QTEST_MAIN(StudioLaneTest)
#include "studio_lane_test.moc"
