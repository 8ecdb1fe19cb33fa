#include "widgets/plot/decimation.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plot/chart_series.h"

using namespace scanline;

namespace {

/// Repeatable noise in -1..1 with some NaN and infinities among it.
double noise(size_t at) {
  const double wave = std::sin(double(at) * 12.9898) * 43758.5453;
  const double value = 2 * (wave - std::floor(wave)) - 1;
  if (at % 97 == 5) return std::nan("");
  if (at % 389 == 7) return std::numeric_limits<double>::infinity();
  return value;
}

MinMaxPyramid::Extremes slowExtremes(const MinMaxPyramid& values, size_t first, size_t last) {
  MinMaxPyramid::Extremes found;
  for (size_t at = first; at < last; ++at) {
    if (!std::isfinite(values[at])) continue;
    found.min = std::min(found.min, values[at]);
    found.max = std::max(found.max, values[at]);
    if (values[at] > 0)
      found.minPositive = std::min(found.minPositive, values[at]);
    else
      ++found.notPositive;
  }
  return found;
}

void compareWithScan(const MinMaxPyramid& values) {
  const size_t n = values.size();
  for (const auto& [first, last] : std::vector<std::pair<size_t, size_t>>{
           {0, n}, {0, n / 2}, {n / 3, n}, {n / 3, 2 * n / 3}, {1, std::max<size_t>(n, 1) - 1}, {n / 2, n / 2}}) {
    const auto fast = values.extremes(first, last), slow = slowExtremes(values, first, last);
    QCOMPARE(fast.min, slow.min);
    QCOMPARE(fast.max, slow.max);
    QCOMPARE(fast.minPositive, slow.minPositive);
    QCOMPARE(fast.notPositive, slow.notPositive);
  }
}

/// As many points to a pixel column as spread over 1000 columns.
auto columns(const MinMaxPyramid& values, size_t count) {
  return [width = std::max<size_t>(1, values.size() / count)](size_t at) { return at + width; };
}

}  // namespace

class DecimationTest : public QObject {
  Q_OBJECT

 private slots:
  void theNextPlaceIsFoundFromEveryPointBefore();
  void manyPointsAtOnceEqualOneByOne();
  void partsOfAnExpectedSeriesAreNotMoved();
  void extremesEqualAScanAtEverySize();
  void truncatingEqualsNeverHavingAppended();
  void aSpikeInAMillionPointsIsPicked();
  void shortStretchesAreExact();
  void pickedPointsStayWhereTheyAreWhenTheSeriesGrows();
  void nonFiniteValuesAreListed();
  void quantilesLeaveOutliersOut();
};

void DecimationTest::theNextPlaceIsFoundFromEveryPointBefore() {
  ChartSeries series;
  for (size_t at = 0; at < 200; ++at) series.append(double(at * at % 7 + 10 * at), 1);
  for (size_t from = 0; from < series.size(); ++from)
    for (double x = series.x(from); x < series.x(series.size() - 1) + 5; x += 2.5)
      QCOMPARE(series.after(x, from), series.after(x));
}

void DecimationTest::manyPointsAtOnceEqualOneByOne() {
  std::vector<Point> points;
  int64_t step = 0;
  for (int64_t at = 0; at < 30'000; ++at) {
    step = at % 9000 == 8999 ? step - 5000 : step + 1;  // resumed, now and then, from an earlier step
    const int64_t pause = at > 20'000 ? 400'000 : 0;
    points.push_back({step, at % 501 == 0 ? -1.0 : std::sin(double(at)) + 1.5, 1'700'000'000'000 + 50 * at + pause});
  }
  ChartSeries atOnce, oneByOne;
  atOnce.append(std::span<const Point>(points));
  for (const Point& point : points) oneByOne.append(std::span(&point, 1));
  QCOMPARE(atOnce.size(), oneByOne.size());
  for (size_t at = 0; at < atOnce.size(); ++at) {
    QCOMPARE(atOnce.givenX(at), oneByOne.givenX(at));
    QCOMPARE(atOnce.raw()[at], oneByOne.raw()[at]);
    QCOMPARE(atOnce.timeMs(at), oneByOne.timeMs(at));
  }
  for (ChartSeries* each : {&atOnce, &oneByOne}) each->setMapping({.by = XMapping::By::Time});
  const size_t last = atOnce.size() - 1;
  QVERIFY(atOnce.isInterrupted(0, last));
  for (size_t at = 0; at < last; ++at) QCOMPARE(atOnce.isInterrupted(at, at + 1), oneByOne.isInterrupted(at, at + 1));
  compareWithScan(atOnce.raw());
}

