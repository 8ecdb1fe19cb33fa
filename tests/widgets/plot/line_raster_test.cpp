#include "widgets/plot/line_raster.h"

#include <QTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

using namespace scanline;

namespace {

constexpr int kWidth = 60, kHeight = 40;
constexpr QRgb kColour = 0xff1768c4;

QImage ground() {
  QImage image(kWidth, kHeight, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::transparent);
  return image;
}

QImage drawn(const std::vector<QPointF>& points) {
  QImage image = ground();
  drawHair(image, points, kColour);
  return image;
}

/// The same line by many small steps.
QImage drawnSlowly(const std::vector<QPointF>& points) {
  constexpr int kSteps = 400;
  QImage image = ground();
  for (size_t at = 1; at < points.size(); ++at) {
    if (!std::isfinite(points[at - 1].y()) || !std::isfinite(points[at].y())) continue;
    for (int step = 0; step <= kSteps; ++step) {
      const QPointF place = points[at - 1] + (points[at] - points[at - 1]) * step / kSteps;
      const QPoint pixel(int(std::floor(place.x())), int(std::floor(place.y())));
      if (image.rect().contains(pixel)) image.setPixel(pixel, kColour);
    }
  }
  return image;
}

/// Every pixel of `a`, but for `rim` around the picture, has one of `b` beside it, or is one.
bool isNear(const QImage& a, const QImage& b, int rim = 0) {
  for (int y = rim; y < kHeight - rim; ++y)
    for (int x = rim; x < kWidth - rim; ++x) {
      if (a.pixel(x, y) != kColour) continue;
      bool isThere = false;
      for (int by = -1; by <= 1; ++by)
        for (int aside = -1; aside <= 1; ++aside)
          if (const QPoint near(x + aside, y + by); b.rect().contains(near))
            isThere = isThere || b.pixel(near) == kColour;
      if (!isThere) return false;
    }
  return true;
}

/// The share of a pixel that is no farther than half a width from the line, by 16 places in it.
double covered(const std::vector<QPointF>& points, double width, int x, int y) {
  int inside = 0;
  for (int part = 0; part < 16; ++part) {
    const QPointF place(x + (part % 4 + 0.5) / 4, y + (part / 4 + 0.5) / 4);
    bool isInside = false;
    for (size_t at = 1; at < points.size() && !isInside; ++at) {
      const QPointF from = points[at - 1], by = points[at] - from;
      const double along = QPointF::dotProduct(place - from, by) / QPointF::dotProduct(by, by);
      const QPointF off = from + by * std::clamp(along, 0.0, 1.0) - place;
      isInside = QPointF::dotProduct(off, off) <= width * width / 4;
    }
    inside += isInside;
  }
  return inside / 16.0;
}

std::vector<QPointF> randomLine(std::mt19937& random, double meanStep) {
  std::uniform_real_distribution<double> share(0, 1);
  std::vector<QPointF> points;
  for (double x = -5 * share(random); x < kWidth + 5; x += 2 * meanStep * share(random)) {
    const bool isGap = share(random) < 0.03, isFar = share(random) < 0.03;
    points.emplace_back(x, isGap   ? std::nan("")
                           : isFar ? (share(random) < 0.5 ? -20 : kHeight + 20)
                                   : kHeight * share(random));
    if (isGap) x += 2;  // gaps within a pixel are not seen
  }
  return points;
}

}  // namespace

class LineRasterTest : public QObject {
  Q_OBJECT

 private slots:
  /// Of lines with several points a pixel, and with several pixels a point.
  void pixelsAreThoseOfTheLine() {
    std::mt19937 random(7);
    for (const double step : {0.1, 0.7, 3.0, 20.0})
      for (int turn = 0; turn < 50; ++turn) {
        const auto points = randomLine(random, step);
        const QImage quick = drawn(points), slow = drawnSlowly(points);
        QVERIFY2(isNear(quick, slow), qPrintable(QString::number(step)));
        QVERIFY2(isNear(slow, quick), qPrintable(QString::number(step)));
      }
  }

  void aFlatLineIsOnePixelHigh() {
    const QImage image = drawn({{0, 10.2}, {kWidth, 14.9}});
    for (int x = 0; x < kWidth; ++x) {
      int count = 0;
      for (int y = 0; y < kHeight; ++y) count += image.pixel(x, y) == kColour;
      QCOMPARE(count, 1);
    }
  }

