#include "widgets/plot/curve_smoothing.h"

#include <QFile>
#include <QMap>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "widgets/plot/chart_series.h"
#include "widgets/plot/window_smoothing.h"

using namespace scanline;

namespace {

struct Shown {
  double value, at06, at099;
};

double number(const QByteArray& text) {
  const QByteArray word = text.trimmed().toLower();
  if (word == "nan") return std::nan("");
  if (word == "inf") return std::numeric_limits<double>::infinity();
  if (word == "-inf") return -std::numeric_limits<double>::infinity();
  bool ok = false;
  const double value = word.toDouble(&ok);
  if (!ok) qFatal("not a number: %s", word.constData());
  return value;
}

/// TensorBoard's own values, by tag.
QMap<QByteArray, QList<Shown>> readSmoothed(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  file.readLine();
  QMap<QByteArray, QList<Shown>> tags;
  while (!file.atEnd()) {
    const auto cells = file.readLine().split(',');
    tags[cells[0]].append({number(cells[3]), number(cells[4]), number(cells[5])});
  }
  return tags;
}

double noise(size_t at) {
  const double wave = std::sin(double(at) * 12.9898) * 43758.5453;
  return 2 * (wave - std::floor(wave)) - 1;
}

struct Curve {
  std::vector<double> x, y;
};

/// A noisy wave with a NaN in it; `gap` steps from point to point, or distances between 1 and 7 where it is 0.
Curve noisyCurve(size_t count, double gap) {
  Curve curve;
  double x = 0;
  for (size_t at = 0; at < count; ++at) {
    x += gap > 0 ? gap : 4 + 3 * noise(at + 1000);
    curve.x.push_back(x);
    curve.y.push_back(at == count / 3 ? std::nan("") : std::sin(x / 300) + noise(at));
  }
  return curve;
}

std::vector<Point> noisyPoints(int64_t count) {
  std::vector<Point> points;
  for (int64_t step = 1; step <= count; ++step) points.push_back({step, noise(size_t(step)), 0});
  return points;
}

const std::atomic<bool> kNotCancelled{false};

bool same(double a, double b) {
  if (std::isnan(b)) return std::isnan(a);
  if (std::isinf(b)) return a == b;
  return std::abs(a - b) <= 1e-12 * std::abs(b);
}

}  // namespace

class CurveSmoothingTest : public QObject {
  Q_OBJECT

 private slots:
  void equalsTensorBoard_data();
  void equalsTensorBoard();
  void constantSeriesPassUnchanged();
  void theStartIsDividedOutOfEveryValue();
  void nonFiniteValuesAreNotCounted();
  void gaussianEqualsItsSum_data();
  void gaussianEqualsItsSum();
  void medianEqualsSorting_data();
  void medianEqualsSorting();
  void timeWeightedEqualsItsSum();
  void timeWeightedKnowsNoDensity();
  void aLongCurveIsSmoothedElsewhereAsHere();
  void aLongCurveThatComesInPartsIsSmoothedAsItComes();
};

void CurveSmoothingTest::equalsTensorBoard_data() {
  QTest::addColumn<QString>("run");
  for (const char* run : {"simple", "tensor", "tf2"}) QTest::newRow(run) << QString(run);
}

void CurveSmoothingTest::equalsTensorBoard() {
  QFETCH(QString, run);
  const auto tags = readSmoothed(QStringLiteral(SCANLINE_GOLDEN "/tensorboard/%1/smoothed.csv").arg(run));
  QVERIFY(tags.size() >= 3);
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    CurveSmoothing light(0.6), heavy(0.99);
    for (qsizetype at = 0; at < tag->size(); ++at) {
      const Shown& shown = tag->at(at);
      const double at06 = light.next(shown.value), at099 = heavy.next(shown.value);
      const auto where = QStringLiteral("%1 point %2").arg(QString::fromLatin1(tag.key())).arg(at).toLatin1();
      QVERIFY2(same(at06, shown.at06), where);
      QVERIFY2(same(at099, shown.at099), where);
    }
  }
}

void CurveSmoothingTest::constantSeriesPassUnchanged() {
  CurveSmoothing smoothing(0.99);
  for (int at = 0; at < 100; ++at) QCOMPARE(smoothing.next(0.003), 0.003);
  QVERIFY(smoothing.next(0.004) < 0.0031);
}

