#include "core/tokens/palette.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <set>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/formats/npy.h"
#include "core/tokens/tokens.h"
#include "tests/support/broken_files.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

/// One picture of `pixels` random colours around `blobs` colours.
ImageSet blobs(int64_t pixels, int64_t count, uint64_t seed) {
  RandomStream random(seed, Purpose::Weights);
  std::vector<std::array<double, 3>> middles(static_cast<size_t>(count));
  for (auto& m : middles) m = {40 + 175 * random.uniform(), 40 + 175 * random.uniform(), 40 + 175 * random.uniform()};
  ImageSet images{.count = 1, .width = pixels, .height = 1, .rgb = {}, .labels = {}};
  for (int64_t i = 0; i < pixels; ++i)
    for (const double m : middles[random.below(middles.size())])
      images.rgb.push_back(static_cast<uint8_t>(std::clamp(m + 8 * random.normal(), 0.0, 255.0)));
  return images;
}

/// Mean squared distance of a pixel to its palette colour, in units of 0..255.
double distortion(const ImageSet& images, const Palette& palette) {
  const TokenSet tokens = tokenize(images, palette);
  double sum = 0;
  for (size_t i = 0; i < tokens.ids.size(); ++i)
    for (size_t c = 0; c < 3; ++c)
      sum += std::pow(127.5 * (palette.colours()[tokens.ids[i]][c] + 1) - images.rgb[3 * i + c], 2);
  return sum / static_cast<double>(tokens.ids.size());
}

}  // namespace

