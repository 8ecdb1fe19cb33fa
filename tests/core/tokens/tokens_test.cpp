#include "core/tokens/tokens.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/random.h"
#include "core/formats/npy.h"
#include "tests/core/tokens/mapped_tokens.h"
#include "tests/support/sentence_of.h"

using namespace scanline;

namespace {

const std::filesystem::path kGolden = SCANLINE_GOLDEN;

ImageSet reference() {
  return {.count = 32,
          .width = 8,
          .height = 8,
          .rgb = readNpy(kGolden / "tokenized/rgb.npy").values<uint8_t>(),
          .labels = {}};
}

ImageSet noise(int64_t count, uint64_t seed) {
  RandomStream random(seed, Purpose::Weights);
  ImageSet images{.count = count, .width = 16, .height = 16, .rgb = {}, .labels = {}};
  for (int64_t i = 0; i < count * 3 * 256; ++i) images.rgb.push_back(static_cast<uint8_t>(random.below(256)));
  return images;
}

std::string refusal(const TokenSet& tokens, int64_t paletteSize) {
  return sentenceOf([&] { checkTokens(tokens, paletteSize, "the training images"); });
}

}  // namespace

class TokensTest : public QObject {
  Q_OBJECT
 private slots:
  void tokensAreTheReference() {
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const TokenSet tokens = tokenize(reference(), palette);
    QCOMPARE(tokens.count, 32);
    QCOMPARE(tokens.length, 64);
    const auto ids = readNpy(kGolden / "tokenized/ids.npy").toIntegers();
    QVERIFY(std::equal(ids.begin(), ids.end(), tokens.ids.begin(), tokens.ids.end()));
  }

  void decodedPicturesAreTheReference() {
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const TokenSet tokens = tokenize(reference(), palette);
    const Image image = toImage(tokens.ids, palette, 8);
    QCOMPARE(image.height, 32 * 8);
    QCOMPARE(image.rgb, readNpy(kGolden / "tokenized/decoded.npy").values<uint8_t>());
  }

  /// The search by cells finds the same as looking at every colour.
  void theFastSearchIsExact_data() {
    QTest::addColumn<int>("size");
    for (const int size : {2, 17, 512, 4096}) QTest::newRow(std::to_string(size).c_str()) << size;
  }
  void theFastSearchIsExact() {
    QFETCH(int, size);
    RandomStream random(static_cast<uint64_t>(size), Purpose::Mask);
    std::vector<Colour> colours(static_cast<size_t>(size));
    for (size_t k = 0; k < colours.size(); ++k)
      for (float& value : colours[k])  // some in clusters, some on the faces of cells, some twice
        value = k % 3 == 0 ? static_cast<float>(random.below(33)) / 16 - 1
                           : static_cast<float>(0.3 * random.uniform() - 0.5);
    const Palette palette(std::move(colours));
    const ImageSet images = noise(size > 1000 ? 4 : 30, 6);
    const TokenSet tokens = tokenize(images, palette, 2);
    for (size_t i = 0; i < tokens.ids.size(); ++i)
      QCOMPARE(tokens.ids[i], palette.nearest(images.rgb[3 * i], images.rgb[3 * i + 1], images.rgb[3 * i + 2]));
  }

  void threadsDoNotChangeTheResult() {
    const Palette palette = loadPalette(kGolden / "kmeans_centers.npy");
    const ImageSet images = noise(600, 2);  // more than one chunk
    QVERIFY(tokenize(images, palette, 1).ids == tokenize(images, palette, 3).ids);
  }

  /// In memory and in a file; of several the first is named.
  void aTokenAboveThePaletteIsNamed() {
    const QTemporaryDir folder;
    TokenSet tokens{.count = 500, .length = 4};
    tokens.ids.assign(2000, 7);
    const auto mapped = [&] { return mappedCopy(tokens, folder.filePath("ids").toStdString()); };
    checkTokens(tokens, 8, "the training images");
    checkTokens(mapped(), 8, "the training images");
    checkTokens(TokenSet{}, 8, "the test images");
    tokens.ids[4 * 321 + 2] = 8;
    tokens.ids[4 * 499] = 60000;
    for (const TokenSet& set : {tokens, mapped()}) {
      const std::string sentence = refusal(set, 8);
      QVERIFY2(sentence.starts_with("Image 321 of the training images has the token 8 (at position 2)"),
               sentence.c_str());
      QVERIFY(sentence.find("0 to 7") != std::string::npos);
      QVERIFY(refusal(set, 9).starts_with("Image 499 of the training images has the token 60000"));
      QVERIFY(refusal(set, 4096).find("4096 colours") != std::string::npos);
    }
  }

  void labelsComeAlong() {
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    ImageSet images = noise(2, 1);
    images.labels = {7, 3};
    QCOMPARE(tokenize(images, palette).labels, images.labels);
    QCOMPARE(tokenize({}, palette).count, 0);
  }
};

QTEST_APPLESS_MAIN(TokensTest)
#include "tokens_test.moc"
