#include "core/base/statistics.h"

#include <QTest>
#include <array>
#include <cmath>
#include <limits>

using namespace scanline;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

bool isClose(double a, double b) {
  return std::abs(a - b) < 1e-12;
}

}  // namespace

/// Expected numbers: scipy.stats.spearmanr, scipy.stats.rankdata and numpy.std(ddof=1).
class StatisticsTest : public QObject {
  Q_OBJECT
 private slots:
  void equalValuesShareTheMeanOfTheirRanks() {
    const std::array values{2.31, 2.12, 2.05, 2.12, 2.31, 2.40, 2.9, 2.08, kInfinity, 2.05};
    const std::vector<double> expected{6.5, 4.5, 1.5, 4.5, 6.5, 8, 9, 3, 10, 1.5};
    QCOMPARE(midRanks(values), expected);
  }

  void correlationIsThatOfScipyWithTiesAndInfinities() {
    const std::array rates{3e-4, 1e-3, 3e-3, 1e-3, 1e-2, 3e-4, 3e-2, 1e-3, 1e-1, 3e-3};
    const std::array losses{2.31, 2.12, 2.05, 2.12, 2.31, 2.40, 2.9, 2.08, kInfinity, 2.05};
    const auto result = rankCorrelation(rates, losses);
    QCOMPARE(result.count, 10);
    QVERIFY(isClose(result.rho, 0.24611666762928608));
  }

  void correlationIsThatOfScipyWithManyTies() {
    const std::array<double, 40> x{5, 3, 4, 5, 3, 4, 5, 1, 0, 1, 1, 5, 5, 0, 2, 4, 0, 4, 0, 2,
                                   4, 1, 2, 1, 4, 1, 5, 2, 2, 3, 3, 3, 3, 5, 4, 4, 4, 3, 2, 5};
    const std::array<double, 40> y{0.2, 1.0, 0.3, 2.3, 1.4,  1.4, -0.5, -0.1, -0.0, 0.5, -1.1, 1.5,  1.0, -0.8,
                                   1.9, 0.8, 0.0, 2.5, -0.6, 0.7, 1.7,  0.5,  -0.4, 0.5, 3.0,  -1.1, 2.9, 0.9,
                                   0.2, 3.2, 2.0, 0.0, 1.3,  2.6, 1.4,  2.3,  1.5,  1.9, 2.2,  1.3};
    QVERIFY(isClose(rankCorrelation(x, y).rho, 0.5578155215570657));
    const auto spread = meanDeviation(y);
    QCOMPARE(spread.count, 40);
    QVERIFY(isClose(spread.mean, 1.0075));
    QVERIFY(isClose(spread.deviation, 1.1552305797145834));
  }

  void mediansAreThoseOfNumpy() {
    const std::array odd{3.0, -1.0, 8.0, 8.0, 2.5};
    const std::array even{4.0, 1.0, 9.0, 2.0};
    QCOMPARE(medianOf(odd), 3.0);
    QCOMPARE(medianOf(even), 3.0);
    QCOMPARE(medianOf(std::array{7.0, kInfinity}), kInfinity);
    QVERIFY(std::isnan(medianOf({})));
  }

  void oppositeOrdersGiveMinusOne() {
    const std::array x{1.0, 2.0, 3.0, 4.0}, y{9.0, 7.0, 5.0, -3.0};
    QCOMPARE(rankCorrelation(x, y).rho, -1.0);
  }

  void pairsWithoutAValueAreLeftOutAndCounted() {
    const std::array x{1.0, kNaN, 2.0, 3.0, 4.0}, y{1.0, 5.0, kNaN, 3.0, 7.0};
    const auto result = rankCorrelation(x, y);
    QCOMPARE(result.count, 3);
    QCOMPARE(result.rho, 1.0);
  }

  void nothingIsSaidOfTooFewPairsOrOfAConstant() {
    QVERIFY(std::isnan(rankCorrelation(std::array{1.0, 2.0}, std::array{1.0, 2.0}).rho));
    QVERIFY(std::isnan(rankCorrelation(std::array{1.0, 1.0, 1.0}, std::array{1.0, 2.0, 3.0}).rho));
  }

  void valuesThatAreNotFiniteAreNoPartOfAMean() {
    const auto spread = meanDeviation(std::array{1.0, kInfinity, kNaN, 3.0});
    QCOMPARE(spread.count, 2);
    QCOMPARE(spread.mean, 2.0);
    QVERIFY(isClose(spread.deviation, std::sqrt(2.0)));
    QVERIFY(std::isnan(meanDeviation({}).mean));
  }

  void theDigitsFitEachOther_data() {
    QTest::addColumn<double>("mean");
    QTest::addColumn<double>("deviation");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, double mean, double deviation, const char* text) {
      QTest::newRow(name) << mean << deviation << QString::fromUtf8(text);
    };
    row("small", 1.557, 0.0029, "1.5570 ± 0.0029");
    row("large", 1.561, 0.2, "1.56 ± 0.20");
    row("rounded up to another place", 1.561, 0.0996, "1.56 ± 0.10");
    row("between 1 and 10", 12.34, 2.345, "12.3 ± 2.3");
    row("whole numbers", 52340.6, 1234.5, "52341 ± 1234");
    row("none", 1.5, 0, "1.5 ± 0");
    row("negative", -0.5, 0.011, "-0.500 ± 0.011");
    row("of a learning rate", 3e-4, 2e-5, "0.000300 ± 0.000020");
    row("very small", 1.05e-12, 2e-14, "1.050e-12 ± 2.0e-14");
    row("very large", 3e9, 2e8, "3.00e+09 ± 2.0e+08");
    row("no number", std::nan(""), 0.1, "nan ± 0.1");
  }
  void theDigitsFitEachOther() {
    QFETCH(double, mean);
    QFETCH(double, deviation);
    QTEST(QString::fromStdString(spreadText(mean, deviation)), "text");
  }

  void sharesArePercent() {
    QCOMPARE(QString::fromStdString(shareSpreadText(0.6, 0.14142)), QString::fromUtf8("60.0 ± 14.1 %"));
    QCOMPARE(QString::fromStdString(shareSpreadText(1, 0)), QString::fromUtf8("100.0 ± 0.0 %"));
  }
};

QTEST_GUILESS_MAIN(StatisticsTest)
#include "statistics_test.moc"
