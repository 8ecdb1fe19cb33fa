#include <QTest>

#include "core/base/atomic_file.h"
#include "core/data/dataset.h"
#include "core/data/readers.h"
#include "core/formats/npy.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

template <class T>
void write(const fs::path& file, std::vector<int64_t> shape, const std::vector<T>& values) {
  writeNpy(file, std::span<const int64_t>(shape), std::span<const T>(values));
}

/// 0, 1, 2, ... as T.
template <class T>
std::vector<T> counted(size_t count) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(i);
  return values;
}

std::string messageOf(const fs::path& path) {
  return sentenceOf([&] { readNpyImages(path); });
}

}  // namespace

class NpyImagesTest : public QObject {
  Q_OBJECT
 private slots:
  void numpysOwnFileIsReadAsItIs() {
    const RawDataset data = readNpyImages(kGolden / "tokenized/rgb.npy");
    QCOMPARE(data.train.count, 32);
    QCOMPARE(data.train.width, 8);
    QVERIFY(data.train.rgb == readNpy(kGolden / "tokenized/rgb.npy").values<uint8_t>());
    const auto labels = readNpy(kGolden / "tokenized/labels.npy").values<int64_t>();  // which lies beside it
    QVERIFY(std::ranges::equal(data.train.labels, labels));
  }

  /// Dates, pickled objects, structures and entries that are no arrays are not looked at; a list of texts names the
  /// classes.
  void furtherArraysDoNoHarm() {
    const RawDataset data = readNpyImages(kGolden / "npz/with_more.npz");
    QCOMPARE(data.train.count, 6);
    QCOMPARE(data.train.labels, (std::vector<int32_t>{0, 1, 0, 1, 0, 1}));
    QCOMPARE(data.classNames, (std::vector<std::string>{"cat", "dog"}));
    QVERIFY(data.warnings.empty());
  }

  void classesMayBeTexts() {
    const RawDataset data = readNpyImages(kGolden / "npz/text_classes.npz");
    QCOMPARE(data.classNames, (std::vector<std::string>{"cat", "emu", "ox"}));
    QCOMPARE(data.train.labels, (std::vector<int32_t>{2, 0, 2, 1, 1, 0}));
    QCOMPARE(data.test.labels, (std::vector<int32_t>{1, 0}));
  }

  /// In a folder, names that are more than the classes that occur, fewer, and none at all.
  void namesLieBesideTheArrays_data() {
    QTest::addColumn<QByteArray>("names");
    QTest::addColumn<QStringList>("classes");
    QTest::addColumn<int>("warnings");
    const QStringList numbers{"0", "1", "2"};
    QTest::newRow("as many") << QByteArray("antbatcow") << QStringList{"ant", "bat", "cow"} << 0;
    QTest::newRow("more") << QByteArray("antbatcowdog") << QStringList{"ant", "bat", "cow"} << 0;
    QTest::newRow("fewer") << QByteArray("antbat") << numbers << 1;
    QTest::newRow("none") << QByteArray() << numbers << 0;
  }
  void namesLieBesideTheArrays() {
    QFETCH(const QByteArray, names);
    QFETCH(const QStringList, classes);
    QFETCH(const int, warnings);
    const TempFolder folder;
    std::vector<uint8_t> levels(12);
    for (size_t i = 0; i < levels.size(); ++i) levels[i] = static_cast<uint8_t>(20 * i);  // not nearly black
    write(folder / "images.npy", {3, 2, 2}, levels);
    write<int64_t>(folder / "labels.npy", {3}, {2, 0, 1});
    if (!names.isEmpty()) {
      std::string header = npyHeader(NpyType::UInt8, std::array<int64_t, 1>{names.size() / 3});
      header.replace(header.find("|u1"), 3, "|S3");
      writeFileAtomically(folder / "class_names.npy", header + names.toStdString());
    }
    for (const fs::path& path : {folder.path(), folder / "images.npy"}) {
      const RawDataset data = readNpyImages(path);
      QStringList found;
      for (const std::string& name : data.classNames) found << QString::fromStdString(name);
      QCOMPARE(found, classes);
      QCOMPARE(data.warnings.size(), size_t(warnings));
    }
  }

