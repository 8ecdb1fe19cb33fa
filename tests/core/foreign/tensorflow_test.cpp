#include "core/foreign/tensorflow.h"

#include <QTest>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/huggingface.h"
#include "core/formats/tensor_bundle.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

const FloatArray& arrayOf(const ForeignModel& model, const std::string& name) {
  const auto found = std::ranges::find(model.arrays, name, &FloatArray::name);
  if (found == model.arrays.end()) qFatal("no array %s", name.c_str());
  return *found;
}

}  // namespace

class TensorFlowTest : public QObject {
  Q_OBJECT
 private slots:
  /// Four data files hold the weights of the Hugging Face folder, so every element must be the same.
  void shardsHoldTheWeightsOfTheirTwin() {
    const auto found = readTensorFlowCheckpoint(kGolden / "tf");
    const auto expected = readHuggingFaceModel(kGolden / "hf");
    QCOMPARE(found.layers, expected.layers);
    QCOMPARE(found.heads, expected.heads);
    QCOMPARE(found.positions, expected.positions);
    QCOMPARE(found.paletteSize, expected.paletteSize);
    QCOMPARE(found.step, 1000);
    QVERIFY(!found.bert && !found.bias);
    QCOMPARE(found.arrays.size(), expected.arrays.size());
    for (const FloatArray& array : expected.arrays) {
      QVERIFY(arrayOf(found, array.name).shape == array.shape);
      QVERIFY2(arrayOf(found, array.name).values == array.values, array.name.c_str());
    }
  }

  void prefixIndexAndFolderMeanTheSame() {
    QVERIFY(isForeignModel(kGolden / "tf"));
    for (const char* path : {"tf/model.ckpt-1000", "tf/model.ckpt-1000.index"}) {
      QVERIFY(isTensorFlowCheckpoint(kGolden / path));
      QCOMPARE(readTensorFlowCheckpoint(kGolden / path).layers, 3);
    }
    QVERIFY(!isTensorFlowCheckpoint(kGolden / "hf"));
    QVERIFY(!isTensorFlowCheckpoint(kGolden / "absent"));
  }

  void severalCheckpointsInAFolderAreNamed() {
    const TempFolder folder;
    for (const char* name : {"a.index", "b.index"}) std::ofstream(folder / name) << "x";
    try {
      readTensorFlowCheckpoint(folder.path());
      QFAIL("one was chosen");
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).find("several checkpoints") != std::string_view::npos, error.what());
    }
  }

  void bertHasNoStartVector() {
    const auto model = readTensorFlowCheckpoint(kGolden / "tf_bert");
    QVERIFY(model.bert);
    QCOMPARE(model.layers, 2);
    QCOMPARE(model.width, 16);
    QVERIFY(std::ranges::find(model.arrays, "sos", &FloatArray::name) == model.arrays.end());
  }

  void brokenFilesAreRefusedByName_data() {
    QTest::addColumn<QString>("index");
    QTest::addColumn<QString>("sentence");
    for (const auto& broken : brokenFiles("tf/")) {
      QVERIFY(!broken.mustBeRefused || !broken.sentence.empty());
      QTest::newRow(broken.file.parent_path().filename().c_str())
          << QString::fromStdString(broken.file.string()) << QString::fromStdString(broken.sentence);
    }
    QTest::newRow("the sound one") << QString::fromStdString((kGolden / "broken/_valid/tf/model.ckpt-1.index").string())
                                   << QString();
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(const QString, index);
    QFETCH(const QString, sentence);
    largestAllocation = 0;
    try {
      readTensorFlowCheckpoint(index.toStdString());
      QVERIFY(sentence.isEmpty());
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).find("model.ckpt-1") != std::string_view::npos, error.what());
      QVERIFY2(!sentence.isEmpty() && QString(error.what()).contains(sentence), error.what());
    }
    QVERIFY2(largestAllocation < 1 << 20, "a size was believed before it was checked");
  }

  /// Every flipped bit of the numbers that are read is found, and no cut of the index is read beyond its end.
  void damageAnywhereIsFound() {
    const TempFolder folder;
    const fs::path valid = kGolden / "broken/_valid/tf";
    const char *index = "model.ckpt-1.index", *data = "model.ckpt-1.data-00000-of-00001";
    const std::string table = readFile(valid / index, 1 << 20), numbers = readFile(valid / data, 1 << 20);
    const auto reads = [&](const std::string& tableText, const std::string& numberText) {
      std::ofstream(folder / index, std::ios::binary) << tableText;
      std::ofstream(folder / data, std::ios::binary) << numberText;
      try {
        readTensorFlowCheckpoint(folder / index);
        return true;
      } catch (const Error&) {
        return false;
      }
    };
    QVERIFY(reads(table, numbers));
    for (size_t length = 0; length < table.size(); length += 3) QVERIFY(!reads(table.substr(0, length), numbers));
    for (size_t at = 0; at + 48 < table.size(); at += 2) {  // the footer has no checksum of its own
      std::string changed = table;
      changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      reads(changed, numbers);
    }
    for (size_t at = 0; at < numbers.size(); at += 97) {
      std::string changed = numbers;
      changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      QVERIFY(!reads(table, changed));
    }
  }
};

QTEST_APPLESS_MAIN(TensorFlowTest)
#include "tensorflow_test.moc"
