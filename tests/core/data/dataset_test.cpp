#include "core/data/dataset.h"

#include <QTest>
#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/readers.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

std::vector<std::vector<uint8_t>> pictures(const ImageSet& images) {
  std::vector<std::vector<uint8_t>> out;
  for (int64_t i = 0; i < images.count; ++i) out.emplace_back(images.image(i).begin(), images.image(i).end());
  return out;
}

}  // namespace

class DatasetTest : public QObject {
  Q_OBJECT
 private slots:
  void theBundledDigitsAreWhatTheyShouldBe() {
    const RawDataset raw = readDigits(bundledFile("digits.csv.gz"));
    QCOMPARE(raw.train.count, 1797);
    QCOMPARE(raw.train.width, 8);
    QCOMPARE(raw.classNames.size(), size_t{10});
    // The first row of the file: label 0, ink 0 0 5 13 9 1 0 0 over the first line.
    QCOMPARE(raw.train.labels[0], 0);
    const int ink[] = {0, 0, 80, 207, 143, 16, 0, 0};  // 255 / 16 of it, rounded
    for (size_t x = 0; x < 8; ++x)
      for (size_t c = 0; c < 3; ++c) QCOMPARE(int{raw.train.rgb[3 * x + c]}, ink[x]);
    const std::set<uint8_t> greys(raw.train.rgb.begin(), raw.train.rgb.end());
    QCOMPARE(greys.size(), size_t{17});
    QCOMPARE(*greys.rbegin(), uint8_t{255});
    const int counts[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};  // of each class, as published
    for (int label = 0; label < 10; ++label)
      QCOMPARE(std::ranges::count(raw.train.labels, label), ptrdiff_t{counts[label]});
  }

  void everyImageIsInExactlyOnePart() {
    const Dataset data = loadDataset({}, 1);
    QCOMPARE(data.train.count, 1617);
    QCOMPARE(data.validation.count, 180);
    QCOMPARE(data.test.count, 0);
    QCOMPARE(std::ssize(data.train.labels), data.train.count);
    auto parts = pictures(data.train);
    const auto held = pictures(data.validation);
    parts.insert(parts.end(), held.begin(), held.end());
    auto all = pictures(readDigits(bundledFile("digits.csv.gz")).train);
    std::ranges::sort(parts);
    std::ranges::sort(all);
    QVERIFY(parts == all);
  }

  void labelsStayWithTheirImages() {
    const RawDataset raw = readDigits(bundledFile("digits.csv.gz"));
    const auto labelled = [](const ImageSet& images) {
      std::set<std::pair<std::vector<uint8_t>, int32_t>> pairs;
      for (int64_t i = 0; i < images.count; ++i)
        pairs.emplace(std::vector<uint8_t>(images.image(i).begin(), images.image(i).end()),
                      images.labels[static_cast<size_t>(i)]);
      return pairs;
    };
    const Dataset data = loadDataset({}, 3);
    const auto all = labelled(raw.train);
    QVERIFY(std::ranges::includes(all, labelled(data.train)));
    QVERIFY(std::ranges::includes(all, labelled(data.validation)));
  }

  void theSplitIsAFunctionOfTheSeed() {
    const Dataset one = loadDataset({}, 1), again = loadDataset({}, 1), two = loadDataset({}, 2);
    QVERIFY(one.train.rgb == again.train.rgb && one.validation.labels == again.validation.labels);
    QVERIFY(one.validation.rgb != two.validation.rgb);
  }

  void theLimitIsDrawnBeforeTheSplit() {
    const Dataset data = loadDataset({.limit = 100}, 1);
    QCOMPARE(data.train.count, 90);
    QCOMPARE(data.validation.count, 10);
    QVERIFY(std::set<int32_t>(data.train.labels.begin(), data.train.labels.end()).size() > 5);  // not the first hundred
    QCOMPARE(loadDataset({.limit = 5000}, 1).train.count, 1617);
    QCOMPARE(loadDataset({.validationShare = 0.001, .limit = 2}, 1).validation.count, 1);  // never none
    QCOMPARE(loadDataset({.validationShare = 0.9, .limit = 2}, 1).train.count, 1);
    QVERIFY_THROWS_EXCEPTION(Error, loadDataset({.limit = 1}, 1));
  }

  /// The final run: nothing is held out, and it validates on the test images.
  void foldingTheValidationInLeavesTheTestImagesToValidate() {
    const fs::path folder = fs::path(SCANLINE_GOLDEN) / "datasets";
    const Dataset data = loadDataset({.name = "cifar10", .path = folder, .foldValidation = true}, 1);
    const RawDataset raw = readCifar10(folder);
    QCOMPARE(data.train.count, 100);
    QVERIFY(data.train.rgb == raw.train.rgb && data.train.labels == raw.train.labels);
    QVERIFY(data.validation.rgb == raw.test.rgb && data.validation.labels == raw.test.labels);
    QVERIFY(data.test.rgb == raw.test.rgb);
    QCOMPARE(loadDataset({.name = "cifar10", .path = folder, .limit = 10, .foldValidation = true}, 1).train.count, 10);
    const std::string none = sentenceOf([] { loadDataset({.foldValidation = true}, 1); });
    QVERIFY2(has(none, "data.foldValidation") && has(none, "digits"), none.c_str());
  }

