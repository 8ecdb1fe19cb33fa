#include "core/run/paint_mask.h"

#include <QtTest>
#include <cmath>

#include "core/base/error.h"

using namespace scanline;

namespace {

std::string drawn(const PaintMask& mask, int64_t across) {
  std::string text;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (i > 0 && static_cast<int64_t>(i) % across == 0) text += '/';
    text += mask[i] != 0 ? '#' : '.';
  }
  return text;
}

}  // namespace

class PaintMaskTest : public QObject {
  Q_OBJECT
 private slots:
  void presetsPaintTheirPart();
  void everyPresetPaintsSomethingOfEverySize();
  void randomPixelsAreASeedsAndAsManyAsAsked();
  void whatIsGivenTooLateIsCounted();
  void faultsAreSentences();
};

void PaintMaskTest::presetsPaintTheirPart() {
  QCOMPARE(drawn(presetMask("lower", 3, 4), 3), std::string(".../.../###/###"));
  QCOMPARE(drawn(presetMask("upper", 3, 4, 0.25), 3), std::string("###/.../.../..."));
  QCOMPARE(drawn(presetMask("left", 4, 2), 4), std::string("##../##.."));
  QCOMPARE(drawn(presetMask("right", 4, 2, 0.25), 4), std::string("...#/...#"));
  QCOMPARE(drawn(presetMask("centre", 4, 4), 4), std::string("..../.##./.##./...."));
  QCOMPARE(drawn(presetMask("checkerboard", 3, 2), 3), std::string(".#./#.#"));
  QCOMPARE(paintedPixels(presetMask("lower", 5, 4, 1)), 20);
}

void PaintMaskTest::everyPresetPaintsSomethingOfEverySize() {
  for (const auto name : maskPresets())
    for (const int64_t across : {1, 2, 7})
      for (const int64_t down : {1, 3, 8})
        for (const double share : {1e-9, 0.3, 1.0}) {
          const PaintMask mask = presetMask(name, across, down, share);
          QCOMPARE(std::ssize(mask), across * down);
          QVERIFY2(paintedPixels(mask) > 0, std::string(name).c_str());
          checkMask(mask, across * down);
        }
}

void PaintMaskTest::randomPixelsAreASeedsAndAsManyAsAsked() {
  const PaintMask one = presetMask("random", 16, 16, 0.3, 5);
  QCOMPARE(paintedPixels(one), 77);  // 76.8
  QVERIFY(one == presetMask("random", 16, 16, 0.3, 5));
  QVERIFY(one != presetMask("random", 16, 16, 0.3, 6));
}

void PaintMaskTest::whatIsGivenTooLateIsCounted() {
  QCOMPARE(givenAfterPainted(presetMask("lower", 4, 4)), 0);
  QCOMPARE(givenAfterPainted(presetMask("upper", 4, 4)), 8);
  QCOMPARE(givenAfterPainted(presetMask("centre", 4, 4)), 7);
  QCOMPARE(givenAfterPainted(PaintMask(4)), 0);
}

void PaintMaskTest::faultsAreSentences() {
  QVERIFY_THROWS_EXCEPTION(Error, presetMask("lowest", 4, 4));
  QVERIFY_THROWS_EXCEPTION(Error, presetMask("lower", 4, 4, 0));
  QVERIFY_THROWS_EXCEPTION(Error, presetMask("lower", 4, 4, 1.5));
  QVERIFY_THROWS_EXCEPTION(Error, presetMask("random", 4, 4, std::nan("")));
  QVERIFY_THROWS_EXCEPTION(Error, checkMask(PaintMask(16), 16));
  QVERIFY_THROWS_EXCEPTION(Error, checkMask(PaintMask(15, 1), 16));
}

QTEST_GUILESS_MAIN(PaintMaskTest)
#include "paint_mask_test.moc"