class PaletteTest : public QObject {
  Q_OBJECT
 private slots:
  void nearestColourIsTheReference() {
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const auto rgb = readNpy(kGolden / "tokenized/rgb.npy").values<uint8_t>();
    const auto ids = readNpy(kGolden / "tokenized/ids.npy").values<int64_t>();
    for (size_t i = 0; i < ids.size(); ++i)
      QCOMPARE(int64_t{palette.nearest(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2])}, ids[i]);
  }

  void tiesGoToTheLowerIndex() {
    const Palette palette({{0.5F, 0, 0}, {-0.5F, 0, 0}, {-0.5F, 0, 0}, {0.5F, 0, 0}});
    QCOMPARE(palette.nearest(0, 0, 0), Token{1});
    QCOMPARE(palette.nearest(255, 0, 0), Token{0});
  }

  void coloursComeBackAsBytes() {
    const Palette palette({{-1, 1, 0}, {0.00392F, -0.99999F, 0.99999F}});
    QCOMPARE(palette.rgb(0), (std::array<uint8_t, 3>{0, 255, 128}));  // rint takes 127.5 to the even number
    QCOMPARE(palette.rgb(1), (std::array<uint8_t, 3>{128, 0, 255}));
  }

  void impossiblePalettesAreRefused() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    QVERIFY_THROWS_EXCEPTION(Error, Palette({}));
    QVERIFY_THROWS_EXCEPTION(Error, Palette({{0, 0, 0}}));
    QVERIFY_THROWS_EXCEPTION(Error, Palette(std::vector<Colour>(4097)));
    QVERIFY_THROWS_EXCEPTION(Error, Palette({{0, 0, 0}, {0, 1.001F, 0}}));
    QVERIFY_THROWS_EXCEPTION(Error, Palette({{0, 0, 0}, {0, nan, 0}}));
    Palette(std::vector<Colour>(4096));
  }

  void fewColoursAreTakenAsTheyAreDarkestFirst() {
    ImageSet images{.count = 1, .width = 5, .height = 1, .rgb = {}, .labels = {}};
    for (const int grey : {200, 16, 200, 255, 0}) images.rgb.insert(images.rgb.end(), 3, static_cast<uint8_t>(grey));
    const Palette palette = fitPalette(images, 4, 1000, 10, 1, 1);
    QCOMPARE(palette.size(), 4);
    for (const auto& [token, grey] : {std::pair{0, 0}, {1, 16}, {2, 200}, {3, 255}})
      QCOMPARE(int{palette.rgb(static_cast<Token>(token))[1]}, grey);
    QCOMPARE(fitPalette(images, 3, 1000, 10, 1, 1).size(), 3);
  }

  /// Even when so few pixels are drawn that they cannot have enough colours.
  void thePaletteHasAsManyColoursAsAskedFor() {
    const Palette palette = fitPalette(blobs(2000, 5, 1), 100, 50, 10, 1, 1);
    QCOMPARE(palette.size(), 100);
    std::set<std::vector<float>> different;
    for (const Colour& c : palette.colours()) different.insert({c.begin(), c.end()});
    QCOMPARE(different.size(), size_t{100});
  }

  void clustersAreFound() {
    const ImageSet images = blobs(20000, 6, 3);
    const double spread = 3 * 8 * 8;  // of the pixels around their blob
    // k-means may settle in a local minimum with so few centres; with twice as many every blob must have one.
    QVERIFY(distortion(images, fitPalette(images, 12, 100000, 100, 1, 2)) < spread);
    QVERIFY(distortion(images, fitPalette(images, 2, 100000, 100, 1, 2)) > 5 * spread);
  }

  /// The start is drawn by squared distance: a draw by frequency alone would never see the three rare colours.
  void rareFarColoursGetACentre() {
    ImageSet images = blobs(20000, 1, 2);
    const std::array<std::array<uint8_t, 3>, 3> rare{{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}}};
    for (const auto& rgb : rare)
      for (int i = 0; i < 40; ++i) std::ranges::copy(rgb, images.rgb.begin() + 3 * (rgb[1] + 2 * rgb[2] + i));
    const Palette palette = fitPalette(images, 12, 100000, 1, 1, 1);
    for (const auto& [red, green, blue] : rare) {
      const auto [r, g, b] = palette.rgb(palette.nearest(red, green, blue));
      QVERIFY(std::abs(r - red) + std::abs(g - green) + std::abs(b - blue) < 60);
    }
  }

  /// Centres that lose all their pixels on the way are put to use again.
  void noCentreStaysEmpty() {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const ImageSet images = blobs(400, 3, seed);
      const Palette palette = fitPalette(images, 60, 400, 1000, seed, 1);
      std::set<Token> used;
      for (const Token token : tokenize(images, palette).ids) used.insert(token);
      QCOMPARE(used.size(), size_t{60});
    }
  }

  /// Lloyd's algorithm ends where every centre is the mean of its pixels.
  void centresAreTheMeansOfTheirPixels() {
    const ImageSet images = blobs(5000, 4, 8);
    const Palette palette = fitPalette(images, 16, 5000, 10000, 2, 2);
    const TokenSet tokens = tokenize(images, palette);
    std::vector<std::array<double, 4>> sums(16);
    for (size_t i = 0; i < tokens.ids.size(); ++i) {
      for (size_t c = 0; c < 3; ++c) sums[tokens.ids[i]][c] += images.rgb[3 * i + c];
      ++sums[tokens.ids[i]][3];
    }
    for (size_t k = 0; k < sums.size(); ++k) {
      QVERIFY(sums[k][3] > 0);
      for (size_t c = 0; c < 3; ++c) {
        const double mean = sums[k][c] / sums[k][3] / 127.5 - 1;
        QVERIFY(std::abs(mean - palette.colours()[k][c]) < 1e-6);
      }
    }
  }

  void moreIterationsAreNoWorse() {
    const ImageSet images = blobs(20000, 40, 4);
    double last = std::numeric_limits<double>::infinity();
    for (const int64_t iterations : {1, 3, 10, 100}) {
      const double now = distortion(images, fitPalette(images, 32, 100000, iterations, 1, 2));
      QVERIFY2(now <= last, qPrintable(QString("%1 after %2").arg(now).arg(last)));
      last = now;
    }
  }

  void threadsDoNotChangeTheResultButTheSeedDoes() {
    const ImageSet images = blobs(30000, 20, 5);
    const Palette one = fitPalette(images, 64, 10000, 20, 1, 1);
    QVERIFY(one == fitPalette(images, 64, 10000, 20, 1, 2));
    QVERIFY(one == fitPalette(images, 64, 10000, 20, 1, 7));
    QVERIFY(!(one == fitPalette(images, 64, 10000, 20, 2, 1)));
  }

  void imagesOfOneColourAndNoImagesAreRefused() {
    const ImageSet white{.count = 1, .width = 2, .height = 1, .rgb = std::vector<uint8_t>(6, 255), .labels = {}};
    QVERIFY_THROWS_EXCEPTION(Error, fitPalette(white, 8, 100, 10, 1, 1));
    QVERIFY_THROWS_EXCEPTION(Error, fitPalette({}, 8, 100, 10, 1, 1));
  }

  void aStopIsHeard() {
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, fitPalette(blobs(2000, 5, 1), 8, 1000, 10, 1, 1, stop.get_token()));
  }

  void palettesSurviveTheDisk() {
    const TempFolder folder;
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    savePalette(folder / "palette.npy", palette);
    QVERIFY(loadPalette(folder / "palette.npy") == palette);
  }

  /// The same colours in every unit that people write them in; the assumption is said.
  void palettesInOtherUnitsAreNoticed() {
    const TempFolder folder;
    const std::vector<float> right{-1, -1, -1, 1, -1, 1, -0.2F, 0.6F, 1};
    const auto load = [&](auto values) {
      writeNpy(folder / "p.npy", std::array<int64_t, 2>{3, 3},
               std::span<const typename decltype(values)::value_type>(values));
      std::vector<std::string> warnings;
      const Palette palette = loadForeignPalette(folder / "p.npy", warnings);
      for (size_t i = 0; i < right.size(); ++i)
        if (std::abs(palette.colours()[i / 3][i % 3] - right[i]) > 1e-6) return -1;
      return static_cast<int>(warnings.size());
    };
    QCOMPARE(load(right), 0);
    std::vector<float> shares, levels;
    std::vector<uint8_t> bytes;
    std::vector<double> doubles;
    for (const float value : right) {
      shares.push_back((value + 1) / 2);
      doubles.push_back((value + 1) / 2);
      levels.push_back((value + 1) * 127.5F);
      bytes.push_back(static_cast<uint8_t>(std::lround((value + 1) * 127.5F)));
    }
    QCOMPARE(load(shares), 1);
    QCOMPARE(load(doubles), 1);
    QCOMPARE(load(levels), 1);
    QCOMPARE(load(bytes), 1);
    std::vector<std::string> warnings;
    for (const std::vector<float>& bad :
         {std::vector<float>{0, 0, 0, 256, 0, 0}, {-2, 0, 0, 1, 1, 1}, {-1, 0, 0, 200, 1, 1}, {NAN, 0, 0, 1, 1, 1}}) {
      writeNpy(folder / "p.npy", std::array<int64_t, 2>{2, 3}, std::span<const float>(bad));
      QVERIFY_THROWS_EXCEPTION(Error, loadForeignPalette(folder / "p.npy", warnings));
    }
    QVERIFY(loadForeignPalette(kGolden / "kmeans_centers.npy", warnings) ==
            loadPalette(kGolden / "kmeans_centers.npy"));
    QVERIFY(warnings.empty());
  }

  void brokenPalettesAreRefusedByName() {
    int seen = 0;
    for (const BrokenFile& broken : brokenFiles("npy/palette_")) {
      try {
        loadPalette(broken.file);
        QFAIL(broken.file.c_str());  // colours of 0..255 too: they must never be taken as -1..1
      } catch (const Error& error) {
        QVERIFY2(std::string_view(error.what()).starts_with(broken.file.string()), error.what());
      }
      std::vector<std::string> warnings;
      if (broken.mustBeRefused)
        QVERIFY_THROWS_EXCEPTION(Error, loadForeignPalette(broken.file, warnings));
      else
        loadForeignPalette(broken.file, warnings);
      QCOMPARE(warnings.size(), size_t{broken.mustBeRefused ? 0U : 1U});
      ++seen;
    }
    QCOMPARE(seen, 6);
  }
};

QTEST_APPLESS_MAIN(PaletteTest)
#include "palette_test.moc"
