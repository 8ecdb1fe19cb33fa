// Which checkpoint of a run is the best one.
#include "core/store/find_checkpoint.h"

#include <QTest>
#include <limits>

#include "tests/core/store/store_support.h"

namespace scanline {

class FindCheckpointTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  RunStore store_{pathOf(folder_), StoreMode::ReadWrite};

  RunId runWithLosses(std::initializer_list<double> losses) {
    const RunId run = store_.create(specText());
    int64_t step = 0;
    for (const double loss : losses) {
      step += 100;
      appendOne(store_, run, CheckpointSaved{step, "checkpoints/" + std::to_string(step), 1, loss, ""});
    }
    return run;
  }
  int64_t bestStep(RunId run) { return bestCheckpoint(store_, run).value().step; }

 private slots:
  void theLowestValidationLossIsBest() { QCOMPARE(bestStep(runWithLosses({2.0, 1.5, 1.7})), 200); }

  void ofEqualsTheFirstIsBest() { QCOMPARE(bestStep(runWithLosses({2.0, 1.5, 1.5})), 200); }

  void ofAClassifierTheHighestAccuracyIsBest() {
    const RunId run = runWithLosses({1.2, 1.5, 1.7});
    for (const auto& [step, accuracy] : {std::pair{100, 0.3}, {200, 0.4}, {300, 0.5}})
      appendOne(store_, run, Evaluation{.step = step, .loss = 1, .accuracy = accuracy});
    QCOMPARE(bestStep(run), 300);
  }

  void ofThoseNeverMeasuredTheNewestIsBest() {
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    QCOMPARE(bestStep(runWithLosses({unknown, unknown})), 200);
  }

  void withoutACheckpointThereIsNoBest() { QVERIFY(!bestCheckpoint(store_, store_.create(specText()))); }
};

}  // namespace scanline

QTEST_GUILESS_MAIN(scanline::FindCheckpointTest)
#include "find_checkpoint_test.moc"
