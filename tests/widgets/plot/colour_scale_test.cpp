#include "widgets/plot/colour_scale.h"

#include <QPainter>
#include <QTest>
#include <cmath>
#include <limits>

#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

using namespace scanline;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// CIE L*, 0..100.
double lightness(const QColor& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  const double y = 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
  return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
}

}  // namespace

class ColourScaleTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void evenColoursGrowLighterByEqualSteps() {
    const double low = lightness(mapColour(ColourMap::Even, 0)), high = lightness(mapColour(ColourMap::Even, 1));
    QVERIFY(high - low > 70);
    for (int i = 0; i <= 20; ++i) {
      const double expected = low + (high - low) * i / 20;
      QVERIFY2(std::abs(lightness(mapColour(ColourMap::Even, i / 20.0)) - expected) < 4,
               qPrintable(QString::number(i)));
    }
  }

  void divergingColoursGrowDarkerAwayFromTheMiddleAndAlikeOnBothSides() {
    double before = lightness(mapColour(ColourMap::Diverging, 0.5));
    QVERIFY(before > 85);
    for (int i = 1; i <= 10; ++i) {
      const double below = lightness(mapColour(ColourMap::Diverging, 0.5 - i / 20.0));
      const double above = lightness(mapColour(ColourMap::Diverging, 0.5 + i / 20.0));
      QVERIFY2(std::abs(below - above) < 12, qPrintable(QStringLiteral("%1: %2, %3").arg(i).arg(below).arg(above)));
      QVERIFY(below < before);
      before = below;
    }
    QVERIFY(mapColour(ColourMap::Diverging, 0.2).blue() > mapColour(ColourMap::Diverging, 0.2).red());
    QVERIFY(mapColour(ColourMap::Diverging, 0.8).red() > mapColour(ColourMap::Diverging, 0.8).blue());
  }

  void scalesAreFittedToFiniteValues() {
    const std::vector<float> values{kNaN, -3, 0.5F, 2, std::numeric_limits<float>::infinity()};
    QCOMPARE(scaleFromZero(values).axis.range(), (Span{0, 2}));
    QCOMPARE(scaleAboutZero(values).axis.range(), (Span{-3, 3}));
    QCOMPARE(scaleFromZero({}).axis.range(), (Span{0, 1}));
    QCOMPARE(scaleAboutZero(std::vector<float>{0}).axis.range(), (Span{-1, 1}));
    QVERIFY(!scaleFromZero(values).colour(kNaN).isValid());
    QCOMPARE(scaleAboutZero(values).colour(0), mapColour(ColourMap::Diverging, 0.5));
    QCOMPARE(scaleFromZero(values).colour(7), mapColour(ColourMap::Even, 1));
    const ColourScale decades{ColourMap::Even, AxisScale({0.01, 1}, true)};
    QCOMPARE(decades.colour(0.1), mapColour(ColourMap::Even, 0.5));
    QCOMPARE(decades.colour(0), mapColour(ColourMap::Even, 0));
  }

  void wholeNumbersHaveTicksOnWholeNumbersAlone() {
    const std::vector<double> layers{4, 6}, rates{4, 5.5};
    const auto labels = [](const AxisScale& scale) {
      QStringList all;
      for (const AxisTick& tick : ticksOf(scale, 8)) all << tick.label;
      return all;
    };
    QCOMPARE(labels(AxisScale::fitted(layers, false)), (QStringList{"4", "5", "6"}));
    QVERIFY(labels(AxisScale::fitted(rates, false)).size() > 5);
    // Enlarged until no whole number is inside, the axis still says where it is.
    QVERIFY(labels(AxisScale::fitted(layers, false).part(0.15, 0.3)).size() > 1);
  }

  void barsRunFromTheLowColourToTheHighOne() {
    const ColourScale scale = scaleFromZero(std::vector<float>{4});
    const Theme theme(qApp->palette());
    QImage image(220, 220, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    paintLyingColourScale(painter, {10, 10, 200, 12}, scale, QStringLiteral("nats"), theme);
    paintColourScale(painter, {10, 50, 12, 150}, scale, theme);
    painter.end();
    QCOMPARE(image.pixelColor(10, 16), mapColour(ColourMap::Even, 0));
    QCOMPARE(image.pixelColor(209, 16), mapColour(ColourMap::Even, 1));
    QCOMPARE(image.pixelColor(15, 199), mapColour(ColourMap::Even, 0));
    QCOMPARE(image.pixelColor(15, 50), mapColour(ColourMap::Even, 1));
  }

  void inkStandsOutFromItsGround() {
    QCOMPARE(inkOn(mapColour(ColourMap::Even, 0)), QColor(Qt::white));
    QCOMPARE(inkOn(mapColour(ColourMap::Even, 1)), QColor(Qt::black));
  }
};

QTEST_MAIN(ColourScaleTest)
#include "colour_scale_test.moc"
