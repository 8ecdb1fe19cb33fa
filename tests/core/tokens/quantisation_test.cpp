#include "core/tokens/quantisation.h"

#include <QTest>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"

using namespace scanline;

namespace {

const std::filesystem::path kGolden = SCANLINE_GOLDEN;

/// 255 levels a unit of palettes apart, so that colours have whole levels.
Colour levels(double red, double green, double blue) {
  const auto unit = [](double level) { return static_cast<float>(level / 127.5 - 1); };
  return {unit(red), unit(green), unit(blue)};
}

}  // namespace

class QuantisationTest : public QObject {
  Q_OBJECT
 private slots:
  /// Two pixels, counted by hand: 10 away in red, 3 and 4 in blue.
  void channelsAreCountedApart() {
    const Palette palette({levels(0, 0, 0), levels(200, 100, 50)});
    const ImageSet images{.count = 1, .width = 2, .height = 1, .rgb = {10, 0, 3, 200, 100, 54}, .labels = {}};
    const auto error = quantisationError(images, tokenize(images, palette), palette);
    QCOMPARE(error.meanSquare[0], 50.0);
    QCOMPARE(error.meanSquare[1], 0.0);
    QCOMPARE(error.meanSquare[2], 12.5);
    QCOMPARE(error.overall(), 62.5 / 3);
  }

  /// Against the decoded colours of the reference palette, in one go over all bytes.
  void agreesWithTheDecodedReference() {
    const auto rgb = readNpy(kGolden / "tokenized/rgb.npy").values<uint8_t>();
    const auto decoded = readNpy(kGolden / "tokenized/decoded.npy").values<uint8_t>();
    const ImageSet images{.count = 32, .width = 8, .height = 8, .rgb = rgb, .labels = {}};
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const auto error = quantisationError(images, tokenize(images, palette), palette);
    QVERIFY(std::abs(error.overall() - meanSquareError(rgb, decoded)) < 1e-9);
    QVERIFY(error.overall() > 1);
  }

  /// More images than a thread takes at a time; each is counted once.
  void threadsAndProgressChangeNothing() {
    const Palette palette({levels(0, 0, 0), levels(200, 100, 50)});
    ImageSet images{.count = 700, .width = 2, .height = 1, .rgb = {}, .labels = {}};
    for (int i = 0; i < 700 * 6; ++i) images.rgb.push_back(static_cast<uint8_t>(i * i % 251));
    const TokenSet tokens = tokenize(images, palette);
    int64_t told = 0;
    const auto error =
        quantisationError(images, tokens, palette, 2,
                          Control({.report = [&](int64_t done, int64_t total) { told = total == 700 ? done : -1; }}));
    QCOMPARE(told, 700);
    QVERIFY(error.meanSquare == quantisationError(images, tokens, palette).meanSquare);
    QVERIFY(error.overall() > 0);
    QVERIFY_THROWS_EXCEPTION(Stopped,
                             quantisationError(images, tokens, palette, 1, Control({.mayGoOn = [] { return false; }})));
  }

  void coloursAreCountedInTheFirstImages() {
    const TokenSet tokens{.count = 3, .length = 2, .ids = {0, 2, 2, 2, 1, 1}, .labels = {}, .file = {}};
    QVERIFY(countColours(tokens, 4, 2) == (std::vector<int64_t>{1, 0, 3, 0}));
    QVERIFY(countColours(tokens, 4, 99) == (std::vector<int64_t>{1, 2, 3, 0}));
  }

  void nothingIsLostWithEveryColour() {
    const Palette palette({levels(0, 0, 0), levels(255, 255, 255)});
    const ImageSet images{.count = 2, .width = 1, .height = 1, .rgb = {0, 0, 0, 255, 255, 255}, .labels = {}};
    const auto error = quantisationError(images, tokenize(images, palette), palette);
    QCOMPARE(error.overall(), 0.0);
    QVERIFY(std::isinf(psnr(error.overall())));
  }

  void noImageIsNoError() {
    const Palette palette({levels(0, 0, 0), levels(255, 255, 255)});
    const auto error = quantisationError({}, {}, palette);
    QCOMPARE(error.overall(), 0.0);
    QCOMPARE(meanSquareError({}, {}), 0.0);
  }

  void perplexityCountsEvenCodes() {
    QVERIFY(std::abs(perplexity({5, 5, 5, 5, 0, 0}) - 4) < 1e-12);
    QVERIFY(std::abs(perplexity({9, 0, 0}) - 1) < 1e-12);
    QCOMPARE(perplexity({}), 0.0);
    QCOMPARE(perplexity({0, 0}), 0.0);
  }

  void psnrIsInDecibels() {
    QCOMPARE(psnr(255.0 * 255.0), 0.0);
    QVERIFY(std::abs(psnr(65.025) - 30) < 1e-9);  // 255^2 / 10^3
  }
};

QTEST_GUILESS_MAIN(QuantisationTest)
#include "quantisation_test.moc"
