// Alerts of a training while it goes on: each trouble has a history that shows it, and one that only looks like
// it.
#include "core/run/alerts.h"

#include <QTest>
#include <cmath>

using namespace scanline;

namespace {

/// The same noise at every call: -1..1.
double noise(int64_t step) {
  return std::sin(static_cast<double>(step) * 12.9898) * std::cos(static_cast<double>(step) * 78.233);
}

/// A loss that falls from 2.8 towards 1.3, as digits do.
double falling(int64_t step) {
  return 1.3 + 1.5 * std::exp(-static_cast<double>(step) / 80.0) + 0.05 * noise(step);
}

}  // namespace

class AlertsTest : public QObject {
  Q_OBJECT
 private slots:
  void aTrainingThatGoesWellIsQuiet() {
    AlertDetector detector;
    for (int64_t step = 1; step <= 2000; ++step) {
      QVERIFY(!detector.addLoss(step, falling(step)));
      QVERIFY(!detector.addSpeed(step, 600 + 60 * noise(step)));
      if (step % 100 == 0) QVERIFY(!detector.addValidation(step, 1.3 + 150.0 / static_cast<double>(step)));
    }
  }

  void aLossThatIsNoNumberIsToldOnce() {
    AlertDetector detector;
    for (int64_t step = 1; step < 50; ++step) QVERIFY(!detector.addLoss(step, falling(step)));
    const auto alert = detector.addLoss(50, std::nan(""));
    QVERIFY(alert && alert->kind == Alert::Kind::NotANumber && alert->step == 50 && alert->isFatal());
    QVERIFY(!detector.addLoss(51, INFINITY));
  }

  void aLossThatRisesFarIsToldOnce() {
    AlertDetector detector;
    std::vector<Alert> told;
    for (int64_t step = 1; step <= 300; ++step)
      if (const auto alert = detector.addLoss(step, falling(step))) told.push_back(*alert);
    for (int64_t step = 301; step <= 500; ++step)
      if (const auto alert = detector.addLoss(step, 1.4 + 0.02 * static_cast<double>(step - 300)))
        told.push_back(*alert);
    QCOMPARE(told.size(), size_t{1});
    QCOMPARE(told[0].kind, Alert::Kind::Diverges);
    QVERIFY(told[0].step > 301 && told[0].step < 400);
  }

  /// One bad batch, or a loss that only wobbles, is nothing to be told of.
  void aSpikeIsNoDivergence() {
    AlertDetector detector;
    for (int64_t step = 1; step <= 1000; ++step) QVERIFY(!detector.addLoss(step, step == 600 ? 9.0 : falling(step)));
    AlertDetector flat;
    for (int64_t step = 1; step <= 1000; ++step) QVERIFY(!flat.addLoss(step, 2.8 + 0.2 * noise(step)));
  }

  void aValidationThatStandsIsToldOnceAndAgainAfterItImproved() {
    AlertDetector detector;
    int64_t step = 0;
    int told = 0;
    for (int i = 0; i < 12; ++i) told += detector.addValidation(step += 100, 1.5 - 0.01 * i).has_value();
    QCOMPARE(told, 0);
    for (int i = 0; i < 20; ++i) {
      step += 100;
      told += detector.addValidation(step, 1.395 + 0.001 * noise(step)).has_value();
    }
    QCOMPARE(told, 1);
    detector.addValidation(step += 100, 1.2);
    for (int i = 0; i < 20; ++i) told += detector.addValidation(step += 100, 1.2).has_value();
    QCOMPARE(told, 2);
  }

  void halfTheSpeedIsToldAndAHiccupIsNot() {
    AlertDetector detector;
    int64_t step = 0;
    for (int i = 0; i < 100; ++i) QVERIFY(!detector.addSpeed(++step, 600));
    for (int i = 0; i < 5; ++i) QVERIFY(!detector.addSpeed(++step, 20));
    for (int i = 0; i < 50; ++i) QVERIFY(!detector.addSpeed(++step, 600));
    int told = 0;
    for (int i = 0; i < 50; ++i) told += detector.addSpeed(++step, 200).has_value();
    QCOMPARE(told, 1);
  }

  void aFullDiskIsToldBeforeItIsFull() {
    AlertDetector detector;
    QVERIFY(!detector.addDisk(1, 2'000'000'000, 100'000'000));
    const auto alert = detector.addDisk(2, 2'000'000'000, 900'000'000);
    QVERIFY(alert && alert->kind == Alert::Kind::DiskLow && !alert->isFatal());
    QCOMPARE(alert->sentence, std::string("its disk has 2.0 GB left, and a checkpoint takes 900 MB"));
    QVERIFY(!detector.addDisk(3, 1'900'000'000, 900'000'000));
    QVERIFY(!detector.addDisk(4, 9'000'000'000, 900'000'000));
    const auto again = detector.addDisk(5, 500'000'000, 800'000);
    QVERIFY(again);
    QCOMPARE(again->sentence, std::string("its disk has 500 MB left, and a checkpoint takes 0.8 MB"));
  }

  /// Told once, and again only after there was clearly enough.
  void littleMemoryIsTold() {
    AlertDetector detector;
    constexpr int64_t kAll = 24'000'000'000;
    QVERIFY(!detector.addMemory(1, 1'300'000'000, kAll));
    const auto alert = detector.addMemory(2, 1'100'000'000, kAll);
    QVERIFY(alert && alert->kind == Alert::Kind::MemoryLow && !alert->isFatal());
    QVERIFY(alert->sentence.find("1.1 GB of memory left of 24.0 GB") != std::string::npos);
    QVERIFY(!detector.addMemory(3, 1'000'000'000, kAll));
    QVERIFY(!detector.addMemory(4, 1'250'000'000, kAll));  // hardly more: the same trouble
    QVERIFY(!detector.addMemory(5, 1'100'000'000, kAll));
    QVERIFY(!detector.addMemory(6, 9'000'000'000, kAll));
    QVERIFY(detector.addMemory(7, 1'100'000'000, kAll));
    QVERIFY(AlertDetector().addMemory(1, 400'000'000, 2'000'000'000));  // a small machine
    QVERIFY(!AlertDetector().addMemory(1, 600'000'000, 2'000'000'000));
  }

  /// A resumed run takes up earlier steps again: their earlier losses are not counted as a rise.
  void aRunThatGoesBackStartsAnew() {
    AlertDetector detector;
    for (int64_t step = 1; step <= 400; ++step) QVERIFY(!detector.addLoss(step, falling(step)));
    for (int64_t step = 20; step <= 400; ++step) QVERIFY(!detector.addLoss(step, falling(step)));
  }
};

QTEST_GUILESS_MAIN(AlertsTest)
#include "alerts_test.moc"
