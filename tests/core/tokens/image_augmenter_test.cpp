#include "core/tokens/image_augmenter.h"

#include <QTest>
#include <set>

#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/image_file.h"
#include "core/tokens/tokens.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

std::vector<Token> tokensOf(const Augmenter& augmenter, int64_t row, uint64_t seed, int64_t step, int64_t place,
                            size_t length) {
  std::vector<Token> out(length);
  augmenter.tokens(row, seed, step, place, out);
  return out;
}

}  // namespace

class ImageAugmenterTest : public QObject {
  Q_OBJECT
 private slots:
  /// Resume needs it: the look of an image depends on its arguments and on nothing that happened before.
  void tokensAreAFunctionOfTheirArguments() {
    const DataSpec spec{.name = "cifar10", .path = kGolden / "datasets", .augment = Augment::Cifar};
    const Dataset data = loadDataset(spec, 1);
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const auto one = makeImageAugmenter(spec, 32, {data.train, {}}, palette, 2);
    const auto other = makeImageAugmenter(spec, 32, {data.train, {}}, palette, 1);
    const auto first = tokensOf(*one, 3, 1, 10, 5, 1024);
    std::set<std::vector<Token>> different{first};
    for (const auto& [row, seed, step, place] :
         {std::tuple{4, 1U, 10, 5}, {3, 2U, 10, 5}, {3, 1U, 11, 5}, {3, 1U, 10, 6}})
      different.insert(tokensOf(*one, row, seed, step, place, 1024));
    QCOMPARE(different.size(), size_t{5});
    QVERIFY(tokensOf(*other, 3, 1, 10, 5, 1024) == first);
  }

  /// Somewhere among the 162 ways is the image as it is.
  void theImageItselfIsOneOfThem() {
    const DataSpec spec{.name = "cifar10", .path = kGolden / "datasets", .augment = Augment::Cifar};
    const Dataset data = loadDataset(spec, 1);
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const auto augmenter = makeImageAugmenter(spec, 32, {data.train, {}}, palette, 2);
    const TokenSet plain = tokenize(data.train, palette);
    bool found = false;
    for (int64_t place = 0; place < 2000 && !found; ++place)
      found = std::ranges::equal(tokensOf(*augmenter, 7, 1, 0, place, 1024), plain.image(7));
    QVERIFY(found);
  }

  /// A crop of the 96 x 96 pixels of STL-10, not of the 16 x 16 that training sees.
  void cropsAreTakenFromTheImagesAsTheyCome() {
    const DataSpec spec{.name = "stl10", .path = kGolden / "datasets", .side = 16, .augment = Augment::Imagenet};
    const Dataset data = loadDataset(spec, 1);
    QCOMPARE(data.trainSource.count, data.train.count);
    QCOMPARE(data.trainSource.width, 96);
    QCOMPARE(loadDataset({.name = "stl10", .path = kGolden / "datasets", .side = 16}, 1).trainSource.count, 0);
  }

  /// The files of an image folder are decoded again, rows in the order of the training images.
  void filesAreReadAgain() {
    const TempFolder folder;
    fs::create_directories(folder / "a");
    for (int i = 0; i < 10; ++i)  // each of one grey, and so is every cut of it
      writePng(folder / "a" / (std::to_string(i) + ".png"),
               {20, 20, std::vector<uint8_t>(1200, static_cast<uint8_t>(20 * i))});
    const DataSpec spec{.name = "images", .path = folder.path(), .side = 8, .augment = Augment::Imagenet};
    const Dataset data = loadDataset(spec, 1);
    QCOMPARE(std::ssize(data.trainFiles), data.train.count);
    std::vector<Colour> greys;
    for (int i = 0; i < 10; ++i) {
      const auto grey = static_cast<float>(20 * i / 127.5 - 1);
      greys.push_back({grey, grey, grey});
    }
    const Palette palette(greys);
    const TokenSet plain = tokenize(data.train, palette);
    const auto augmenter = makeImageAugmenter(spec, 8, {{}, data.trainFiles}, palette, 1);
    for (int64_t row = 0; row < plain.count; ++row)
      QVERIFY(std::ranges::equal(tokensOf(*augmenter, row, 1, 0, 0, 64), plain.image(row)));
    fs::remove(data.trainFiles[0]);
    QVERIFY_THROWS_EXCEPTION(Error, tokensOf(*augmenter, 0, 1, 0, 0, 64));
  }
};

QTEST_APPLESS_MAIN(ImageAugmenterTest)
#include "image_augmenter_test.moc"