  void everyLayoutGivesTheSamePictures() {
    const TempFolder folder;
    const std::vector<uint8_t> grey = counted<uint8_t>(2 * 3 * 4);
    write(folder / "a.npy", {2, 3, 4}, grey);
    write(folder / "b.npy", {2, 3, 4, 1}, grey);
    write(folder / "c.npy", {2, 1, 3, 4}, grey);
    const ImageSet first = readNpyImages(folder / "a.npy").train;
    QCOMPARE(int{first.image(1)[3 * 4 + 2]}, 16);
    for (const char* name : {"b.npy", "c.npy"}) QVERIFY(readNpyImages(folder / name).train.rgb == first.rgb);

    std::vector<uint8_t> last, planes(2 * 3 * 20);
    for (int i = 0; i < 2 * 20; ++i)
      for (int channel = 0; channel < 3; ++channel) {
        last.push_back(static_cast<uint8_t>(i * 3 + channel));
        planes[static_cast<size_t>((i / 20 * 3 + channel) * 20 + i % 20)] = last.back();
      }
    write(folder / "d.npy", {2, 4, 5, 3}, last);
    write(folder / "e.npy", {2, 3, 4, 5}, planes);
    QVERIFY(readNpyImages(folder / "d.npy").train.rgb == last);
    QVERIFY(readNpyImages(folder / "e.npy").train.rgb == last);
    QCOMPARE(readNpyImages(folder / "e.npy").train.width, 5);
  }

  void unitsAreToldByTheirRange_data() {
    QTest::addColumn<QList<float>>("values");
    QTest::addColumn<QList<int>>("levels");
    QTest::newRow("0 to 1") << QList<float>{0, 0.5F, 1, 0.25F} << QList<int>{0, 128, 255, 64};
    QTest::newRow("-1 to 1") << QList<float>{-1, 0, 1, 0.5F} << QList<int>{0, 128, 255, 191};
    QTest::newRow("0 to 255") << QList<float>{0, 7, 255, 128} << QList<int>{0, 7, 255, 128};
    for (const auto& [name, bad] :
         {std::pair{"above", 300.0F}, {"below", -2.0F}, {"fraction", 7.5F}, {"nan", NAN}, {"inf", INFINITY}})
      QTest::newRow(name) << QList<float>{0, bad, 1, 0} << QList<int>{};
  }
  void unitsAreToldByTheirRange() {
    QFETCH(QList<float>, values);
    QFETCH(QList<int>, levels);
    const TempFolder folder;
    write(folder / "x.npy", {1, 2, 2}, std::vector<float>(values.begin(), values.end()));
    if (levels.isEmpty()) {
      const std::string message = messageOf(folder / "x.npy");
      QVERIFY2(has(message, (folder / "x.npy").string()) && has(message, "uint8"), message.c_str());
      return;
    }
    const RawDataset data = readNpyImages(folder / "x.npy");
    for (int i = 0; i < 4; ++i) QCOMPARE(int{data.train.rgb[static_cast<size_t>(3 * i)]}, levels[i]);
    QCOMPARE(data.warnings.size(), size_t{levels[1] == 7 ? 0U : 1U});  // the assumption is said
  }