/// Moving them takes longer than taking them, once there are many.
void DecimationTest::partsOfAnExpectedSeriesAreNotMoved() {
  std::vector<Point> points;
  for (int64_t step = 1; step <= 9000; ++step) points.push_back({step, noise(size_t(step)), 1000 * step});
  ChartSeries series;
  series.setSmoothing({Smoothing::Method::Exponential, 0.5});
  series.reserve(points.size());
  std::vector<const double*> before;
  for (size_t at = 0; at < points.size(); at += 1000) {
    series.append(std::span(points).subspan(at, 1000));
    const std::vector<const double*> now{series.raw().snapshot()->data(), series.shown().snapshot()->data()};
    QVERIFY(before.empty() || now == before);
    before = now;
  }
  QVERIFY(series.isSmoothed());
  QCOMPARE(series.size(), points.size());
}

void DecimationTest::extremesEqualAScanAtEverySize() {
  MinMaxPyramid values;
  for (size_t at = 0; at < 5000; ++at) {
    if (at < 80 || at % 411 == 0) compareWithScan(values);
    values.append(noise(at));
  }
  compareWithScan(values);
}

void DecimationTest::truncatingEqualsNeverHavingAppended() {
  for (const size_t keep :
       {size_t(0), size_t(1), size_t(7), size_t(8), size_t(9), size_t(64), size_t(65), size_t(700)}) {
    MinMaxPyramid values;
    for (size_t at = 0; at < 1000; ++at) values.append(noise(at));
    values.truncate(keep);
    QCOMPARE(values.size(), keep);
    compareWithScan(values);
    for (size_t at = keep; at < 900; ++at) values.append(noise(at + 3));
    compareWithScan(values);
  }
}

void DecimationTest::aSpikeInAMillionPointsIsPicked() {
  constexpr size_t kPoints = 1'000'000, kSpike = 617'283;
  MinMaxPyramid values;
  for (size_t at = 0; at < kPoints; ++at) values.append(at == kSpike ? 50.0 : std::sin(double(at)));
  const auto picked = values.pick(0, kPoints, columns(values, 1000));
  QVERIFY(picked.size() < 9000);
  QVERIFY(std::binary_search(picked.begin(), picked.end(), MinMaxPyramid::Index(kSpike)));
  QVERIFY(std::is_sorted(picked.begin(), picked.end()));
  QCOMPARE(picked.front(), 0U);
  QCOMPARE(picked.back(), MinMaxPyramid::Index(kPoints - 1));
}

void DecimationTest::shortStretchesAreExact() {
  MinMaxPyramid values;
  for (size_t at = 0; at < 10'000; ++at) values.append(noise(at));
  const auto picked = values.pick(1003, 1203, [](size_t at) { return at + 1; });
  QCOMPARE(picked.size(), size_t(200));
  for (size_t at = 0; at < picked.size(); ++at) QCOMPARE(picked[at], MinMaxPyramid::Index(1003 + at));
}

void DecimationTest::pickedPointsStayWhereTheyAreWhenTheSeriesGrows() {
  MinMaxPyramid values;
  for (size_t at = 0; at < 4096; ++at) values.append(std::sin(double(at)));
  const auto reach = [](size_t at) { return at + 64; };
  auto before = values.pick(0, values.size(), reach);
  for (size_t at = 4096; at < 5000; ++at) values.append(std::sin(double(at)));
  const auto after = values.pick(0, values.size(), reach);
  QVERIFY(std::equal(before.begin(), before.end(), after.begin()));
}

void DecimationTest::nonFiniteValuesAreListed() {
  MinMaxPyramid values;
  for (const double value : {1.0, std::nan(""), 2.0, -std::numeric_limits<double>::infinity(), 3.0})
    values.append(value);
  QCOMPARE(values.nonFinite().size(), size_t(2));
  QCOMPARE(values.nonFinite()[1], 3U);
  QCOMPARE(values.extremes(0, 5).min, 1.0);
  QVERIFY(!values.extremes(1, 2).any());
  values.truncate(2);
  QCOMPARE(values.nonFinite().size(), size_t(1));
}

void DecimationTest::quantilesLeaveOutliersOut() {
  MinMaxPyramid values;
  for (size_t at = 0; at <= 1000; ++at) values.append(at == 500 ? 1e9 : double(at));
  const auto [low, high] = quantiles(values, 0, values.size(), 0.05, 0.95);
  QCOMPARE(low, 50.0);
  QCOMPARE(high, 951.0);
  QVERIFY(std::isnan(quantiles(values, 3, 3, 0.05, 0.95).first));
}

QTEST_APPLESS_MAIN(DecimationTest)
#include "decimation_test.moc"
