// Principal components against a singular value decomposition of the rows, by another method (one-sided Jacobi).
#include "core/base/pca.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/symmetric_eigen.h"

using namespace scanline;

namespace {

/// Rows that vary differently much along directions that are mixed.
std::vector<float> someRows(int64_t count, int64_t width, uint64_t seed) {
  RandomStream random(seed, Purpose::ProbeRows);
  std::vector<double> mix(static_cast<size_t>(width * width));
  for (double& value : mix) value = random.normal();
  std::vector<float> rows;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<double> row(static_cast<size_t>(width), 3);
    for (int64_t a = 0; a < width; ++a) {
      const double amount = random.normal() * std::pow(0.7, static_cast<double>(a));
      for (int64_t b = 0; b < width; ++b)
        row[static_cast<size_t>(b)] += amount * mix[static_cast<size_t>(a * width + b)];
    }
    for (const double value : row) rows.push_back(static_cast<float>(value));
  }
  return rows;
}

struct Svd {
  std::vector<double> values;                   ///< falling
  std::vector<std::vector<double>> directions;  ///< right singular vectors
};

/// Of rows without their mean: columns are turned in pairs until all stand at right angles (Hestenes).
Svd svdOf(const std::vector<float>& rows, size_t width) {
  const size_t count = rows.size() / width;
  std::vector<std::vector<double>> columns(width, std::vector<double>(count)), turns(width, std::vector<double>(width));
  for (size_t d = 0; d < width; ++d) {
    turns[d][d] = 1;
    double mean = 0;
    for (size_t i = 0; i < count; ++i) mean += static_cast<double>(rows[i * width + d]) / static_cast<double>(count);
    for (size_t i = 0; i < count; ++i) columns[d][i] = static_cast<double>(rows[i * width + d]) - mean;
  }
  const auto dot = [](const auto& a, const auto& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); };
  for (int sweep = 0; sweep < 60; ++sweep)
    for (size_t a = 0; a < width; ++a)
      for (size_t b = a + 1; b < width; ++b) {
        const double aa = dot(columns[a], columns[a]), bb = dot(columns[b], columns[b]),
                     ab = dot(columns[a], columns[b]);
        if (std::abs(ab) <= 1e-300) continue;
        const double ratio = (bb - aa) / (2 * ab);
        const double tangent = (ratio >= 0 ? 1 : -1) / (std::abs(ratio) + std::sqrt(1 + ratio * ratio));
        const double cosine = 1 / std::sqrt(1 + tangent * tangent), sine = cosine * tangent;
        const auto turn = [&](std::vector<double>& x, std::vector<double>& y) {
          for (size_t i = 0; i < x.size(); ++i) {
            const double old = x[i];
            x[i] = cosine * old - sine * y[i];
            y[i] = sine * old + cosine * y[i];
          }
        };
        turn(columns[a], columns[b]);
        turn(turns[a], turns[b]);
      }
  std::vector<size_t> order(width);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, std::greater(), [&](size_t d) { return dot(columns[d], columns[d]); });
  Svd svd;
  for (const size_t d : order) {
    svd.values.push_back(std::sqrt(dot(columns[d], columns[d])));
    svd.directions.push_back(turns[d]);
  }
  return svd;
}

}  // namespace

