#include "core/tokens/batches.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

using namespace scanline;

class BatchesTest : public QObject {
  Q_OBJECT

  static std::vector<int64_t> places(int64_t count, int64_t batchSize, uint64_t seed, int64_t steps) {
    std::vector<int64_t> all;
    for (int64_t step = 0; step < steps; ++step) {
      const auto rows = batchRows(count, batchSize, seed, step);
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }

 private slots:
  void everyEpochIsAPermutation_data() {
    QTest::addColumn<qlonglong>("count");
    for (const qlonglong count : {1, 2, 3, 7, 64, 65, 1617, 4096, 4097})
      QTest::newRow(std::to_string(count).c_str()) << count;
  }
  void everyEpochIsAPermutation() {
    QFETCH(qlonglong, count);
    const int64_t batch = 7, epochs = 3;
    const auto rows = places(count, batch, 5, stepsPerEpoch(epochs * count, batch));
    std::vector<int64_t> expected(static_cast<size_t>(count));
    std::iota(expected.begin(), expected.end(), int64_t{0});
    for (int64_t epoch = 0; epoch < epochs; ++epoch) {
      std::vector<int64_t> sorted(rows.begin() + epoch * count, rows.begin() + (epoch + 1) * count);
      std::ranges::sort(sorted);
      QVERIFY(sorted == expected);
    }
  }

  /// The batches of a resumed run depend on nothing that came before.
  void batchSizeDoesNotChangeTheOrder() {
    auto sevens = places(100, 7, 3, 43);
    sevens.resize(300);
    QCOMPARE(places(100, 10, 3, 30), sevens);
  }

  /// A probe by SGD does not see its images in the order in which a model of the same seed was trained.
  void purposesDiffer() {
    const auto training = batchRows(1000, 1000, 1, 0), probe = batchRows(1000, 1000, 1, 0, Purpose::ProbeBatches);
    QCOMPARE(training, batchRows(1000, 1000, 1, 0, Purpose::BatchOrder));
    int same = 0;
    for (size_t i = 0; i < training.size(); ++i) same += training[i] == probe[i];
    QVERIFY2(same < 10, qPrintable(QString::number(same)));
  }

  void epochsAndSeedsDiffer() {
    const auto first = batchRows(1000, 1000, 1, 0);
    const auto same = [&](const std::vector<int64_t>& other) {
      int count = 0;
      for (size_t i = 0; i < first.size(); ++i) count += first[i] == other[i];
      return count;
    };
    QCOMPARE(same(batchRows(1000, 1000, 1, 0)), 1000);
    QVERIFY(same(batchRows(1000, 1000, 1, 1)) < 10);  // one on average
    QVERIFY(same(batchRows(1000, 1000, 2, 0)) < 10);
    QVERIFY(!std::ranges::is_sorted(first));
  }

  /// All 24 orders of four images come about equally often (chi squared, 23 degrees of freedom, far tail).
  void allOrdersAreEquallyLikely() {
    std::map<std::vector<int64_t>, int> seen;
    const int draws = 24 * 400;
    for (int64_t epoch = 0; epoch < draws; ++epoch) ++seen[batchRows(4, 4, 9, epoch)];
    QCOMPARE(seen.size(), size_t{24});
    double chi = 0;
    for (const auto& [order, count] : seen) chi += std::pow(count - 400, 2) / 400;
    QVERIFY2(chi < 60, qPrintable(QString::number(chi)));
  }

  /// Images that are neighbours in the data do not stay neighbours in a batch.
  void batchesMixTheDataSet() {
    double sum = 0;
    const auto rows = batchRows(10000, 10000, 4, 0);
    for (size_t i = 1; i < rows.size(); ++i) sum += std::abs(static_cast<double>(rows[i] - rows[i - 1]));
    QVERIFY(std::abs(sum / 9999 - 10000.0 / 3) < 120);  // a third of the range, within five standard errors
  }

  void epochsAreRoundedUp() {
    QCOMPARE(stepsPerEpoch(128, 64), 2);
    QCOMPARE(stepsPerEpoch(129, 64), 3);
    QCOMPARE(stepsPerEpoch(1, 64), 1);
  }
};

QTEST_APPLESS_MAIN(BatchesTest)
#include "batches_test.moc"
