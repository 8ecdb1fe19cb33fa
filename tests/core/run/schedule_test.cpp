#include "core/run/schedule.h"

#include <QTest>
#include <cmath>

using namespace scanline;

class ScheduleTest : public QObject {
  Q_OBJECT
 private slots:
  void risesToThePeakAndFallsToZero() {
    const OptimizerSpec spec{.learningRate = 0.003};
    QCOMPARE(learningRate(spec, 10, 110, 0), 0.0003);  // the first step moves the weights, too
    QCOMPARE(learningRate(spec, 10, 110, 4), 0.0015);
    QCOMPARE(learningRate(spec, 10, 110, 9), 0.003);
    QCOMPARE(learningRate(spec, 10, 110, 10), 0.003);
    QVERIFY(std::abs(learningRate(spec, 10, 110, 60) - 0.0015) < 1e-15);  // half of the cosine
    QVERIFY(learningRate(spec, 10, 110, 110) < 1e-18);
    for (int64_t step = 0; step < 110; ++step)
      QCOMPARE(learningRate(spec, 10, 110, step + 1) > learningRate(spec, 10, 110, step), step < 9);
  }

  void constantStaysAtThePeak() {
    const OptimizerSpec spec{.learningRate = 0.003, .schedule = Schedule::Constant};
    QCOMPARE(learningRate(spec, 10, 100, 3), 0.0012);
    for (int64_t step = 10; step < 100; ++step) QCOMPARE(learningRate(spec, 10, 100, step), 0.003);
  }

  void noStepOfAWarmupHasRateZero() {
    for (const int64_t warmup : {1, 2, 3, 1000})
      for (const int64_t step : {int64_t{0}, warmup - 1}) {
        const double expected = static_cast<double>(step + 1) / static_cast<double>(warmup);
        QCOMPARE(learningRate({.learningRate = 1}, warmup, 5000, step), expected);
      }
  }

  void withoutWarmupBeginsAtThePeak() { QCOMPARE(learningRate({.learningRate = 1}, 0, 1, 0), 1.0); }

  void warmupIsAnEpochButAtMostHalfOfTheRun() {
    RunSpec spec;
    spec.train = {.steps = 600, .batchSize = 64};
    QCOMPARE(warmupSteps(spec, 1617), 26);  // 25.3 batches
    spec.optimizer.warmupSteps = 7;
    QCOMPARE(warmupSteps(spec, 1617), 7);
    spec.optimizer.warmupSteps = 0;
    QCOMPARE(warmupSteps(spec, 1617), 0);
    spec.optimizer.warmupSteps = 1000;
    QCOMPARE(warmupSteps(spec, 1617), 300);
    spec.train.steps = 1;
    QCOMPARE(warmupSteps(spec, 1617), 0);
  }
};

QTEST_APPLESS_MAIN(ScheduleTest)
#include "schedule_test.moc"