class PcaTest : public QObject {
  Q_OBJECT
 private slots:
  void equalsASingularValueDecomposition_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("width");
    QTest::newRow("more rows than columns") << 200 << 12;
    QTest::newRow("fewer rows than columns") << 9 << 30;
    QTest::newRow("as many") << 16 << 16;
    QTest::newRow("two columns") << 50 << 2;
    QTest::newRow("two rows") << 2 << 5;
  }
  void equalsASingularValueDecomposition() {
    QFETCH(const int, count);
    QFETCH(const int, width);
    const auto rows = someRows(count, width, 7);
    const Pca pca = principalComponents(rows, width, width);
    const Svd svd = svdOf(rows, static_cast<size_t>(width));
    QCOMPARE(pca.count(), std::min(count - 1, width));
    double all = 0;
    for (const double value : svd.values) all += value * value / (count - 1);
    QVERIFY(std::abs(pca.variance - all) < 1e-9 * all);
    for (int64_t k = 0; k < pca.count(); ++k) {
      const auto place = static_cast<size_t>(k);
      const double expected = svd.values[place] * svd.values[place] / (count - 1);
      QVERIFY2(std::abs(pca.variances[place] - expected) < 1e-9 * all, qPrintable(QString::number(k)));
      if (expected < 1e-6 * all) continue;  // float rows leave its direction open
      const std::span direction(&pca.directions[place * static_cast<size_t>(width)], static_cast<size_t>(width));
      const double along = std::inner_product(direction.begin(), direction.end(), svd.directions[place].begin(), 0.0);
      QVERIFY2(std::abs(std::abs(along) - 1) < 1e-9, qPrintable(QString("%1: %2").arg(k).arg(along)));
      for (size_t d = 0; d < direction.size(); ++d) {
        const double difference = direction[d] - std::copysign(1.0, along) * svd.directions[place][d];
        QVERIFY2(std::abs(difference) < 1e-6, qPrintable(QString("%1: %2").arg(k).arg(difference)));
      }
      QVERIFY(*std::ranges::max_element(direction, {}, [](double value) { return std::abs(value); }) > 0);
    }
  }

  void placesHaveTheVariancesAndNoMean() {
    const auto rows = someRows(300, 8, 3);
    const Pca pca = principalComponents(rows, 8, 2);
    QCOMPARE(pca.count(), 2);
    const auto places = pca.project(rows);
    QCOMPARE(places.size(), size_t{600});
    for (size_t k = 0; k < 2; ++k) {
      double sum = 0, squares = 0;
      for (size_t i = k; i < places.size(); i += 2) {
        sum += static_cast<double>(places[i]);
        squares += static_cast<double>(places[i]) * static_cast<double>(places[i]);
      }
      QVERIFY(std::abs(sum / 300) < 1e-5);
      QVERIFY(std::abs(squares / 299 - pca.variances[k]) < 1e-4 * pca.variances[k]);
    }
  }

  void rowsThatVaryAlongOneDirectionHaveOne() {
    std::vector<float> rows;
    for (int i = 0; i < 10; ++i)
      for (int d = 0; d < 6; ++d) rows.push_back(static_cast<float>(i * (d + 1)));
    for (const auto& some : {rows, std::vector(rows.begin(), rows.begin() + 24)}) {
      const Pca pca = principalComponents(some, 6, 3);
      QCOMPARE(pca.count(), 1);
      for (size_t d = 0; d < 6; ++d)
        QVERIFY(std::abs(pca.directions[d] - static_cast<double>(d + 1) / std::sqrt(91.0)) < 1e-12);
    }
    QCOMPARE(principalComponents(std::vector<float>(40, 2), 4, 2).count(), 0);
  }

  void eigenvectorsSolveTheirMatrix() {
    for (const int64_t size : {1, 2, 3, 40}) {
      RandomStream random(5, Purpose::ProbeRows);
      const auto n = static_cast<size_t>(size);
      std::vector<double> matrix(n * n);
      for (size_t a = 0; a < n; ++a)
        for (size_t b = 0; b <= a; ++b) matrix[a * n + b] = matrix[b * n + a] = random.normal();
      const auto eigen = symmetricEigen(matrix, size);
      QVERIFY(std::ranges::is_sorted(eigen.values));
      for (size_t j = 0; j < n; ++j)
        for (size_t a = 0; a < n; ++a) {
          double product = 0;
          for (size_t b = 0; b < n; ++b) product += matrix[a * n + b] * eigen.vectors[j * n + b];
          QVERIFY(std::abs(product - eigen.values[j] * eigen.vectors[j * n + a]) < 1e-12 * static_cast<double>(size));
        }
    }
  }

  void faultsAreSentences() {
    QVERIFY_THROWS_EXCEPTION(Error, principalComponents(std::vector<float>(4, 1), 4, 2));
    auto rows = someRows(10, 4, 1);
    rows[7] = std::numeric_limits<float>::quiet_NaN();
    QVERIFY_THROWS_EXCEPTION(Error, principalComponents(rows, 4, 2));
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, principalComponents(someRows(10, 4, 1), 4, 2, Control(stop.get_token())));
  }
};

QTEST_APPLESS_MAIN(PcaTest)
#include "pca_test.moc"
