// Answers of a model as pictures, and masks as people write them.
#include "core/jobs/studio_images.h"

#include <QTest>
#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/data/colour_map.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/jobs/canvas.h"
#include "core/jobs/studio_mask.h"
#include "tests/core/jobs/studio_support.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

Rgb pixel(const Image& image, int64_t x, int64_t y) {
  const auto* at = &image.rgb[static_cast<size_t>(3 * (y * image.width + x))];
  return {at[0], at[1], at[2]};
}

/// How often a picture of another one's pixels, `scale` screen pixels each, lies in it.
int64_t timesFound(const Image& figure, const Image& small, int64_t scale) {
  const Image wanted = enlarged(small, scale);
  int64_t found = 0;
  for (int64_t top = 0; top + wanted.height <= figure.height; ++top)
    for (int64_t left = 0; left + wanted.width <= figure.width; ++left) {
      bool same = true;
      for (int64_t y = 0; same && y < wanted.height; ++y)
        same = std::equal(wanted.rgb.begin() + 3 * y * wanted.width, wanted.rgb.begin() + 3 * (y + 1) * wanted.width,
                          figure.rgb.begin() + 3 * ((top + y) * figure.width + left));
      found += same ? 1 : 0;
    }
  return found;
}

ModelFacts factsOf(Objective objective) {
  return {.objective = objective, .layers = 1, .width = 4, .heads = 1, .paletteSize = 4, .across = 4, .down = 4};
}

}  // namespace

class StudioImagesTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

 private slots:
  void heatIsTheColourOfItsValue() {
    const std::vector<float> values{0, 1, 2, 4, std::nanf(""), 3};
    const HeatScale scale = heatScaleOf(values);
    QCOMPARE(scale.low, 0.0);
    QCOMPARE(scale.high, 4.0);
    const Image heat = heatPixels(values, 3, scale);
    QCOMPARE(heat.width, 3);
    QCOMPARE(heat.height, 2);
    QVERIFY(pixel(heat, 0, 0) == (Rgb{0x44, 0x01, 0x54}) && pixel(heat, 0, 1) == (Rgb{0xfd, 0xe7, 0x25}));
    QVERIFY(pixel(heat, 2, 0) == evenColour(0.5) && pixel(heat, 2, 1) == evenColour(0.75));
    QVERIFY(pixel(heat, 1, 1) == kSheetGround);

    const std::vector<float> both{-1, 0, 3};
    const HeatScale diverging = heatScaleOf(both, true);
    QCOMPARE(diverging.low, -3.0);
    const Image about = heatPixels(both, 3, diverging);
    QVERIFY(pixel(about, 1, 0) == divergingColour(0.5) && pixel(about, 2, 0) == divergingColour(1));
    QCOMPARE(heatScaleOf(std::vector<float>{0, -2}).high, 1.0);
  }

  void aFigureHoldsTheMapAndItsBar() {
    const std::vector<float> values{0, 1, 2, 5};
    const HeatScale scale = heatScaleOf(values);
    const Image figure = heatFigure(values, 2, scale, 40, "step 100", "nats");
    QCOMPARE(timesFound(figure, heatPixels(values, 2, scale), 40), 1);
    std::set<Rgb> column;  // of the bar, somewhere right of the map
    for (int64_t y = 0; y < figure.height; ++y) column.insert(pixel(figure, 6 + 80 + 12 + 3, y));
    QVERIFY(column.size() > 60 && column.contains(evenColour(0)) && column.contains(evenColour(1)));
    QVERIFY(heatFigure(values, 2, scale, 40, "", "nats").height < figure.height);
  }

  void sheetsShowEveryPicture() {
    std::vector<Image> pictures;
    for (int i = 0; i < 5; ++i) pictures.push_back(blankImage(3, 2, {static_cast<uint8_t>(i * 50), 0, 0}));
    const std::vector<std::string> captions{"0.5 dog", "a", "b", "c", "d"};
    const Image sheet = pictureSheet(pictures, captions, 3, 4);
    for (const Image& picture : pictures) QCOMPARE(timesFound(sheet, picture, 4), 1);
    QVERIFY(sheet.width >= 3 * widthOfWords("0.5 dog"));
    QVERIFY(pictureSheet(pictures, {}, 3, 4).height < sheet.height);
    QVERIFY_THROWS_EXCEPTION(Error, pictureSheet(std::vector(1000, blankImage(512, 512)), {}, 8, 64));
  }

  void lettersDiffer() {
    std::set<std::vector<uint8_t>> shapes;
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-+%()#/";
    for (const char letter : letters) {
      Image one = blankImage(5, 7);
      writeWords(one, 0, 0, std::string(1, letter));
      shapes.insert(one.rgb);
    }
    QCOMPARE(shapes.size(), letters.size());
    Image small = blankImage(4, 3);  // nothing is written beyond its edges
    writeWords(small, -2, -2, "Mgy", 2);
    QCOMPARE(small.rgb.size(), size_t{36});
  }

  void holesAreWhereTheMaskPaints() {
    const Image picture = blankImage(4, 4, {200, 10, 10});
    const Image codes = withHoles(picture, {0, 1, 0, 0}, 2);  // 2 x 2 codes of 2 x 2 pixels
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 0; x < 4; ++x) QCOMPARE(pixel(codes, x, y) != (Rgb{200, 10, 10}), y < 2 && x >= 2);
  }

  void weightsLieAtTheirPixels() {
    std::vector<float> row(16);
    for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(i) / 100;
    const auto seen = weightsByPixel(factsOf(Objective::Autoregressive), row, 5);
    QCOMPARE(seen.size(), size_t{16});
    for (size_t p = 0; p < 16; ++p) {
      if (p < 5) QCOMPARE(seen[p], row[p + 1]);
      if (p >= 5) QVERIFY(std::isnan(seen[p]));
    }
    QCOMPARE(weightsByPixel(factsOf(Objective::Bert), row, 5), row);
    for (const float weight : weightsByPixel(factsOf(Objective::Autoregressive), row, 0)) QVERIFY(std::isnan(weight));
  }

  void aHeadThatLooksAbovePointsUp() {
    // Every pixel looks at the one above it, where there is one.
    const ModelFacts facts = factsOf(Objective::Autoregressive);
    std::vector<float> map(16 * 16);
    for (size_t i = 0; i < 16; ++i) map[i * 16 + (i >= 4 ? i - 4 + 1 : 0)] = 1;
    const auto pattern = typicalPattern(facts, map, 2);
    QCOMPARE(pattern.size(), size_t{25});
    for (int64_t dy = -2; dy <= 2; ++dy)
      for (int64_t dx = -2; dx <= 2; ++dx) {
        const float weight = pattern[static_cast<size_t>((dy + 2) * 5 + dx + 2)];
        const bool isSeen = dy < 0 || (dy == 0 && dx < 0);
        if (!isSeen) QVERIFY(std::isnan(weight));
        if (isSeen) QCOMPARE(weight, dy == -1 && dx == 0 ? 1.0F : 0.0F);
      }
  }

  void mapsStandInTheirRowsAndColumns() {
    const std::vector<float> left{1, 0, 0, 0}, right{0, 0, 0, 1};
    const std::vector<MapRow> rows{{.name = "layer 0", .maps = {left, right}},
                                   {.name = "layer 1", .maps = {right, left}}};
    const std::vector<std::string> columns{"0", "rollout"};
    const Image sheet = mapSheet(rows, columns, 2, 8, "title");
    const HeatScale scale = heatScaleOf(left);
    QCOMPARE(timesFound(sheet, heatPixels(left, 2, scale), 8), 2);
    QCOMPARE(timesFound(sheet, heatPixels(right, 2, scale), 8), 2);
    QVERIFY_THROWS_EXCEPTION(Error, mapSheet({}, columns, 2, 8, ""));
  }

  void pointsLieInTheirPlaces() {
    const std::vector<float> places{0, 0, 10, 0, 0, 5};
    const std::vector<int32_t> labels{0, 1, -1};
    const std::vector<std::string> names{"cat", "dog"};
    const Image figure = pointFigure(places, labels, names, 100, "map");
    std::set<Rgb> colours;
    for (int64_t y = 0; y < figure.height; ++y)
      for (int64_t x = 0; x < figure.width; ++x) colours.insert(pixel(figure, x, y));
    QCOMPARE(colours.size(), size_t{5});  // ground, ink, two classes, none
    const int64_t bottom = figure.height - 6 - 2;
    QVERIFY(pixel(figure, 7, bottom) != kSheetGround && pixel(figure, 6 + 98, bottom) != kSheetGround);
    pointFigure(std::vector<float>(20, 3), {}, {}, 50, "all in one place");
  }

  void masksComeFromNamesAndFiles() {
    QCOMPARE(maskOf("lower", 4, 4, 1), presetMask("lower", 4, 4));
    QCOMPARE(maskOf("random:0.25", 8, 8, 3), presetMask("random", 8, 8, 0.25, 3));
    const PaintMask mask = presetMask("centre", 4, 4);
    Image painted{.width = 4, .height = 4, .rgb = {}};
    for (const uint8_t value : mask) painted.rgb.insert(painted.rgb.end(), 3, value != 0 ? 255 : 0);
    writePng(folder_ / "mask.png", enlarged(painted, 5));
    QCOMPARE(maskOf((folder_ / "mask.png").string(), 4, 4, 1), mask);
    writeNpy<uint8_t>(folder_ / "mask.npy", std::vector<int64_t>{4, 4}, mask);
    QCOMPARE(maskOf((folder_ / "mask.npy").string(), 4, 4, 1), mask);
    writeNpy<float>(folder_ / "flat.npy", std::vector<int64_t>{16}, std::vector<float>(16, 0.5F));
    QCOMPARE(paintedPixels(maskOf((folder_ / "flat.npy").string(), 4, 4, 1)), 16);
  }

  void masksThatAreNoneAreSentences_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such name") << "lowest"
                                  << "checkerboard";
    QTest::newRow("no share") << "lower:half"
                              << "no share";
    QTest::newRow("too large a share") << "lower:2"
                                       << "share";
    QTest::newRow("no such file") << "missing/mask.png"
                                  << "no file";
    QTest::newRow("black") << (folder_ / "black.png").c_str() << "nothing to paint";
    QTest::newRow("zeros") << (folder_ / "zeros.npy").c_str() << "nothing to paint";
    QTest::newRow("another shape") << (folder_ / "shape.npy").c_str() << "shape";
    QTest::newRow("no picture") << (folder_ / "text.png").c_str() << "text.png";
  }
  void masksThatAreNoneAreSentences() {
    QFETCH(const QString, text);
    QFETCH(const QString, says);
    writePng(folder_ / "black.png", blankImage(4, 4, {0, 0, 0}));
    writeNpy<uint8_t>(folder_ / "zeros.npy", std::vector<int64_t>{16}, std::vector<uint8_t>(16));
    writeNpy<uint8_t>(folder_ / "shape.npy", std::vector<int64_t>{2, 8}, std::vector<uint8_t>(16, 1));
    QFile file(QString::fromStdString((folder_ / "text.png").string()));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no picture");
    file.close();
    try {
      maskOf(text.toStdString(), 4, 4, 1);
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(says), error.what());
    }
  }
};

QTEST_APPLESS_MAIN(StudioImagesTest)
#include "studio_images_test.moc"