/// To the last bit, however long the series is.
void CurveSmoothingTest::theStartIsDividedOutOfEveryValue() {
  for (const double weight : {0.0, 0.3, 0.6, 0.99}) {
    CurveSmoothing smoothing(weight);
    double average = 0, bias = 1;
    for (size_t at = 0; at < 5000; ++at) {
      average = average * weight + (1 - weight) * noise(at);
      bias *= weight;
      const double shown = smoothing.next(noise(at));
      if (at > 0) QVERIFY(shown == average / (1 - bias));
    }
  }
}

void CurveSmoothingTest::nonFiniteValuesAreNotCounted() {
  CurveSmoothing with(0.9), without(0.9);
  QCOMPARE(with.next(2.0), without.next(2.0));
  QVERIFY(std::isnan(with.next(std::nan(""))));
  QVERIFY(std::isinf(with.next(std::numeric_limits<double>::infinity())));
  QCOMPARE(with.next(1.0), without.next(1.0));
  QCOMPARE(with.next(3.0), without.next(3.0));
}

void CurveSmoothingTest::gaussianEqualsItsSum_data() {
  QTest::addColumn<double>("gap");
  QTest::addColumn<double>("deviation");
  QTest::addColumn<double>("most");  // of the difference; the curve's range is 4
  QTest::newRow("few points a window") << 1.0 << 1.5 << 1e-12;
  QTest::newRow("many points a window") << 1.0 << 40.0 << 2e-3;
  QTest::newRow("uneven") << 0.0 << 100.0 << 2e-3;
  QTest::newRow("wider than the curve") << 1.0 << 5000.0 << 2e-3;
}

void CurveSmoothingTest::gaussianEqualsItsSum() {
  QFETCH(double, gap);
  QFETCH(double, deviation);
  QFETCH(double, most);
  const Curve curve = noisyCurve(3000, gap);
  const auto fast = gaussianSmoothed(deviation, curve.x, curve.y, kNotCancelled);
  QCOMPARE(fast.size(), curve.y.size());
  for (size_t at = 0; at < fast.size(); at += 7) {
    if (std::isnan(curve.y[at])) continue;
    double sum = 0, weight = 0;
    for (size_t other = 0; other < curve.y.size(); ++other) {
      const double away = (curve.x[other] - curve.x[at]) / deviation;
      if (std::isnan(curve.y[other]) || std::abs(away) > 4) continue;
      sum += curve.y[other] * std::exp(-away * away / 2);
      weight += std::exp(-away * away / 2);
    }
    QVERIFY2(std::abs(fast[at] - sum / weight) <= most, qPrintable(QString::number(fast[at] - sum / weight)));
  }
  QVERIFY(std::isnan(fast[curve.y.size() / 3]));
  const Smoothing how{Smoothing::Method::Gaussian, deviation};
  QVERIFY(std::abs(smoothedEnd(how, curve.x, curve.y) - fast.back()) <= most);
}

void CurveSmoothingTest::medianEqualsSorting_data() {
  QTest::addColumn<double>("gap");
  QTest::addColumn<double>("reach");
  QTest::newRow("even distances") << 1.0 << 10.0;
  QTest::newRow("uneven") << 0.0 << 55.5;
  QTest::newRow("the point alone") << 2.0 << 1.0;
}

void CurveSmoothingTest::medianEqualsSorting() {
  QFETCH(double, gap);
  QFETCH(double, reach);
  const Curve curve = noisyCurve(1500, gap);
  const auto fast = medianSmoothed(reach, curve.x, curve.y, kNotCancelled);
  for (size_t at = 0; at < fast.size(); ++at) {
    if (std::isnan(curve.y[at])) {
      QVERIFY(std::isnan(fast[at]));
      continue;
    }
    std::vector<double> window;
    for (size_t other = 0; other < curve.y.size(); ++other)
      if (!std::isnan(curve.y[other]) && std::abs(curve.x[other] - curve.x[at]) <= reach)
        window.push_back(curve.y[other]);
    std::ranges::sort(window);
    const size_t half = window.size() / 2;
    QCOMPARE(fast[at], window.size() % 2 ? window[half] : (window[half - 1] + window[half]) / 2);
  }
  QCOMPARE(smoothedEnd({Smoothing::Method::Median, reach}, curve.x, curve.y), fast.back());
}

