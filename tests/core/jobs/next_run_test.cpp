#include "core/jobs/next_run.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "core/data/spec_check.h"
#include "core/jobs/dropped_data.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"

using namespace scanline;
namespace fs = std::filesystem;

class NextRunTest : public QObject {
  Q_OBJECT
 private slots:
  void whatStartsFromACheckpointKeepsItsDataAndModel() {
    const RunSpec source = preset("cifar10-small").spec;
    for (const RunKind kind : {RunKind::Probe, RunKind::Finetune, RunKind::LowData}) {
      RunSpec next = nextSpec(source, kind);
      QCOMPARE(next.kind, kind);
      QVERIFY(next.name != source.name);
      next.data.augment = source.data.augment;
      next = withModelOf(next, source);
      QVERIFY(differences(next, source).empty());
    }
  }

  /// Paper sections 3.1 and 3.4.
  void fineTuningStartsFromThePapersRecipe() {
    const RunSpec next = nextSpec(preset("cifar10-small").spec, RunKind::Finetune);
    QCOMPARE(next.optimizer.learningRate, 2e-4);
    QCOMPARE(next.optimizer.schedule, Schedule::Constant);
    QCOMPARE(next.data.augment, Augment::Cifar);
    QCOMPARE(next.finetune.loss, FinetuneLoss::Joint);
  }

  void goingOnChangesNothingButASearch() {
    RunSpec source = preset("lr-search").spec;
    const RunSpec next = nextSpec(source, source.kind);
    source.search.rates.clear();
    QVERIFY(differences(next, source).empty());
  }

  void aSearchTriesThePapersRatesOfTheKind() {
    QVERIFY(searchSpec(preset("quick-start").spec).search.rates.starts_with("0.01, 0.003, 0.001, 0.0003"));
    RunSpec probe;
    probe.kind = RunKind::Probe;
    const RunSpec search = searchSpec(probe);
    QVERIFY(search.search.rates.starts_with("30, 10, 3"));
    QVERIFY(problems(search).empty());
  }

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

QTEST_GUILESS_MAIN(NextRunTest)
#include "next_run_test.moc"