  void imagesAreBroughtToTheSide() {
    const Dataset data = loadDataset({.side = 4}, 1), whole = loadDataset({}, 1);
    QCOMPARE(data.train.width, 4);
    QCOMPARE(data.train.height, 4);
    // The mean over 2 x 2 pixels.
    const auto small = data.train.image(7), large = whole.train.image(7);
    const int sum = large[0] + large[3] + large[24] + large[27];
    QCOMPARE(int{small[0]}, (sum + 2) / 4);
    QCOMPARE(data.train.labels, whole.train.labels);
  }

  void progressReachesTheEndAndCanStop() {
    int64_t last = 0, total = 0;
    loadDataset({}, 1, Control({.report = [&](int64_t done, int64_t of) {
                  last = done;
                  total = of;
                }}));
    QCOMPARE(last, 1797);
    QCOMPARE(total, 1797);
    QVERIFY_THROWS_EXCEPTION(Stopped, loadDataset({}, 1, Control({.mayGoOn = [] { return false; }})));
  }

  void drawnRowsAreDifferentAndUniform() {
    std::vector<int> seen(20);
    for (uint64_t seed = 0; seed < 2000; ++seed) {
      const auto rows = drawImages(20, 5, seed, kDrawLimit);
      QVERIFY(std::ranges::is_sorted(rows));
      QCOMPARE(std::set<int64_t>(rows.begin(), rows.end()).size(), size_t{5});
      for (const int64_t row : rows) ++seen.at(static_cast<size_t>(row));
    }
    for (const int count : seen) QVERIFY(count > 400 && count < 600);  // 500 +- 5 standard deviations
    QVERIFY(drawImages(1000, 100, 1, kDrawLimit) != drawImages(1000, 100, 1, kDrawValidation));
  }

  void unknownNamesAndMissingPathsSayWhatToDo() {
    QVERIFY(has(sentenceOf([] { loadDataset({.name = "cifar11"}, 1); }), "cifar10"));
    QVERIFY(has(sentenceOf([] { loadDataset({.name = "cifar10"}, 1); }), "https://"));
    const std::string nowhere = sentenceOf([] { loadDataset({.name = "cifar10", .path = "/nowhere/at all"}, 1); });
    QVERIFY(has(nowhere, "/nowhere/at all") && has(nowhere, "data_batch_1.bin"));
    const TempFolder folder;
    const std::string empty = sentenceOf([&] { loadDataset({.name = "mnist", .path = folder.path()}, 1); });
    QVERIFY(has(empty, folder.path().string()) && has(empty, "t10k-labels-idx1-ubyte"));
    QVERIFY(has(sentenceOf([] { bundledFile("none.bin"); }), "SCANLINE_DATA_DIR"));
  }

  void badRowsOfDigitsAreNamed_data() {
    QTest::addColumn<QByteArray>("text");
    const QByteArray good = QByteArray("0,").repeated(64) + "3\n";
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("value 17") << good + "17," + good.mid(2);
    QTest::newRow("negative") << good + "-1," + good.mid(2);
    QTest::newRow("word") << good + "x," + good.mid(2);
    QTest::newRow("short row") << good + good.mid(2);
    QTest::newRow("long row") << good + "0," + good;
    QTest::newRow("label 10") << good + QByteArray("0,").repeated(64) + "10\n";
    QTest::newRow("blank line") << good + "\n" + good;
    QTest::newRow("cut off") << good + "0,0,0";
  }
  void badRowsOfDigitsAreNamed() {
    QFETCH(QByteArray, text);
    const TempFolder folder;
    writeFileAtomically(folder / "d.csv", text.toStdString());
    const std::string message = sentenceOf([&] { readDigits(folder / "d.csv"); });
    QVERIFY2(has(message, (folder / "d.csv").string()), message.c_str());
    if (!text.isEmpty()) QVERIFY2(has(message, "line 2"), message.c_str());
  }

  void plainDigitsWithEitherLineEndAreRead() {
    const TempFolder folder;
    const std::string row = QByteArray("16,").repeated(64).toStdString() + "9";
    writeFileAtomically(folder / "d.csv", row + "\r\n" + row);
    const RawDataset raw = readDigits(folder / "d.csv");
    QCOMPARE(raw.train.count, 2);
    QCOMPARE(raw.train.labels, (std::vector<int32_t>{9, 9}));
    QCOMPARE(raw.train.rgb, std::vector<uint8_t>(2 * 3 * 64, 255));
  }

  void everyRegisteredSetIsDescribed() {
    for (const DatasetInfo& info : datasetRegistry()) {
      QVERIFY(!info.name.empty() && !info.title.empty() && info.description.size() > 40);
      QVERIFY(info.needsPath || info.name == "digits");
    }
  }
};

QTEST_APPLESS_MAIN(DatasetTest)
#include "dataset_test.moc"
