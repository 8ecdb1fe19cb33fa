#include "core/base/random.h"

#include <QTest>
#include <cmath>
#include <set>

using namespace scanline;

class RandomTest : public QObject {
  Q_OBJECT
 private slots:
  /// The known answers that the authors of Philox publish with their code (kat_vectors, philox4x32 10).
  void philoxMatchesPublishedVectors() {
    QCOMPARE(philox({0, 0, 0, 0}, {0, 0}), (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    const uint32_t ones = 0xffffffff;
    QCOMPARE(philox({ones, ones, ones, ones}, {ones, ones}),
             (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    QCOMPARE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
             (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  }

  void streamsAreFunctionsOfTheirArguments() {
    RandomStream a(7, Purpose::Weights, 3, 1), b(7, Purpose::Weights, 3, 1);
    for (int i = 0; i < 100; ++i) QCOMPARE(a.bits(), b.bits());
  }

  void streamsDifferInEveryArgument() {
    const uint64_t first = RandomStream(7, Purpose::Weights, 3, 1).below(UINT64_MAX);
    QVERIFY(first != RandomStream(8, Purpose::Weights, 3, 1).below(UINT64_MAX));
    QVERIFY(first != RandomStream(7, Purpose::Split, 3, 1).below(UINT64_MAX));
    QVERIFY(first != RandomStream(7, Purpose::Weights, 4, 1).below(UINT64_MAX));
    QVERIFY(first != RandomStream(7, Purpose::Weights, 3, 2).below(UINT64_MAX));
  }

  void momentsOfTheNormalAreRight() {
    RandomStream random(1, Purpose::Weights);
    double sum = 0, squares = 0;
    const int count = 100000;
    for (int i = 0; i < count; ++i) {
      const double x = random.normal();
      sum += x;
      squares += x * x;
    }
    QVERIFY(std::abs(sum / count) < 0.015);            // 4.7 standard errors
    QVERIFY(std::abs(squares / count - 1.0) < 0.022);  // 4.9 standard errors
  }

  void drawnRowsAreDifferentAndAFunctionOfTheStream() {
    RandomStream random(3, Purpose::Split), same(3, Purpose::Split);
    const auto rows = drawRows(50, 20, random);
    QCOMPARE(rows, drawRows(50, 20, same));
    const std::set<int64_t> unique(rows.begin(), rows.end());
    QCOMPARE(unique.size(), size_t{20});
    QVERIFY(*unique.begin() >= 0 && *unique.rbegin() < 50);
    QVERIFY(drawRows(50, 20, random) != rows);  // the stream goes on
    QCOMPARE(drawRows(3, 9, random).size(), size_t{3});
    QVERIFY(drawRows(0, 9, random).empty());
  }

  void belowStaysBelowAndReachesAll() {
    RandomStream random(1, Purpose::BatchOrder);
    std::array<int, 7> seen{};
    for (int i = 0; i < 7000; ++i) ++seen.at(random.below(7));
    for (const int n : seen) QVERIFY(n > 850 && n < 1150);
  }
};

QTEST_APPLESS_MAIN(RandomTest)
#include "random_test.moc"