void CurveSmoothingTest::timeWeightedEqualsItsSum() {
  const Curve curve = noisyCurve(500, 0);
  const double scale = 80;
  TimeWeightedAverage average(scale);
  std::vector<double> x, y;
  for (size_t at = 0; at < curve.x.size(); ++at) {
    const double shown = average.next(curve.x[at], curve.y[at]);
    if (std::isnan(curve.y[at])) continue;
    x.push_back(curve.x[at]);
    y.push_back(curve.y[at]);
    if (x.size() < 2) continue;
    double sum = 0, weight = 0;
    for (size_t other = 0; other < x.size(); ++other) {
      const double from = other > 0 ? x[other - 1] : x[0] - (x[1] - x[0]);
      const double counts = std::exp((x[other] - x.back()) / scale) - std::exp((from - x.back()) / scale);
      sum += counts * y[other];
      weight += counts;
    }
    QVERIFY(std::abs(shown - sum / weight) < 1e-9);
  }
}

/// A value that stands for a stretch of steps counts as much as that value at every step; TensorBoard's does not.
void CurveSmoothingTest::timeWeightedKnowsNoDensity() {
  TimeWeightedAverage sparse(50), dense(50);
  CurveSmoothing sparsePoints(0.9), densePoints(0.9);
  double pointsApart = 0;
  for (int at = 1; at <= 100; ++at) {
    const double value = noise(size_t(at));
    double every = 0, everyPoint = 0;
    for (int step = 10 * at - 9; step <= 10 * at; ++step) {
      every = dense.next(step, value);
      everyPoint = densePoints.next(value);
    }
    const double one = sparse.next(10 * at, value);
    QVERIFY(std::abs(one - every) < 1e-9);
    pointsApart = std::max(pointsApart, std::abs(sparsePoints.next(value) - everyPoint));
  }
  QVERIFY(pointsApart > 0.3);
}

void CurveSmoothingTest::aLongCurveIsSmoothedElsewhereAsHere() {
  constexpr int64_t kSteps = 260'000;
  const std::vector<Point> points = noisyPoints(kSteps);
  for (const auto& how : {Smoothing{Smoothing::Method::Exponential, 0.97},
                          Smoothing{Smoothing::Method::TimeWeighted, 70}, Smoothing{Smoothing::Method::Median, 30}}) {
    ChartSeries series;
    series.setSmoothing(how);
    series.append(std::span(points).first(kSteps - 500));
    QVERIFY(!series.isSmoothed());
    auto job = series.takeJob();
    QVERIFY(job && !series.takeJob());
    series.append(std::span(points).last(500).first(20));  // comes while the job is under way
    QVERIFY(series.takeResult(job->run()));
    QVERIFY(series.isSmoothed());
    series.append(std::span(points).last(480));
    for (auto more = series.takeJob(); more; more = series.takeJob()) series.takeResult(more->run());
    std::vector<double> x, y;
    for (const Point& point : points) x.push_back(double(point.step)), y.push_back(point.value);
    const auto whole = smoothed(how, x, y, kNotCancelled);
    for (size_t at = 0; at < whole.size(); ++at) QCOMPARE(series.shown()[at], whole[at]);
    // A resumed run takes back its last steps, and a job for the dropped points is worth nothing.
    series.setSmoothing({how.method, how.amount * 0.9});
    auto old = series.takeJob();
    series.truncateAfter(40'000);
    QVERIFY(!series.takeResult(old->run()));
    auto fresh = series.takeJob();
    QVERIFY(fresh && series.takeResult(fresh->run()));
    QCOMPARE(series.shown().size(), size_t(40'000));
  }
}

void CurveSmoothingTest::aLongCurveThatComesInPartsIsSmoothedAsItComes() {
  const std::vector<Point> points = noisyPoints(120'000);
  for (const auto& how :
       {Smoothing{Smoothing::Method::Exponential, 0.6}, Smoothing{Smoothing::Method::TimeWeighted, 70}}) {
    ChartSeries series;
    series.setSmoothing(how);
    for (size_t at = 0; at < points.size(); at += 40'000) {
      series.append(std::span(points).subspan(at, 40'000));
      QVERIFY(series.isSmoothed() && !series.takeJob());
    }
    RunningSmoothing whole(how);
    for (size_t at = 0; at < points.size(); ++at)
      QCOMPARE(series.shown()[at], whole.next(double(points[at].step), points[at].value));
  }
}

QTEST_APPLESS_MAIN(CurveSmoothingTest)
#include "curve_smoothing_test.moc"
