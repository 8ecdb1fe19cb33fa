#include "core/run/low_data_mean.h"

#include <QTest>
#include <cmath>

using namespace scanline;

class LowDataMeanTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void subsetsOfOneNumberAreTakenTogether() {
    // In no order, as a store of another version might give them.
    const std::vector<LowDataResult> results{
        {25, 0, 5, 0.9, 0}, {4, 0, 3, 0.5, 0}, {4, 1, 3, 0.8, 0}, {4, 2, 3, 0.8, 0}};
    const auto means = meansOf(results);
    QCOMPARE(means.size(), size_t{2});
    QCOMPARE(means[0].labelsPerClass, 4);
    QCOMPARE(means[0].subsets, 3);
    QCOMPARE(means[0].layer, 3);
    QVERIFY(std::abs(means[0].mean - 0.7) < 1e-12);
    QVERIFY(std::abs(means[0].deviation - std::sqrt(0.03)) < 1e-12);  // divided by 3 - 1
    QCOMPARE(means[1].mean, 0.9);
    QCOMPARE(means[1].deviation, 0.0);
    QVERIFY(meansOf({}).empty());
  }
};

QTEST_APPLESS_MAIN(LowDataMeanTest)
#include "low_data_mean_test.moc"