  void classesAndSplitsAreFoundByName() {
    const TempFolder folder;
    write(folder / "x_train.npy", {4, 2, 2}, counted<uint8_t>(16));
    write(folder / "y_train.npy", {4, 1}, std::vector<int64_t>{0, 2, 1, 2});
    write(folder / "x_test.npy", {1, 2, 2}, counted<uint8_t>(4));
    write(folder / "y_test.npy", {1, 3}, std::vector<float>{0, 0, 1});
    const RawDataset data = readNpyImages(folder.path());
    QCOMPARE(data.train.labels, (std::vector<int32_t>{0, 2, 1, 2}));
    QCOMPARE(data.test.labels, std::vector<int32_t>{2});
    QCOMPARE(data.classNames, (std::vector<std::string>{"0", "1", "2"}));
    const Dataset set = loadDataset({.name = "npy", .path = folder.path(), .validationShare = 0.25}, 1);
    QCOMPARE(set.train.count, 3);
    QCOMPARE(set.validation.count, 1);
    QCOMPARE(set.test.count, 1);
    fs::remove(folder / "y_test.npy");
    QVERIFY(has(messageOf(folder.path()), folder.path().string()));  // classes here and none there
  }

  /// The values that occur are the classes, and any numbers can be.
  void labelsAreAnyNumbers_data() {
    QTest::addColumn<QList<qint64>>("values");
    QTest::addColumn<QStringList>("names");
    QTest::addColumn<QList<int>>("labels");
    QTest::newRow("from 1") << QList<qint64>{1, 3, 2, 3} << QStringList{"1", "2", "3"} << QList<int>{0, 2, 1, 2};
    QTest::newRow("gaps") << QList<qint64>{7, 3, 7, 3} << QStringList{"3", "7"} << QList<int>{1, 0, 1, 0};
    QTest::newRow("large") << QList<qint64>{0, 2'000'000'000, 9'000'000'000'000, 0}
                           << QStringList{"0", "2000000000", "9000000000000"} << QList<int>{0, 1, 2, 0};
    QTest::newRow("signs") << QList<qint64>{-1, 1, 1, -1} << QStringList{"-1", "1"} << QList<int>{0, 1, 1, 0};
    QTest::newRow("one") << QList<qint64>{5, 5, 5, 5} << QStringList{"5"} << QList<int>{0, 0, 0, 0};
  }
  void labelsAreAnyNumbers() {
    QFETCH(QList<qint64>, values);
    QFETCH(QStringList, names);
    QFETCH(QList<int>, labels);
    const TempFolder folder;
    write(folder / "x.npy", {4, 2, 2}, counted<uint8_t>(16));
    write(folder / "y.npy", {4}, std::vector<int64_t>(values.begin(), values.end()));
    const RawDataset data = readNpyImages(folder / "x.npy");
    QCOMPARE(data.train.labels, std::vector<int32_t>(labels.begin(), labels.end()));
    QCOMPARE(std::ssize(data.classNames), names.size());
    for (int i = 0; i < names.size(); ++i)
      QCOMPARE(QString::fromStdString(data.classNames[static_cast<size_t>(i)]), names[i]);
  }

  /// A class may occur in one split alone.
  void classesAreThoseOfAllSplits() {
    const TempFolder folder;
    write(folder / "x_train.npy", {2, 2, 2}, counted<uint8_t>(8));
    write(folder / "y_train.npy", {2}, std::vector<int64_t>{9, 4});
    write(folder / "x_test.npy", {2, 2, 2}, counted<uint8_t>(8));
    write(folder / "y_test.npy", {2}, std::vector<int64_t>{6, 9});
    const RawDataset data = readNpyImages(folder.path());
    QCOMPARE(data.classNames, (std::vector<std::string>{"4", "6", "9"}));
    QCOMPARE(data.train.labels, (std::vector<int32_t>{2, 0}));
    QCOMPARE(data.test.labels, (std::vector<int32_t>{1, 2}));
  }

  void ofTooManyClassesNoneAreMade() {
    const TempFolder folder;
    write(folder / "x.npy", {70000, 1, 1}, std::vector<uint8_t>(70000, 200));
    write(folder / "y.npy", {70000}, counted<int64_t>(70000));
    QVERIFY(has(messageOf(folder / "x.npy"), "65536"));
  }

  void onesAreWhiteAndDarkImagesAreSaid() {
    const TempFolder folder;
    const auto level = [&](const auto& values) {
      write(folder / "x.npy", {1, 2, 2}, values);
      const RawDataset data = readNpyImages(folder / "x.npy");
      return std::pair(int{data.train.rgb[3]}, data.warnings.size());
    };
    QCOMPARE(level(std::vector<uint8_t>{0, 1, 1, 0}), std::pair(255, size_t{1}));
    QCOMPARE(level(std::vector<int64_t>{0, 1, 1, 0}), std::pair(255, size_t{1}));
    QCOMPARE(level(std::vector<uint8_t>{0, 16, 3, 0}), std::pair(16, size_t{1}));  // said, not changed
    QCOMPARE(level(std::vector<double>{0, 16, 3, 0}), std::pair(16, size_t{1}));
    QCOMPARE(level(std::vector<uint8_t>{0, 90, 255, 0}), std::pair(90, size_t{0}));
  }

  /// A split without dark pixels, or with nothing but dark ones, is in the unit of the others.
  void allSplitsAreInOneUnit() {
    const TempFolder folder;
    write(folder / "x_train.npy", {1, 1, 2}, std::vector<float>{-1, 1});
    write(folder / "x_test.npy", {1, 1, 2}, std::vector<float>{0, 1});
    QCOMPARE(int{readNpyImages(folder.path()).test.rgb[0]}, 128);
    write(folder / "x_train.npy", {1, 1, 2}, std::vector<uint8_t>{0, 200});
    write(folder / "x_test.npy", {1, 1, 2}, std::vector<uint8_t>{0, 1});
    QCOMPARE(int{readNpyImages(folder.path()).test.rgb[3]}, 1);
    write(folder / "x_train.npy", {1, 1, 2}, std::vector<float>{0, 200});
    write(folder / "x_test.npy", {1, 1, 2}, std::vector<float>{0, 0.5F});
    QVERIFY(has(messageOf(folder.path()), "different units"));
  }

  void whatDoesNotFitIsRefused() {
    const TempFolder folder;
    write(folder / "x.npy", {2, 4}, counted<uint8_t>(8));
    QVERIFY(has(messageOf(folder / "x.npy"), "uint8 [2, 4]"));
    write(folder / "x.npy", {2, 2, 2, 4}, counted<uint8_t>(32));
    QVERIFY(has(messageOf(folder / "x.npy"), "uint8 [2, 2, 2, 4]"));
    write(folder / "x.npy", {0, 2, 2}, std::vector<uint8_t>{});
    QVERIFY(has(messageOf(folder / "x.npy"), "x.npy"));
    write(folder / "x.npy", {2, 2, 2}, counted<uint8_t>(8));
    write(folder / "y.npy", {3}, std::vector<int32_t>{0, 1, 2});
    QVERIFY(has(messageOf(folder / "x.npy"), "y.npy"));
    write(folder / "y.npy", {2}, std::vector<int32_t>{0, -1});
    QVERIFY(has(messageOf(folder / "x.npy"), "y.npy"));
    const TempFolder empty;
    QVERIFY(has(messageOf(empty.path()), "x_train"));
  }

  /// Some of them are sound arrays of something else, and none may do more than be refused.
  void brokenFilesAreRefusedByName() {
    int seen = 0;
    for (const BrokenFile& broken : brokenFiles("npy/")) {
      ++seen;
      const TempFolder folder;  // away from files that look like its classes
      const fs::path file = folder / broken.file.filename();
      fs::copy_file(broken.file, file);
      largestAllocation = 0;
      const std::string message = messageOf(file);
      QVERIFY2(message.starts_with(file.string()), (broken.what + ": " + message).c_str());
      QVERIFY2(largestAllocation < 1 << 20, broken.what.c_str());
      QVERIFY(!fs::exists("PWNED"));
    }
    QCOMPARE(seen, 35);
  }
};

QTEST_APPLESS_MAIN(NpyImagesTest)
#include "npy_images_test.moc"
