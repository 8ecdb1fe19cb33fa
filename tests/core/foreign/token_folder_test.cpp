#include "core/foreign/token_folder.h"

#include <QTest>
#include <set>

#include "core/data/labels.h"
#include "core/foreign/token_file.h"
#include "core/formats/npy.h"
#include "tests/support/broken_files.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;
const fs::path kLayout = kGolden / "tokenized/openai_layout";
const fs::path kPalette = kGolden / "kmeans_centers.npy";

}  // namespace

class TokenFolderTest : public QObject {
  Q_OBJECT
 private slots:
  void theReleasedLayoutIsReadAsItIs() {
    const TokenDataset data = readTokenDataset(kLayout, kPalette);
    QCOMPARE(data.side, 8);
    QCOMPARE(data.train.count, 32);
    QCOMPARE(data.validation.count, 8);
    QCOMPARE(data.test.count, 8);
    QCOMPARE(data.classNames.size(), size_t{10});
    QVERIFY(data.palette == loadPalette(kPalette));
    for (const auto& [part, set] : {std::pair{"tr", &data.train}, {"va", &data.validation}, {"te", &data.test}}) {
      const auto ids = readNpy(kLayout / (std::string("cifar10_") + part + "X.npy")).toIntegers();
      QVERIFY(std::equal(ids.begin(), ids.end(), set->ids.begin(), set->ids.end()));
      QVERIFY(std::ranges::equal(set->labels,
                                 readLabels(kLayout / (std::string("cifar10_") + part + "Y.npy"), set->count)));
    }
    const auto labels = readNpy(kGolden / "tokenized/labels.npy").toIntegers();
    QVERIFY(std::ranges::equal(data.train.labels, labels));
  }

  void thePaletteBesideOrAboveIsTaken() {
    const TempFolder folder;
    fs::copy(kLayout, folder / "sets");
    const std::string missing = sentenceOf([&] { readTokenDataset(folder / "sets", {}); });
    QVERIFY2(has(missing, "kmeans_centers.npy") && has(missing, "palette.path"), missing.c_str());
    fs::copy_file(kPalette, folder / "kmeans_centers.npy");
    QCOMPARE(readTokenDataset(folder / "sets", {}).palette.size(), 512);
    savePalette(folder / "sets/kmeans_centers.npy", Palette({{0, 0, 0}, {1, 1, 1}}));
    const std::string outside = sentenceOf([&] { readTokenDataset(folder / "sets", {}); });
    QVERIFY2(has(outside, "cifar10_trX.npy"), outside.c_str());  // it has colours that this palette has not
  }

  void ofSeveralSetsOneMustBeNamed() {
    const TempFolder folder;
    fs::copy(kLayout, folder.path(), fs::copy_options::recursive);
    fs::copy_file(kPalette, folder / "kmeans_centers.npy");
    for (const char* part : {"trX", "trY"})
      fs::copy_file(kLayout / (std::string("cifar10_") + part + ".npy"),
                    folder / (std::string("imagenet_") + part + ".npy"));
    const std::string several = sentenceOf([&] { readTokenDataset(folder.path(), {}); });
    QVERIFY2(has(several, "cifar10 and imagenet"), several.c_str());
    QCOMPARE(readTokenDataset(folder / "imagenet", {}).test.count, 0);
    QCOMPARE(readTokenDataset(folder / "cifar10", {}).test.count, 8);
    QVERIFY(has(sentenceOf([&] { readTokenDataset(folder / "mnist", {}); }), "mnist_trX.npy"));
  }

  void aSingleFileWillDo() {
    const TokenDataset plain = readTokenDataset(kGolden / "tokenized/trX_int64.npy", kPalette);
    QCOMPARE(plain.train.count, 32);
    QVERIFY(plain.train.labels.empty() && plain.classNames.empty());
    const TokenDataset archive = readTokenDataset(kGolden / "npz/tokens.npz", kPalette);
    QVERIFY(archive.train.ids == plain.train.ids);
    QVERIFY(std::ranges::equal(archive.train.labels, readLabels(kGolden / "tokenized/labels.npy", 32)));
  }

  /// As with images: the same seed holds out the same share, and the final run trains on all but the test images.
  void splitsAreThoseOfImages() {
    const TempFolder folder;
    fs::copy(kLayout, folder.path(), fs::copy_options::recursive);
    const DataSpec spec{.name = "tokens", .path = folder.path(), .validationShare = 0.25};
    QCOMPARE(loadTokenDataset(spec, kPalette, 1).validation.count, 8);  // its own
    DataSpec fold = spec;
    fold.foldValidation = true;
    const TokenDataset folded = loadTokenDataset(fold, kPalette, 1);
    QCOMPARE(folded.train.count, 40);
    QCOMPARE(folded.train.labels.size(), size_t{40});
    QVERIFY(folded.validation.ids == folded.test.ids);
    fs::remove(folder / "cifar10_vaX.npy");
    const TokenDataset one = loadTokenDataset(spec, kPalette, 1), two = loadTokenDataset(spec, kPalette, 2);
    QCOMPARE(one.train.count, 24);
    QCOMPARE(one.validation.count, 8);
    QVERIFY(one.validation.ids != two.validation.ids);
    std::multiset<std::pair<std::vector<Token>, int32_t>> parts, all;
    const auto collect = [](const TokenSet& set, auto& to) {
      for (int64_t i = 0; i < set.count; ++i)
        to.emplace(std::vector<Token>(set.image(i).begin(), set.image(i).end()), set.labels[static_cast<size_t>(i)]);
    };
    collect(one.train, parts);
    collect(one.validation, parts);
    collect(readTokenDataset(folder.path(), kPalette).train, all);
    QVERIFY(parts == all);
    fs::remove(folder / "cifar10_teX.npy");
    QVERIFY(has(sentenceOf([&] { loadTokenDataset(fold, kPalette, 1); }), "data.foldValidation"));
    DataSpec resized = spec;
    resized.side = 32;
    QVERIFY(has(sentenceOf([&] { loadTokenDataset(resized, kPalette, 1); }), "data.side"));
  }

