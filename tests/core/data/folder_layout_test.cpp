// Folders of pictures as people have them: the names of splits, links, folders of the system, files that are no
// pictures.
#include <unistd.h>

#include <QTest>
#include <atomic>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/image_file.h"
#include "core/data/missing_files.h"
#include "core/data/readers.h"
#include "core/data/split_folders.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kPictures = fs::path(SCANLINE_GOLDEN) / "pictures";

/// `count` squares of 4 x 4 in the folder, each of its own grey.
void fill(const fs::path& folder, int count, int first = 0) {
  fs::create_directories(folder);
  for (int i = 0; i < count; ++i)
    writePng(folder / (std::to_string(100 + i) + ".png"),
             {4, 4, std::vector<uint8_t>(48, static_cast<uint8_t>(first + i))});
}

RawDataset read(const fs::path& folder, DataSpec spec = {.side = 4}) {
  spec.path = folder;
  return readImageFolder(folder, spec, 1, {});
}

std::string messageOf(const fs::path& folder) {
  return sentenceOf([&] { read(folder); });
}

std::string joined(const std::vector<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) text += warning + "\n";
  return text;
}

using Texts = std::vector<std::string>;

}  // namespace

class FolderLayoutTest : public QObject {
  Q_OBJECT

  TempFolder cache_;

