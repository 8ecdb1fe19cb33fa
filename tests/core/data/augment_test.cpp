#include "core/data/augment.h"

#include <QTest>
#include <set>

#include "core/data/resize.h"

using namespace scanline;

namespace {

/// Each pixel says where it was: red its column, green its row.
Image places(int64_t width, int64_t height) {
  Image image{width, height, {}};
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (const int64_t value : {x, y, int64_t{7}}) image.rgb.push_back(static_cast<uint8_t>(value));
  return image;
}

Image once(const Image& image, Augment augment, int64_t side, uint32_t index, uint64_t step = 0) {
  RandomStream random(1, Purpose::Augmentation, step, index);
  return augmented(image, augment, side, Resize::Area, random);
}

int red(const Image& image, int64_t x, int64_t y) {
  return image.rgb[static_cast<size_t>(3 * (y * image.width + x))];
}
int green(const Image& image, int64_t x, int64_t y) {
  return image.rgb[static_cast<size_t>(3 * (y * image.width + x) + 1)];
}

}  // namespace

class AugmentTest : public QObject {
  Q_OBJECT
 private slots:
  /// Every shift of -4 .. 4 both ways and both directions occur, and nothing else.
  void cifarShiftsByAnEighthAndFlips() {
    const Image image = places(32, 32);
    std::set<std::tuple<int, int, bool>> seen;
    for (uint32_t i = 0; i < 4000; ++i) {
      const Image out = once(image, Augment::Cifar, 32, i);
      QCOMPARE(out.width, 32);
      const bool flip = red(out, 10, 0) > red(out, 20, 0);
      const int left = red(out, flip ? 31 - 10 : 10, 16) - 10, top = green(out, 16, 10) - 10;
      QVERIFY(std::abs(left) <= 4 && std::abs(top) <= 4);
      seen.emplace(left, top, flip);
    }
    QCOMPARE(seen.size(), size_t{9 * 9 * 2});
  }

  /// numpy.pad(mode="reflect"): the edge itself is not repeated.
  void whatLiesOutsideIsReflected() {
    const Image image = places(32, 32);
    for (uint32_t i = 0; i < 200; ++i) {
      const Image out = once(image, Augment::Cifar, 32, i);
      const bool flip = red(out, 10, 0) > red(out, 20, 0);
      const int left = red(out, flip ? 31 - 10 : 10, 16) - 10, top = green(out, 16, 10) - 10;
      for (int64_t y = 0; y < 32; ++y) {
        const int64_t at = std::abs(y + top);
        QCOMPARE(int64_t{green(out, 3, y)}, at > 31 ? 62 - at : at);
      }
      for (int64_t x = 0; x < 32; ++x) {
        const int64_t at = std::abs((flip ? 31 - x : x) + left);
        QCOMPARE(int64_t{red(out, x, 3)}, at > 31 ? 62 - at : at);
      }
    }
  }

  /// Of 512 x 300 pixels, the crop is 300 * 224 / S squared with S of 256 .. 384: 175 to 262 pixels, anywhere,
  /// unflipped.
  void imagenetCutsASquareOfTheResizedImage() {
    const Image image = places(256, 150);
    int narrowest = 1000, widest = 0, leftmost = 1000, rightmost = 0, topmost = 1000, lowest = 0;
    for (uint32_t i = 0; i < 3000; ++i) {
      const Image out = once(image, Augment::Imagenet, 8, i);
      QCOMPARE(out.width, 8);
      QCOMPARE(out.height, 8);
      const int across = red(out, 7, 0) - red(out, 0, 0), down = green(out, 0, 7) - green(out, 0, 0);
      QVERIFY(across > 0 && std::abs(across - down) <= 2);  // a square, and no flip
      narrowest = std::min(narrowest, across);
      widest = std::max(widest, across);
      leftmost = std::min(leftmost, red(out, 0, 0));
      rightmost = std::max(rightmost, red(out, 7, 0));
      topmost = std::min(topmost, green(out, 0, 0));
      lowest = std::max(lowest, green(out, 0, 7));
    }
    // Middles of the outer of eight columns: 7/8 of an edge of 150 * 224 / 384 = 87.5 to 150 * 224 / 256 = 131.25
    // pixels.
    QVERIFY2(narrowest >= 75 && narrowest <= 78, std::to_string(narrowest).c_str());
    QVERIFY2(widest >= 113 && widest <= 116, std::to_string(widest).c_str());
    QVERIFY(leftmost <= 10 && rightmost >= 245 && topmost <= 10 && lowest >= 139);
  }

  void anImageSmallerThanTheCropWillDo() {
    const Image out = once(places(3, 2), Augment::Imagenet, 16, 0);
    QCOMPARE(out.width, 16);
    QCOMPARE(once(places(1, 1), Augment::Imagenet, 4, 1).rgb.size(), size_t{48});
    QCOMPARE(once(places(1, 1), Augment::Cifar, 1, 1).rgb.size(), size_t{3});
    QCOMPARE(once(places(2, 2), Augment::Cifar, 2, 1).rgb.size(), size_t{12});
  }

  void equalPlacesGiveEqualImages() {
    const Image image = places(40, 40);
    for (const Augment augment : {Augment::Cifar, Augment::Imagenet}) {
      QVERIFY(once(image, augment, 16, 3, 5) == once(image, augment, 16, 3, 5));
      std::set<std::vector<uint8_t>> different;
      for (uint32_t i = 0; i < 20; ++i)
        for (const uint64_t step : {0, 1}) different.insert(once(image, augment, 16, i, step).rgb);
      QVERIFY(different.size() > 25);
    }
  }

  void noneIsTheCentre() {
    const Image image = places(30, 20);
    QVERIFY(once(image, Augment::None, 10, 0) == squareTo(image, 10, Resize::Area));
  }
};

QTEST_APPLESS_MAIN(AugmentTest)
#include "augment_test.moc"