  void whatIsWrittenIsReadBack() {
    const TokenDataset data = readTokenDataset(kLayout, kPalette);
    const TempFolder folder;
    writeTokenPart(folder / "own_trX.npy", folder / "own_trY.npy", data.train, 10, {});
    for (const char* part : {"X", "Y"}) {  // byte for byte as NumPy wrote it
      const NpyArray ours = readNpy(folder / (std::string("own_tr") + part + ".npy"));
      const NpyArray theirs = readNpy(kLayout / (std::string("cifar10_tr") + part + ".npy"));
      QCOMPARE(ours.describe(), theirs.describe());
      QVERIFY(ours.bytes == theirs.bytes);
    }
  }

  void manyImagesAreWrittenWhole() {
    TokenSet set{.count = 600, .length = 4};
    for (int64_t i = 0; i < 2400; ++i) set.ids.push_back(static_cast<Token>(i % 511));
    const TempFolder folder;
    writeTokenPart(folder / "x_trX.npy", folder / "x_trY.npy", set, 0, {});
    QVERIFY(readTokens(folder / "x_trX.npy", 512).ids == set.ids);
    QVERIFY(!fs::exists(folder / "x_trY.npy"));
  }

  void partsThatDoNotBelongTogetherAreRefused() {
    const TempFolder folder;
    fs::copy(kLayout, folder.path(), fs::copy_options::recursive);
    fs::remove(folder / "cifar10_teY.npy");
    writeNpy<uint8_t>(folder / "cifar10_teX.npy", std::array<int64_t, 2>{1, 4}, std::vector<uint8_t>(4));
    const std::string message = sentenceOf([&] { readTokenDataset(folder.path(), kPalette); });
    QVERIFY2(has(message, "do not belong together"), message.c_str());
  }

  void classesOfSomePartsAreOfNoUse() {
    const TempFolder folder;
    fs::copy(kLayout, folder.path(), fs::copy_options::recursive);
    fs::remove(folder / "cifar10_vaY.npy");
    const TokenDataset data = readTokenDataset(folder.path(), kPalette);
    QVERIFY(data.train.labels.empty() && data.test.labels.empty() && data.classNames.empty());
    QVERIFY2(data.warnings.size() == 1 && has(data.warnings[0], "not every part has classes"), "no warning");
  }

  /// The numbers that occur are the classes, however large.
  void classesAreTheNumbersThatOccur() {
    const TempFolder folder;
    for (const char* part : {"trX", "trY"})
      fs::copy_file(kLayout / (std::string("cifar10_") + part + ".npy"), folder / (std::string("x_") + part + ".npy"));
    std::vector<int32_t> labels(32, 0);
    labels[3] = 1'000'000'000;
    writeNpy<int32_t>(folder / "x_trY.npy", std::array<int64_t, 1>{32}, labels);
    const TokenDataset data = readTokenDataset(folder.path(), kPalette);
    QCOMPARE(data.classNames, (std::vector<std::string>{"0", "1000000000"}));
    QCOMPARE(data.train.labels[3], 1);
    QCOMPARE(std::ranges::count(data.train.labels, 0), 31);
  }

  void brokenTokensAreRefusedByName() {
    int seen = 0;
    for (const char* kind : {"npy/tokens_", "npy/labels_"})
      for (const BrokenFile& broken : brokenFiles(kind)) {
        ++seen;
        const bool tokens = std::string_view(kind).ends_with("tokens_");
        const TempFolder folder;
        fs::copy_file(tokens ? broken.file : kGolden / "tokenized/trX.npy", folder / "x_trX.npy");
        fs::copy_file(tokens ? kGolden / "tokenized/trY.npy" : broken.file, folder / "x_trY.npy");
        const std::string message = sentenceOf([&] { readTokenDataset(folder.path(), kPalette); });
        QVERIFY2(message.starts_with(folder.path().string()), (broken.what + ": " + message).c_str());
      }
    QCOMPARE(seen, 7);
  }

  void brokenPalettesAreRefusedByName() {
    for (const BrokenFile& broken : brokenFiles("npy/palette_")) {
      if (!broken.mustBeRefused) continue;  // levels of 0..255, which are taken for that
      const std::string message = sentenceOf([&] { readTokenDataset(kLayout, broken.file); });
      QVERIFY2(message.starts_with(broken.file.string()), (broken.what + ": " + message).c_str());
    }
  }
};

QTEST_APPLESS_MAIN(TokenFolderTest)
#include "token_folder_test.moc"
