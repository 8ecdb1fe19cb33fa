// The readers of fixed formats, against the values that other software reads from the same files, and against broken
// ones.
#include "core/data/readers.h"

#include <zlib.h>

#include <QTest>
#include <array>
#include <fstream>
#include <map>
#include <sstream>

#include "core/base/error.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kDatasets = fs::path(SCANLINE_GOLDEN) / "datasets";
constexpr std::array<std::string_view, 10> kNames{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

/// A row of expected.csv.
struct Expected {
  int32_t label = -1;
  std::string name;
  int64_t width = 0, height = 0, channels = 0;
  uint32_t crc = 0;
};

/// All rows of one file, in order.
std::vector<Expected> expectedOf(const std::string& dataset, const std::string& file) {
  std::ifstream table(kDatasets / "expected.csv");
  std::vector<Expected> rows;
  for (std::string line; std::getline(table, line);) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    if (cells[0] != dataset || cells[1] != file) continue;
    rows.push_back({std::stoi(cells[3]), cells[5], std::stoll(cells[6]), std::stoll(cells[7]), std::stoll(cells[8]),
                    static_cast<uint32_t>(std::stoul(cells[9], nullptr, 16))});
  }
  return rows;
}

/// Compares images `first` and on with the rows of a file.
void compare(const ImageSet& images, int64_t first, const std::vector<Expected>& rows) {
  QVERIFY(!rows.empty());
  QVERIFY(images.count >= first + std::ssize(rows));
  for (const Expected& row : rows) {
    const auto pixels = images.image(first);
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < pixels.size(); i += row.channels == 1 ? 3 : 1) bytes.push_back(pixels[i]);
    QCOMPARE(images.width, row.width);
    QCOMPARE(images.height, row.height);
    QCOMPARE(images.labels[static_cast<size_t>(first)], row.label);
    QCOMPARE(static_cast<uint32_t>(crc32(0, bytes.data(), static_cast<uInt>(bytes.size()))), row.crc);
    ++first;
  }
}

RawDataset readByFormat(const std::string& format, const fs::path& folder) {
  if (format == "cifar10") return readCifar10(folder);
  if (format == "cifar100") return readCifar100(folder);
  if (format == "stl10") return readStl10(folder);
  return readIdx(folder, kNames);
}

}  // namespace

class ReadersTest : public QObject {
  Q_OBJECT
 private slots:
  void cifar10IsReadAsItIs() {
    const RawDataset data = readCifar10(kDatasets / "cifar-10-batches-bin");
    QCOMPARE(data.train.count, 100);
    QCOMPARE(data.test.count, 20);
    QCOMPARE(data.classNames[9], std::string("truck"));
    for (int batch = 0; batch < 5; ++batch)
      compare(data.train, 20 * batch, expectedOf("cifar10", "data_batch_" + std::to_string(batch + 1) + ".bin"));
    compare(data.test, 0, expectedOf("cifar10", "test_batch.bin"));
    QCOMPARE(data.warnings.size(), size_t{6});  // these are samples, and nobody should take them for the whole
  }

  void cifar100IsReadAsItIs() {
    const RawDataset data = readCifar100(kDatasets / "cifar-100-binary");
    QCOMPARE(data.train.count, 20);
    compare(data.train, 0, expectedOf("cifar100", "train.bin"));
    compare(data.test, 0, expectedOf("cifar100", "test.bin"));
    QCOMPARE(data.classNames[static_cast<size_t>(data.train.labels[1])], expectedOf("cifar100", "train.bin")[1].name);
  }

  void stl10IsReadAsItIs() {
    const RawDataset data = readStl10(kDatasets / "stl10_binary");
    compare(data.train, 0, expectedOf("stl10", "train_X.bin"));
    compare(data.test, 0, expectedOf("stl10", "test_X.bin"));
    QCOMPARE(data.train.count, 3);
    QCOMPARE(data.test.count, 2);
    QCOMPARE(data.classNames[static_cast<size_t>(data.train.labels[2])], expectedOf("stl10", "train_X.bin")[2].name);
  }

  void theFolderAboveWillDo() { QCOMPARE(readCifar10(kDatasets).train.count, 100); }

