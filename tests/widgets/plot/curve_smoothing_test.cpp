#include "widgets/plot/curve_smoothing.h"

#include <QFile>
#include <QMap>
#include <QTest>
#include <cmath>
#include <limits>

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
  void nonFiniteValuesAreNotCounted();
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

void CurveSmoothingTest::nonFiniteValuesAreNotCounted() {
  CurveSmoothing with(0.9), without(0.9);
  QCOMPARE(with.next(2.0), without.next(2.0));
  QVERIFY(std::isnan(with.next(std::nan(""))));
  QVERIFY(std::isinf(with.next(std::numeric_limits<double>::infinity())));
  QCOMPARE(with.next(1.0), without.next(1.0));
  QCOMPARE(with.next(3.0), without.next(3.0));
}

QTEST_APPLESS_MAIN(CurveSmoothingTest)
#include "curve_smoothing_test.moc"
