#include "core/data/image_count.h"

#include <QTest>
#include <fstream>

#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class ImageCountTest : public QObject {
  Q_OBJECT
 private slots:
  void filesTellHowManyThereAre() {
    const TempFolder folder;
    for (int i = 1; i <= 5; ++i) make(folder / ("data_batch_" + std::to_string(i) + ".bin"), 400 * 3073);
    QCOMPARE(countTrainImages({.name = "cifar10", .path = folder.path().string()}), int64_t{2000});
    fs::create_directory(folder / "cifar-100-binary");
    make(folder / "cifar-100-binary/train.bin", 70 * 3074);
    QCOMPARE(countTrainImages({.name = "cifar100", .path = folder.path().string()}), int64_t{70});
    make(folder / "train_X.bin", 3 * 27648);
    QCOMPARE(countTrainImages({.name = "stl10", .path = folder.path().string()}), int64_t{3});
    std::ofstream(folder / "train-images-idx3-ubyte", std::ios::binary)
        .write("\0\0\x08\x03\0\0\x01\x02\0\0\0\x1c\0\0\0\x1c", 16);
    QCOMPARE(countTrainImages({.name = "mnist", .path = folder.path().string()}), int64_t{258});
  }

  void elseTheRegistryDoes() {
    const TempFolder empty;
    QCOMPARE(countTrainImages({.name = "cifar10", .path = empty.path().string()}), int64_t{50000});
    QCOMPARE(countTrainImages({.name = "digits"}), int64_t{1797});
    QCOMPARE(countTrainImages({.name = "digits", .path = "/my/table.csv"}), int64_t{0});
    QCOMPARE(countTrainImages({.name = "images", .path = empty.path().string()}), int64_t{0});
    std::ofstream(empty / "train-images-idx3-ubyte") << "short";
    QCOMPARE(countTrainImages({.name = "mnist", .path = empty.path().string()}), int64_t{60000});
  }

  void limitAndSplitTakeTheirPart() {
    QCOMPARE(imagesTrainedOn({}, 1797), int64_t{1617});
    QCOMPARE(imagesTrainedOn({.limit = 200}, 1797), int64_t{180});
    QCOMPARE(imagesTrainedOn({.foldValidation = true}, 1797), int64_t{1797});
    QCOMPARE(imagesTrainedOn({}, 0), int64_t{0});
  }

 private:
  static void make(const fs::path& file, uintmax_t bytes) {
    std::ofstream(file).close();
    fs::resize_file(file, bytes);
  }
};

QTEST_APPLESS_MAIN(ImageCountTest)
#include "image_count_test.moc"