  void idxIsReadAsItIs_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("dataset");
    QTest::newRow("plain") << "mnist"
                           << "mnist";
    QTest::newRow("gz") << "mnist-gz"
                        << "mnist";
    QTest::newRow("fashion gz") << "fashion-mnist-gz"
                                << "fashion-mnist";
  }
  void idxIsReadAsItIs() {
    QFETCH(QString, folder);
    QFETCH(QString, dataset);
    const RawDataset data = readIdx(kDatasets / folder.toStdString(), kNames);
    QCOMPARE(data.train.count, 30);
    QCOMPARE(data.test.count, 10);
    compare(data.train, 0, expectedOf(dataset.toStdString(), "train-images-idx3-ubyte"));
    compare(data.test, 0, expectedOf(dataset.toStdString(), "t10k-images-idx3-ubyte"));
    QVERIFY(data.warnings.empty());
  }

  void withoutTestFilesThereAreNoTestImages() {
    const TempFolder folder;
    for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"})
      fs::copy_file(kDatasets / "mnist" / name, folder / name);
    const RawDataset data = readIdx(folder.path(), kNames);
    QCOMPARE(data.train.count, 30);
    QCOMPARE(data.test.count, 0);
    QCOMPARE(data.warnings.size(), size_t{1});
    fs::copy_file(kDatasets / "mnist/t10k-images-idx3-ubyte", folder / "t10k-images-idx3-ubyte");
    QVERIFY_THROWS_EXCEPTION(Error, readIdx(folder.path(), kNames));  // half a test set is a mistake
  }

  /// Names with a dot, as in some copies of MNIST.
  void namesWithADotAreFound() {
    const TempFolder folder;
    fs::copy_file(kDatasets / "mnist/train-images-idx3-ubyte", folder / "train-images.idx3-ubyte");
    fs::copy_file(kDatasets / "mnist/train-labels-idx1-ubyte", folder / "train-labels.idx1-ubyte");
    QCOMPARE(readIdx(folder.path(), kNames).train.count, 30);
  }

  void brokenFilesAreRefusedByName_data() {
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("refused");
    for (const char* format : {"cifar10", "cifar100", "stl10", "idx"})
      for (const BrokenFile& broken : brokenFiles(std::string(format) + "/"))
        if (broken.what.find("fold ") != 0)  // folds are not read
          QTest::addRow("%s: %s", format, broken.what.c_str())
              << format << QString::fromStdString(broken.file.string()) << broken.mustBeRefused;
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(QString, format);
    QFETCH(QString, file);
    QFETCH(bool, refused);
    const fs::path source = fs::path(file.toStdString()).parent_path();
    // The broken file among sound ones, so that it alone can be refused.
    const TempFolder folder;
    if (format == "cifar10") fs::copy(kDatasets / "cifar-10-batches-bin", folder.path());
    for (const auto& entry : fs::directory_iterator(source))
      fs::copy_file(entry, folder / entry.path().filename(), fs::copy_options::overwrite_existing);
    largestAllocation = 0;
    try {
      const RawDataset data = readByFormat(format.toStdString(), folder.path());
      QVERIFY(!refused);
      QVERIFY(data.train.count > 0);
    } catch (const Error& error) {
      const std::string message = error.what();
      // Whose fault it is cannot always be told from two files that disagree.
      if (message.find(" lacks train_y.bin") != std::string::npos) return;
      QVERIFY2(message.find(" lacks ") == std::string::npos, message.c_str());
      const std::string images = folder / fs::path(file.toStdString()).filename(),
                        labels = folder / (format == "stl10" ? "train_y" : "train-labels");
      QVERIFY2(message.starts_with(images) || message.starts_with(labels), message.c_str());
    }
    QVERIFY2(largestAllocation < 1 << 20, "a size was believed before it was checked");
  }

  void missingFilesAreListed() {
    const TempFolder folder;
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"})
      fs::copy_file(kDatasets / "cifar-10-batches-bin" / name, folder / name);
    try {
      readCifar10(folder.path());
      QFAIL("three files are missing");
    } catch (const Error& error) {
      const std::string message = error.what();
      QVERIFY2(message.find("lacks data_batch_3.bin, data_batch_4.bin, data_batch_5.bin") != std::string::npos,
               message.c_str());
      QVERIFY(message.find("https://") != std::string::npos);
    }
    QVERIFY_THROWS_EXCEPTION(Error, readCifar10(folder / "data_batch_1.bin"));
    QVERIFY_THROWS_EXCEPTION(Error, readIdx(folder.path(), kNames));
  }
};

QTEST_APPLESS_MAIN(ReadersTest)
#include "readers_test.moc"