  void strokesCoverWhatAPenCovers() {
    for (const double width : {1.2, 1.5, 2.5, 5.0})
      for (const double steep : {0.0, 3.0, 12.0}) {
        std::vector<QPointF> points;
        for (double x = -3; x < kWidth + 3; x += 0.4)
          points.emplace_back(x, kHeight * (0.5 + 0.03 * steep * std::sin(x / 7)) + 0.1 * x);
        QImage quick = ground();
        drawStroke(quick, points, {.colour = kColour, .width = width});
        double sum = 0;
        int most = 0;
        QPoint where;
        for (int y = 0; y < kHeight; ++y)
          for (int x = 0; x < kWidth; ++x) {
            const int by = std::abs(qAlpha(quick.pixel(x, y)) - int(255 * covered(points, width, x, y)));
            if (by > most) where = QPoint(x, y);
            most = std::max(most, by);
            sum += by / 255.0;
          }
        const QString what = QStringLiteral("width %1, steep %2: most %3 at %4, %5, sum %6")
                                 .arg(width)
                                 .arg(steep)
                                 .arg(most)
                                 .arg(where.x())
                                 .arg(where.y())
                                 .arg(sum);
        QVERIFY2(most < 80, qPrintable(what));
        QVERIFY2(sum < 0.08 * kWidth * (1 + steep / 4), qPrintable(what));
      }
  }

  void strokesOfManyPointsAreWhereTheLineIs() {
    std::mt19937 random(9);
    for (const double step : {0.1, 0.7, 3.0}) {
      const auto points = randomLine(random, step);
      QImage stroke = ground();
      drawStroke(stroke, points, {.colour = kColour, .width = 1.5});
      QImage dark = ground();
      for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x)
          if (qAlpha(stroke.pixel(x, y)) > 127) dark.setPixel(x, y, kColour);
      QVERIFY(isNear(dark, drawnSlowly(points), 2));  // a pen reaches into the picture from outside
      QVERIFY(isNear(drawnSlowly(points), dark));
    }
  }

  void dashesGoAlongX() {
    QImage image = ground();
    const std::array<double, 2> dashes{6, 4};
    drawStroke(image, std::vector<QPointF>{{0, 5}, {kWidth, 35}},
               {.colour = kColour, .width = 2, .dashes = dashes, .origin = -20});
    for (int x = 0; x < kWidth; ++x) {
      int most = 0;
      for (int y = 0; y < kHeight; ++y) most = std::max(most, qAlpha(image.pixel(x, y)));
      QCOMPARE(most > 0, x % 10 < 6);
    }
  }

  /// Threads that share a picture draw parts of its columns.
  void partsOfAPictureMakeTheWhole() {
    std::mt19937 random(5);
    const auto points = randomLine(random, 0.7);
    std::vector<QPointF> finer = points;
    for (QPointF& point : finer) point.rx() *= kStrokeParts;
    const RasterStroke stroke{.colour = kColour, .width = 2.5};
    const int reach = strokeReach(stroke.width);
    const LineColumns hair = hairColumns(points, 0, kWidth);
    const LineColumns wide = strokeColumns(finer, -reach, size_t(kWidth * kStrokeParts + 2 * reach));
    QImage whole = ground(), parts = ground();
    drawHair(whole, hair, 0, {}, 0xff00875f);
    drawStroke(whole, wide, 0, {}, stroke);
    for (const auto& [from, to] : {std::pair{0, 17}, std::pair{17, 18}, std::pair{18, kWidth}}) {
      QImage part(parts.bits() + from * qsizetype(sizeof(QRgb)), to - from, kHeight, parts.bytesPerLine(),
                  parts.format());
      drawHair(part, hair, from, {}, 0xff00875f);
      drawStroke(part, wide, int64_t(from) * kStrokeParts, {}, stroke);
    }
    QCOMPARE(parts, whole);
  }

  void gapsAndPlacesOutsideDrawNothing() {
    const QImage gap = drawn({{0, 5}, {10, 5}, {10, std::nan("")}, {30, 5}, {40, 5}});
    QCOMPARE(gap.pixel(10, 5), kColour);
    QVERIFY(gap.pixel(20, 5) != kColour);
    QCOMPARE(gap.pixel(30, 5), kColour);
    QCOMPARE(drawn({{10, 5}}), ground());
    QCOMPARE(drawn({{-9, 5}, {-1, 5}}), ground());
    QCOMPARE(drawn({{kWidth, 5}, {kWidth + 9.0, 5}}), ground());
    QCOMPARE(drawn({{0, -7}, {kWidth, -2}}), ground());
    QCOMPARE(drawn({{0, kHeight}, {kWidth, 1e9}}), ground());
  }
};

QTEST_GUILESS_MAIN(LineRasterTest)
#include "line_raster_test.moc"
