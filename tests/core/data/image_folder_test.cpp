#include <QTest>
#include <set>

#include "core/base/atomic_file.h"
#include "core/data/dataset.h"
#include "core/data/image_file.h"
#include "core/data/readers.h"
#include "core/data/resize.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

Image plain(int64_t width, int64_t height, int value) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height), static_cast<uint8_t>(value))};
}

/// `count` squares of 4 x 4 in the class folder, each of its own grey.
void fill(const fs::path& folder, int count, int first = 0) {
  fs::create_directories(folder);
  for (int i = 0; i < count; ++i) writePng(folder / (std::to_string(100 + i) + ".png"), plain(4, 4, first + i));
}

std::string messageOf(const fs::path& folder, const DataSpec& spec) {
  return sentenceOf([&] { readImageFolder(folder, spec, 1, {}); });
}

}  // namespace

class ImageFolderTest : public QObject {
  Q_OBJECT

  TempFolder cache_;

 private slots:
  void initTestCase() { qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(cache_.path().string())); }

  /// Of many pictures only a few are ever in memory.
  void picturesAreReadFromAFile() {
    const TempFolder folder;
    fs::create_directories(folder / "a");
    for (int i = 0; i < 400; ++i) {
      Image image = plain(50, 40, i % 256);
      image.rgb[0] = static_cast<uint8_t>(i / 256);
      writePng(folder / "a" / (std::to_string(1000 + i) + ".png"), image);
    }
    const DataSpec spec{.side = 64, .resize = Resize::Bilinear};  // 4.9 MB decoded
    largestAllocation = 0;
    const ImageSet images = readImageFolder(folder.path(), spec, 1, {}).train;
    QVERIFY2(largestAllocation < 3 << 20, std::to_string(largestAllocation).c_str());
    QCOMPARE(images.count, 400);
    QVERIFY(images.rgb.empty());
    for (const int64_t i : {0, 255, 256, 399}) {
      const Image expected =
          squareTo(readImage(folder / "a" / (std::to_string(1000 + i) + ".png")), 64, Resize::Bilinear);
      QVERIFY(std::ranges::equal(images.image(i), expected.rgb));
    }
  }

  void theyAreDecodedOnceUntilAFileChanges() {
    const TempFolder folder;
    fill(folder / "a", 3);
    const auto file = folder / "a" / "101.png";
    const auto first = [&](int64_t side) {
      return int{readImageFolder(folder.path(), {.side = side}, 1, {}).train.image(1)[0]};
    };
    QCOMPARE(first(4), 1);
    const auto time = fs::last_write_time(file);
    writePng(file, plain(4, 4, 9));
    fs::last_write_time(file, time);  // a change that leaves no trace in size and time
    QCOMPARE(first(4), 1);
    QCOMPARE(first(2), 9);  // another size is another file
    fs::last_write_time(file, time + std::chrono::seconds(1));
    QCOMPARE(first(4), 9);
  }

  /// 4 % of train/ are held out, and val/ is reported.
  void ofImagenetTheValidationFolderIsTheTestSet() {
    const TempFolder folder;
    fill(folder / "train" / "n01", 20);
    fill(folder / "val" / "n01", 5, 100);
    const DataSpec spec{.name = "imagenet", .path = folder.path(), .side = 4, .validationShare = 0.1};
    const Dataset data = loadDataset(spec, 1);
    QCOMPARE(data.train.count, 18);
    QCOMPARE(data.validation.count, 2);
    QCOMPARE(data.test.count, 5);
    QCOMPARE(int{data.test.image(0)[0]}, 100);
    QCOMPARE(loadDataset({.name = "images", .path = folder.path(), .side = 4}, 1).validation.count, 5);
  }

  void imagesBesideEachOtherAreNoSplit() {
    const TempFolder folder;
    fill(folder / "train" / "a", 4);
    fill(folder / "val", 2);
    const RawDataset data = readImageFolder(folder.path(), {.side = 4}, 1, {});
    QCOMPARE(data.validation.count, 0);
    QVERIFY(has(data.warnings.at(0), (folder / "val").string()));
  }

  void classesSplitsAndPicturesAreFound() {
    const DataSpec spec{.side = 16};
    const RawDataset data = readImageFolder(kGolden / "datasets/imagefolder", spec, 1, {});
    QCOMPARE(data.classNames, (std::vector<std::string>{"ant", "bee", "crow"}));
    QCOMPARE(data.train.labels,
             (std::vector<int32_t>{0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));  // no hidden, no text files
    QCOMPARE(data.validation.labels, (std::vector<int32_t>{0, 1, 2, 2}));
    QCOMPARE(data.test.count, 0);
    const Image first = squareTo(readImage(kGolden / "datasets/imagefolder/train/ant/img_0001.png"), 16, Resize::Area);
    QVERIFY(std::ranges::equal(data.train.image(0), first.rgb));
    QCOMPARE(data.warnings.size(), size_t{4});
    QVERIFY(has(data.warnings[0], "train/.hidden"));
    QVERIFY(has(data.warnings[1], "notes.txt"));
    QVERIFY(has(data.warnings[2], "exif_orientation6.jpg"));
    QVERIFY(has(data.warnings[3], "3 of 18"));
  }

  void theFoldersOwnValidationIsUsed() {
    const Dataset data = loadDataset({.name = "images", .path = kGolden / "datasets/imagefolder", .side = 8}, 1);
    QCOMPARE(data.train.count, 14);
    QCOMPARE(data.validation.count, 4);
  }

  void withoutSplitsClassesLieInTheRoot() {
    const TempFolder folder;
    fill(folder / "b", 6, 50);
    fill(folder / "a" / "deep", 4);
    const Dataset data = loadDataset({.name = "images", .path = folder.path(), .side = 0, .validationShare = 0.2}, 1);
    QCOMPARE(data.classNames, (std::vector<std::string>{"a", "b"}));
    QCOMPARE(data.train.count, 8);
    QCOMPARE(data.validation.count, 2);
    for (int64_t i = 0; i < 8; ++i)
      QCOMPARE(data.train.labels[static_cast<size_t>(i)], data.train.image(i)[0] >= 50 ? 1 : 0);
  }

  void theLimitIsDrawnBySeed() {
    const TempFolder folder;
    fill(folder / "a", 60);
    const auto greys = [&](uint64_t seed) {
      const ImageSet images = readImageFolder(folder.path(), {.side = 4, .limit = 20}, seed, {}).train;
      std::set<uint8_t> set;
      for (int64_t i = 0; i < images.count; ++i) set.insert(images.image(i)[0]);
      return set;
    };
    QCOMPARE(greys(1).size(), size_t{20});
    QVERIFY(greys(1) == greys(1));
    QVERIFY(greys(1) != greys(2));
    QVERIFY(*greys(1).rbegin() > 40);
  }

  void badImagesAreNamedAndSkippedUpToTheShare() {
    const TempFolder folder;
    fill(folder / "a", 9);
    writeFileAtomically(folder / "a" / "104x.png", "no picture");
    const RawDataset data = readImageFolder(folder.path(), {.side = 4, .badImageShare = 0.1}, 1, {});
    QCOMPARE(data.train.count, 9);
    for (int64_t i = 0; i < 9; ++i) QCOMPARE(int64_t{data.train.image(i)[0]}, i);  // the gap is closed
    QCOMPARE(data.warnings.size(), size_t{1});
    QVERIFY(has(data.warnings[0], "104x.png"));
    const std::string message = messageOf(folder.path(), {.side = 4, .badImageShare = 0.09});
    QVERIFY2(has(message, "104x.png") && has(message, "data.badImageShare"), message.c_str());
  }

  void foldersOfBrokenPicturesAreRefused() {
    QVERIFY(has(messageOf(kGolden / "broken/imagefolder_one_bad", {.side = 8}), "1.png"));
    QCOMPARE(
        readImageFolder(kGolden / "broken/imagefolder_one_bad", {.side = 8, .badImageShare = 0.5}, 1, {}).train.count,
        1);
    QVERIFY(readImageFolder(kGolden / "broken/imagefolder_no_classes", {.side = 8}, 1, {}).train.labels.empty());
    const RawDataset empty = readImageFolder(kGolden / "broken/imagefolder_empty_class", {.side = 8}, 1, {});
    QCOMPARE(empty.classNames, std::vector<std::string>{"a"});
    QVERIFY(has(empty.warnings.at(0), "imagefolder_empty_class/b"));
  }

  void withSideZeroAllImagesMustBeEqualSquares() {
    const TempFolder folder;
    fill(folder / "a", 3);
    QCOMPARE(readImageFolder(folder.path(), {.side = 0}, 1, {}).train.width, 4);
    writePng(folder / "a" / "200.png", plain(5, 5, 1));
    const std::string mixed = messageOf(folder.path(), {.side = 0});
    QVERIFY2(has(mixed, "200.png") && has(mixed, "data.side"), mixed.c_str());
    fs::remove(folder / "a" / "200.png");
    writePng(folder / "a" / "001.png", plain(6, 4, 1));
    const std::string oblong = messageOf(folder.path(), {.side = 0});
    QVERIFY2(has(oblong, "001.png") && has(oblong, "data.side"), oblong.c_str());
  }

  void withSideZeroAndNothingDecodableTheReasonIsGiven() {
    const TempFolder folder;
    fs::create_directories(folder / "a");
    writeFileAtomically(folder / "a" / "1.png", "no picture");
    QVERIFY(has(messageOf(folder.path(), {.side = 0, .badImageShare = 1}), "1.png"));
  }

  void aClassThatTrainingLacksIsRefused() {
    const TempFolder folder;
    fill(folder / "train" / "a", 2);
    fill(folder / "val" / "z", 2);
    const std::string message = messageOf(folder.path(), {.side = 4});
    QVERIFY2(has(message, (folder / "val" / "z").string()), message.c_str());
  }

  void aStopIsHeard() {
    const TempFolder folder;
    fill(folder / "a", 20);
    const Control stop({.report = [](int64_t done, int64_t) {
      if (done >= 3) throw Stopped();
    }});
    QVERIFY_THROWS_EXCEPTION(Stopped, readImageFolder(folder.path(), {.side = 4}, 1, stop));
  }

  void missingFoldersAreNamed() { QVERIFY(has(messageOf("/nowhere/at all", {}), "/nowhere/at all")); }
};

QTEST_APPLESS_MAIN(ImageFolderTest)
#include "image_folder_test.moc"
