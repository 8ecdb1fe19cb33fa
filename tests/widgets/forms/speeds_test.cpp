#include "widgets/forms/speeds.h"

#include <QTest>

#include "core/spec/presets.h"

using namespace scanline;

class SpeedsTest : public QObject {
  Q_OBJECT
 private slots:
  void aModelOfTheShapeIsTakenWithItsSpan() {
    const auto& spec = preset("quick-start").spec;  // 4 layers, width 64
    std::vector<MeasuredSpeed> measured{speed(4, 64, 64, 20), speed(4, 64, 64, 30), speed(8, 192, 256, 90)};
    const auto range = speedFor(measured, "desk", spec, 64);
    QVERIFY(range && range->isOfItsShape);
    QVERIFY(std::abs(range->slowest - 20 / 1.1) < 1e-9);
    QVERIFY(std::abs(range->fastest - 30 * 1.1) < 1e-9);
    QCOMPARE(range->day, QDate(2026, 11, 30));
  }

  void anotherShapeIsAGuessAndSaysSo() {
    const auto range = speedFor({speed(8, 192, 256, 90)}, "desk", preset("quick-start").spec, 64);
    QVERIFY(range && !range->isOfItsShape);
    QCOMPARE(range->slowest, 45.0);
    QCOMPARE(range->fastest, 180.0);
  }

  /// Of another machine, another number of threads or another precision nothing is known.
  void onlyWhatCompares() {
    RunSpec spec = preset("quick-start").spec;
    QVERIFY(!speedFor({}, "desk", spec, 64));
    QVERIFY(!speedFor({speed(4, 64, 64, 20)}, "laptop", spec, 64));
    spec.threads = 8;
    QVERIFY(!speedFor({speed(4, 64, 64, 20)}, "desk", spec, 64));
    spec.threads = 2;
    spec.train.precision = Precision::Bf16;
    QVERIFY(!speedFor({speed(4, 64, 64, 20)}, "desk", spec, 64));
    spec.train.precision = Precision::Fp32;
    QVERIFY(speedFor({speed(4, 64, 64, 20)}, "desk", spec, 64));
  }

  void theNewestFiveOfAShapeStay() {
    std::vector<MeasuredSpeed> measured{speed(8, 192, 256, 1)};
    for (int i = 0; i < 9; ++i) addSpeed(measured, speed(4, 64, 64, 10 + i));
    QCOMPARE(measured.size(), size_t{6});
    QCOMPARE(measured[1].gflops, 14.0);
    for (int i = 1; i < 100; ++i) addSpeed(measured, speed(i, 8, 64, 1));
    QCOMPARE(measured.size(), size_t{60});
  }

  void theyAreKeptAsLines() {
    const std::vector<MeasuredSpeed> measured{speed(4, 64, 64, 20.5), speed(8, 192, 256, 90)};
    QCOMPARE(speedsOf(speedLines(measured)), measured);
    QVERIFY(speedsOf({"", "a;b", "desk;2;fp32;4;64;64;nan;2026-11-30", "desk;2;fp32;0;64;64;3;2026-11-30"}).empty());
  }

 private:
  static MeasuredSpeed speed(int64_t layers, int64_t width, int64_t positions, double gflops) {
    return {"desk, CPU", 2, "fp32", layers, width, positions, gflops, QDate(2026, 11, 30)};
  }
};

QTEST_APPLESS_MAIN(SpeedsTest)
#include "speeds_test.moc"