 private slots:
  void initTestCase() { qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(cache_.path().string())); }

  void splitsAreKnownInEveryUsualForm() {
    for (const char* name : {"train", "Train", "TRAIN", "Training", "seg_train", "train2017", "train_images",
                             "Training Set", "ILSVRC2012_img_train", "trainset", "train-data", "01_train", "TrainSet"})
      QVERIFY2(splitOfName(name) == Split::Train, name);
    for (const char* name : {"val", "Val", "valid", "Validation", "dev", "val2017", "validation_set"})
      QVERIFY2(splitOfName(name) == Split::Validation, name);
    for (const char* name : {"test", "Test", "Testing", "seg_test", "test2017", "TEST_IMAGES", "test1"})
      QVERIFY2(splitOfName(name) == Split::Test, name);
    for (const char* name : {"cat", "trainer", "bullet-train", "train-test", "contest", "2017", "", "тест"})
      QVERIFY2(!splitOfName(name), name);
  }

  void splitsOfOtherSpellingsAreRead_data() {
    QTest::addColumn<QString>("train");
    QTest::addColumn<QString>("validation");
    QTest::addColumn<QString>("test");
    QTest::newRow("capitals") << "Training"
                              << ""
                              << "Testing";
    QTest::newRow("mixed") << "train"
                           << ""
                           << "Test";
    QTest::newRow("years") << "train2017"
                           << "val2017"
                           << "test2017";
    QTest::newRow("all") << "TRAIN"
                         << "dev"
                         << "TEST";
    QTest::newRow("twice") << "seg_train/seg_train"
                           << ""
                           << "seg_test/seg_test";
    QTest::newRow("own word") << "birds_train"
                              << "birds_valid"
                              << "birds_test";
    QTest::newRow("inside") << "archive/train"
                            << "archive/val"
                            << "archive/test";
  }
  void splitsOfOtherSpellingsAreRead() {
    QFETCH(QString, train);
    QFETCH(QString, validation);
    QFETCH(QString, test);
    const TempFolder folder;
    int first = 0;
    for (const QString& split : {train, validation, test}) {
      if (!split.isEmpty()) {
        fill(folder / split.toStdString() / "cat", 3, first);
        fill(folder / split.toStdString() / "dog", 2, first + 20);
      }
      first += 50;
    }
    const RawDataset data = read(folder.path());
    QCOMPARE(data.classNames, (Texts{"cat", "dog"}));
    QCOMPARE(data.train.labels, (std::vector<int32_t>{0, 0, 0, 1, 1}));
    QCOMPARE(data.validation.count, validation.isEmpty() ? 0 : 5);
    QCOMPARE(data.test.labels, (std::vector<int32_t>{0, 0, 0, 1, 1}));
    QCOMPARE(int{data.test.image(4)[0]}, 121);
  }

  void aClassMayBeCalledLikeASplit() {
    const TempFolder folder;
    for (const char* name : {"bus", "train", "tractor", "Test"}) fill(folder / name, 3);
    const RawDataset data = read(folder.path());
    QCOMPARE(data.classNames, (Texts{"Test", "bus", "tractor", "train"}));
    QCOMPARE(data.train.count, 12);
    QCOMPARE(data.test.count, 0);
    QVERIFY(data.warnings.empty());
    fs::create_directory_symlink("..", folder / "train" / "round");  // is no class folder in it
    QCOMPARE(read(folder.path()).train.count, 12);
    const TempFolder splits;  // also inside of splits
    for (const char* name : {"bus", "train", "val"})
      for (const char* split : {"Train", "Val"}) fill(splits / split / name, 2);
    QCOMPARE(read(splits.path()).classNames, (Texts{"bus", "train", "val"}));
    QCOMPARE(read(splits.path()).validation.count, 6);
  }

  /// Pictures side by side have no classes; a class folder beside them makes them strays again.
  void picturesWithoutClassFoldersHaveNoClasses() {
    const TempFolder folder;
    fill(folder.path(), 5);
    fs::create_directories(folder / "empty");
    const RawDataset flat = read(folder.path());
    QCOMPARE(flat.train.count, 5);
    QVERIFY(flat.train.labels.empty() && flat.classNames.empty());
    QCOMPARE(flat.train.image(3)[0], uint8_t{3});
    QVERIFY2(!has(joined(flat.warnings), "beside the class folders"), joined(flat.warnings).c_str());
    DataSpec spec{.name = "images", .path = folder.path()};
    QVERIFY(missingFiles(spec).empty());
    spec.name = "imagenet";
    QVERIFY(!missingFiles(spec).empty());
    QVERIFY_THROWS_EXCEPTION(Error, read(folder.path(), {.name = "imagenet", .side = 4}));
    fill(folder / "cat", 2);
    QCOMPARE(read(folder.path()).train.count, 2);
    QCOMPARE(read(folder.path()).train.labels.size(), size_t{2});
    QVERIFY(has(joined(read(folder.path()).warnings), "beside the class folders"));
    const TempFolder none;
    QVERIFY2(has(messageOf(none.path()), "no images"), messageOf(none.path()).c_str());
  }

  void layoutsThatAreNoneAreSaid() {
    const TempFolder flat;
    fill(flat / "train", 3);
    fill(flat / "test", 3);
    QVERIFY2(has(messageOf(flat.path()), "side by side"), messageOf(flat.path()).c_str());
    const TempFolder noTrain;
    fill(noTrain / "Testing" / "cat", 3);
    fill(noTrain / "other" / "cat", 3);
    QVERIFY2(has(messageOf(noTrain.path()), "Testing"), messageOf(noTrain.path()).c_str());
    const TempFolder two;
    fill(two / "train" / "cat", 3);
    fill(two / "Training" / "cat", 3);
    QVERIFY(has(messageOf(two.path()), "train") && has(messageOf(two.path()), "Training"));
    const TempFolder unknown;
    fill(unknown / "train" / "cat", 3);
    fill(unknown / "holdout" / "cat", 3);
    fill(unknown / "train", 1);  // beside the classes
    const std::string warnings = joined(read(unknown.path()).warnings);
    QVERIFY2(has(warnings, (unknown / "holdout").string()), warnings.c_str());
    QVERIFY2(has(warnings, (unknown / "train").string() + " itself, 1 in number"), warnings.c_str());
    const TempFolder inner;
    fill(inner / "cat" / "train", 3);
    fill(inner / "cat" / "test", 3);
    fill(inner / "dog" / "train", 3);
    const RawDataset data = read(inner.path());
    QCOMPARE(data.train.count, 9);
    QVERIFY(has(joined(data.warnings), (inner / "cat" / "test").string()));
  }

  void picturesAreFoundByContentAndOthersCounted() {
    const TempFolder folder;
    fill(folder / "a", 2);
    int i = 0;
    for (const char* name : {"plain.webp", "plain.tif", "plain.gif", "plain.bmp", "turned6.png"})
      fs::copy_file(kPictures / name, folder / "a" / ("x" + std::to_string(i++)));
    for (const char* ending : {"jfif", "JPE"})
      fs::copy_file(fs::path(SCANLINE_GOLDEN) / "datasets/imagefolder/train/ant/q444.jpeg",
                    folder / "a" / (std::string("y.") + ending));
    for (const char* name : {"a.heic", "b.heic", "notes.txt", "README"})
      writeFileAtomically(folder / "a" / name, "no picture");
    writeFileAtomically(folder / "a" / ".hidden", "no picture");
    const RawDataset data = read(folder.path());
    QCOMPARE(data.train.count, 9);
    const std::string warnings = joined(data.warnings);
    QVERIFY2(has(warnings, "with .heic (2, such as") && has(warnings, "with .txt (1,") &&
                 has(warnings, "without an ending (1,"),
             warnings.c_str());
  }

  void foldersOfTheSystemAreLeftOut() {
    const TempFolder folder;
    fill(folder / "a", 4);
    for (const char* name :
         {"lost+found", "@eaDir", ".thumbnails", "System Volume Information", "__MACOSX", ".ipynb_checkpoints"}) {
      fill(folder / name, 1);
      fill(folder / "a" / name, 1);
    }
    const RawDataset data = read(folder.path());
    QCOMPARE(data.classNames, Texts{"a"});
    QCOMPARE(data.train.count, 4);
    QVERIFY(has(joined(data.warnings), (folder / "@eaDir").string()));
  }

  /// As root everything can be read.
  void foldersThatCannotBeReadAreLeftOut() {
    const TempFolder folder;
    fill(folder / "a", 4);
    fill(folder / "b", 1);
    fill(folder / "a" / "deep", 1);
    for (const fs::path& closed : {folder / "b", folder / "a" / "deep"}) fs::permissions(closed, fs::perms::none);
    if (::access((folder / "b").c_str(), R_OK) == 0) QSKIP("run as root");
    const RawDataset data = read(folder.path());
    for (const fs::path& closed : {folder / "b", folder / "a" / "deep"}) fs::permissions(closed, fs::perms::owner_all);
    QCOMPARE(data.classNames, Texts{"a"});
    QCOMPARE(data.train.count, 4);
    QVERIFY(has(joined(data.warnings), (folder / "a" / "deep").string()));
  }

  void linksAreFollowedAndCirclesEnteredOnce() {
    const TempFolder folder, real;
    fill(real / "cats", 3);
    fill(real / "more", 2, 50);
    fs::create_directories(folder / "set" / "b");
    fs::create_directory_symlink(real / "cats", folder / "set" / "a");
    fs::create_directory_symlink(real / "more", folder / "set" / "b" / "more");
    fs::create_directory_symlink(folder / "set", folder / "set" / "b" / "round");      // the root
    fs::create_directory_symlink(real / "cats", real / "cats" / "again");              // itself
    fs::create_directory_symlink(real / "more", folder / "set" / "b" / "more twice");  // entered once
    fs::create_symlink("nowhere.png", folder / "set" / "b" / "dead.png");
    fs::create_directory_symlink(folder / "set", folder / "link");
    for (const char* place : {"set", "link"}) {
      const RawDataset data = read(folder / place);
      QCOMPARE(data.classNames, (Texts{"a", "b"}));
      QCOMPARE(data.train.labels, (std::vector<int32_t>{0, 0, 0, 1, 1}));
      QVERIFY2(has(joined(data.warnings), "dead.png"), joined(data.warnings).c_str());
    }
  }

  void turnedAndTransparentPicturesAreSaidAndCached() {
    const TempFolder folder;
    fs::create_directories(folder / "a");
    for (const char* name : {"turned3.png", "turned8.webp", "transparent.webp"})
      fs::copy_file(kPictures / name, folder / "a" / name);
    const auto pixels = [&](const char* background, int64_t image) {
      const RawDataset data = read(folder.path(), {.name = "images", .side = 3, .background = background});
      const auto bytes = data.train.image(image);
      return std::vector<uint8_t>(bytes.begin(), bytes.end());
    };
    QVERIFY(pixels("white", 1) == pixels("white", 2));  // the same picture, turned in two ways
    QVERIFY(pixels("white", 0) != pixels("black", 0));  // not those that were decoded before
    QVERIFY(pixels("white", 1) == pixels("black", 1));
    const std::string warnings = joined(read(folder.path(), {.side = 3}).warnings);
    QVERIFY2(has(warnings, "EXIF orientation in the file says: 2 of 3") && has(warnings, "turned3.png"),
             warnings.c_str());
    QVERIFY2(has(warnings, "Laid over white (data.background)") && has(warnings, "1 of 3"), warnings.c_str());
  }

  void pointersOfGitLfsAreSaidOnce() {
    const TempFolder folder;
    fs::create_directories(folder / "a");
    for (int i = 0; i < 30; ++i)
      writeFileAtomically(folder / "a" / (std::to_string(i) + ".jpg"),
                          "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n");
    const std::string message = messageOf(folder.path());
    QVERIFY2(
        has(message, folder.path().string()) && has(message, "git lfs pull") && !has(message, "data.badImageShare"),
        message.c_str());
  }

  void aStopIsHeardWhileFoldersAreListed() {
    const TempFolder folder;
    fs::create_directories(folder / "a");
    for (int i = 0; i < 1500; ++i) writeFileAtomically(folder / "a" / std::to_string(i), "");
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, readImageFolder(folder.path(), {.side = 4}, 1, stop.get_token()));
  }

  /// Not only between chunks: one of large pictures takes many seconds.
  void aStopIsHeardBetweenTwoPictures() {
    const TempFolder folder;
    fill(folder / "a", 200);  // less than a chunk
    std::atomic<int> asked = 0;
    const Control control({.mayGoOn = [&] { return ++asked < 20; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, readImageFolder(folder.path(), {.side = 3}, 1, control));
    QVERIFY(asked < 40);
  }

  void missingFilesAreNamed() {
    const TempFolder folder;
    const auto missing = [&](const char* name, const fs::path& path) {
      return missingFiles({.name = name, .path = path.string()});
    };
    for (int i = 1; i <= 4; ++i) writeFileAtomically(folder / ("data_batch_" + std::to_string(i) + ".bin"), "");
    QCOMPARE(missing("cifar10", folder.path()), (Texts{"data_batch_5.bin", "test_batch.bin"}));
    QCOMPARE(missing("cifar100", folder.path()), (Texts{"train.bin", "test.bin"}));
    QCOMPARE(missing("mnist", folder.path()), (Texts{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"}));
    QCOMPARE(missing("images", folder.path()).size(), size_t{1});
    QCOMPARE(missing("tokens", folder.path()).size(), size_t{1});
    QCOMPARE(missing("npy", folder / "a.npz"), Texts{(folder / "a.npz").string()});
    QVERIFY(missing("digits", "").empty());
    const fs::path sets = fs::path(SCANLINE_GOLDEN) / "datasets";
    for (const auto& [name, path] : {std::pair{"cifar10", "cifar-10-batches-bin"},
                                     {"cifar100", "cifar-100-binary"},
                                     {"stl10", "stl10_binary"},
                                     {"mnist", "mnist"},
                                     {"mnist", "mnist-gz"},
                                     {"images", "imagefolder"}})
      QVERIFY2(missing(name, sets / path).empty(), path);
    QVERIFY(missing("stl10", sets).empty());  // the folder around it will do
    try {
      loadDataset({.name = "cifar10", .path = folder.path().string()}, 1);
      QFAIL("read");
    } catch (const Error& error) {
      QVERIFY2(has(error.what(), "data_batch_5.bin, test_batch.bin") && has(error.what(), folder.path().string()),
               error.what());
    }
  }
};

QTEST_APPLESS_MAIN(FolderLayoutTest)
#include "folder_layout_test.moc"
