#include "core/data/resize.h"

#include <QTest>
#include <cmath>
#include <numeric>

#include "core/base/random.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"

using namespace scanline;

namespace {

const std::filesystem::path kGolden = SCANLINE_GOLDEN;

Image noise(int64_t width, int64_t height, uint64_t seed) {
  RandomStream random(seed, Purpose::Weights);
  Image image{width, height, {}};
  for (int64_t i = 0; i < 3 * width * height; ++i) image.rgb.push_back(static_cast<uint8_t>(random.below(256)));
  return image;
}

Image plain(int64_t width, int64_t height, uint8_t value) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height), value)};
}

double mean(const Image& image) {
  return std::accumulate(image.rgb.begin(), image.rgb.end(), 0.0) / static_cast<double>(image.rgb.size());
}

}  // namespace

class ResizeTest : public QObject {
  Q_OBJECT

  static void addSizes() {
    QTest::addColumn<int>("filter");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    for (const auto filter : {Resize::Area, Resize::Bilinear})
      for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {32, 32}, {33, 31}, {64, 8}, {100, 101}})
        QTest::addRow("%s %dx%d", filter == Resize::Area ? "area" : "bilinear", width, height)
            << static_cast<int>(filter) << width << height;
  }

 private slots:
  /// Byte for byte as Pillow's antialiased bilinear filter.
  void bilinearIsPillows() {
    const auto resized = readNpy(kGolden / "hf_processor/resized.npy");
    QCOMPARE(resized.shape, (std::vector<int64_t>{3, 8, 8, 3}));
    const auto expected = resized.values<uint8_t>();
    int others = 0;
    for (size_t i = 0; i < 3; ++i) {
      const Image image = readImage(kGolden / "hf_processor" / ("image" + std::to_string(i) + ".png"));
      others += image.width != 8 || image.height != 8;
      const Image small = resizeTo(image, 8, 8, Resize::Bilinear);
      QVERIFY(std::equal(small.rgb.begin(), small.rgb.end(), expected.begin() + static_cast<ptrdiff_t>(i * 192)));
    }
    QVERIFY(others >= 2);
  }

  void areaIsTheMeanOverTheSourceRectangle() {
    const Image image = noise(12, 8, 1);
    const Image small = resizeTo(image, 4, 4, Resize::Area);  // 3 x 2 pixels each
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 0; x < 4; ++x)
        for (int64_t c = 0; c < 3; ++c) {
          int sum = 0;
          for (int64_t v = 2 * y; v < 2 * y + 2; ++v)
            for (int64_t u = 3 * x; u < 3 * x + 3; ++u) sum += image.rgb[static_cast<size_t>(3 * (v * 12 + u) + c)];
          QVERIFY(std::abs(small.rgb[static_cast<size_t>(3 * (y * 4 + x) + c)] - sum / 6.0) <= 0.5 + 1e-9);
        }
  }

  void areaWeighsFractionalEdges() {
    const Image image{3, 1, {0, 0, 0, 100, 100, 100, 200, 200, 200}};
    const Image small = resizeTo(image, 2, 1, Resize::Area);  // 1.5 pixels each
    QCOMPARE(int{small.rgb[0]}, 33);                          // (0 + 100 / 2) / 1.5
    QCOMPARE(int{small.rgb[3]}, 167);                         // (100 / 2 + 200) / 1.5 = 166.7
  }

  void areaKeepsTheMean_data() { addSizes(); }
  void areaKeepsTheMean() {
    QFETCH(int, width);
    QFETCH(int, height);
    const Image image = noise(40, 40, 5);
    // Rounding to bytes averages out over pixels.
    const double tolerance = 0.5 / std::sqrt(width * height) + 0.05;
    QVERIFY(std::abs(mean(resizeTo(image, width, height, Resize::Area)) - mean(image)) < tolerance);
  }

  void plainPicturesStayPlain_data() { addSizes(); }
  void plainPicturesStayPlain() {
    QFETCH(int, filter);
    QFETCH(int, width);
    QFETCH(int, height);
    for (const uint8_t value : {uint8_t{0}, uint8_t{77}, uint8_t{255}})
      QVERIFY(resizeTo(plain(32, 24, value), width, height, static_cast<Resize>(filter)) ==
              plain(width, height, value));
  }

  void theSameSizeChangesNothing() {
    const Image image = noise(9, 5, 2);
    for (const auto filter : {Resize::Area, Resize::Bilinear}) QVERIFY(resizeTo(image, 9, 5, filter) == image);
  }

  void mirroringCommutes_data() { addSizes(); }
  void mirroringCommutes() {
    QFETCH(int, filter);
    QFETCH(int, width);
    QFETCH(int, height);
    const auto mirrored = [](const Image& image) {
      Image out = image;
      for (int64_t y = 0; y < image.height; ++y)
        for (int64_t x = 0; x < image.width; ++x)
          std::copy_n(&image.rgb[static_cast<size_t>(3 * (y * image.width + image.width - 1 - x))], 3,
                      &out.rgb[static_cast<size_t>(3 * (y * image.width + x))]);
      return out;
    };
    const Image image = noise(37, 23, 3);
    const Image one = mirrored(resizeTo(image, width, height, static_cast<Resize>(filter)));
    const Image two = resizeTo(mirrored(image), width, height, static_cast<Resize>(filter));
    for (size_t i = 0; i < one.rgb.size(); ++i) QVERIFY(std::abs(one.rgb[i] - two.rgb[i]) <= 1);
  }

  void theCentreIsCropped() {
    Image wide = plain(10, 4, 9);
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 3; x < 7; ++x) wide.rgb[static_cast<size_t>(3 * (y * 10 + x))] = 200;
    const Image square = squareTo(wide, 4, Resize::Area);
    QCOMPARE(square.width, 4);
    for (size_t i = 0; i < 16; ++i) QCOMPARE(int{square.rgb[3 * i]}, 200);
    Image tall = plain(2, 6, 9);
    tall.rgb[3 * 2 * 2] = 200;  // the first pixel of row 2, the upper left of the middle
    QCOMPARE(int{squareTo(tall, 2, Resize::Bilinear).rgb[0]}, 200);
    QVERIFY(squareTo(noise(300, 8, 1), 32, Resize::Area).rgb.size() == 3 * 32 * 32);
  }

  /// As the processors of Hugging Face do: all of the picture, bilinear.
  void stretchingCutsNothingOff() {
    const Image wide = noise(40, 24, 3);
    QVERIFY(squareTo(wide, 8, Resize::Stretch) == resizeTo(wide, 8, 8, Resize::Bilinear));
    QVERIFY(squareTo(wide, 8, Resize::Stretch) != squareTo(wide, 8, Resize::Bilinear));
    const Image square = noise(24, 24, 4);
    QVERIFY(squareTo(square, 8, Resize::Stretch) == squareTo(square, 8, Resize::Bilinear));
  }
};

QTEST_APPLESS_MAIN(ResizeTest)
#include "resize_test.moc"
