#include "core/jobs/dropped_data.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

using namespace scanline;
namespace fs = std::filesystem;

class DroppedDataTest : public QObject {
  Q_OBJECT
 private slots:
  void dataSetsAreKnownByTheirFiles_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("name");
    QTest::newRow("cifar10") << "data_batch_1.bin"
                             << "cifar10";
    QTest::newRow("cifar100") << "train.bin"
                              << "cifar100";
    QTest::newRow("stl10") << "train_X.bin"
                           << "stl10";
    QTest::newRow("mnist") << "train-images-idx3-ubyte.gz"
                           << "mnist";
    QTest::newRow("fashion") << "fashion/train-images-idx3-ubyte"
                             << "fashion-mnist";
    QTest::newRow("pictures") << "cats/1.PNG"
                              << "images";
    QTest::newRow("nothing") << "readme.txt"
                             << "";
  }
  void dataSetsAreKnownByTheirFiles() {
    QFETCH(QString, file);
    QFETCH(QString, name);
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString(), path = root / file.toStdString();
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    const auto data = recogniseData(name == "images" ? root : path.parent_path());
    QCOMPARE(QString::fromStdString(data ? data->name : ""), name);
    if (data && data->name == "images") QVERIFY(data->side > 0);
  }

  void arraysAreKnownByTheirName() {
    QCOMPARE(recogniseData("x/images.npz")->name, std::string("npy"));
    QVERIFY(!recogniseData("x/notes.pdf"));
  }
};

QTEST_GUILESS_MAIN(DroppedDataTest)
#include "dropped_data_test.moc"
