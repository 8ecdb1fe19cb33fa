// Folders as people have them: models beside logs, curves of several parts, names with dots, half an import.
#include <sys/wait.h>
#include <unistd.h>

#include <QTest>
#include <algorithm>
#include <fstream>

#include "core/base/error.h"
#include "core/foreign/tfevents_writer.h"
#include "core/jobs/import.h"
#include "core/jobs/import_parts.h"
#include "core/run/checkpoint_file.h"
#include "core/spec/spec_text.h"
#include "tests/core/foreign/renamed_model.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

void writeCurve(const fs::path& folder, const std::string& tag = "train/loss", int64_t points = 100) {
  fs::create_directories(folder);
  TfEventsWriter writer(folder);
  for (int64_t step = 0; step < points; ++step) writer.addScalar(tag, step, 1, 1'700'000'000'000 + step);
  writer.flush();
}

/// The golden model with the palette that its processor brings.
void writeModel(const fs::path& folder, ModelCopy copy = {.golden = "hf"}) {
  copy.write(folder);
  fs::copy_file(kGolden / "hf_processor/preprocessor_config.json", folder / "preprocessor_config.json");
}

size_t pointsOf(const RunStore& store, RunId run) {
  return store.points(run, series::kTrainLoss, -1).size();
}

bool warns(const std::vector<std::string>& warnings, const char* part) {
  return std::ranges::any_of(warnings, [&](const auto& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

class ImportFoldersTest : public QObject {
  Q_OBJECT

 private slots:
  /// Nothing that lies beside the event files costs the curves.
  void curvesComeWhateverLiesBesideThem_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("warned");
    QTest::newRow("settings") << "config.json" << QByteArray("{\"lr\": 0.001}") << false;
    QTest::newRow("settings that are no JSON") << "config.json" << QByteArray("lr: 0.001") << false;
    QTest::newRow("another network") << "config.json" << QByteArray("{\"model_type\": \"gpt2\"}") << true;
    QTest::newRow("half a TensorFlow checkpoint") << "model.ckpt-10.index" << QByteArray() << true;
    QTest::newRow("a file of weights") << "model.pt" << QByteArray("PK") << false;
  }
  void curvesComeWhateverLiesBesideThem() {
    QFETCH(const QString, name);
    QFETCH(const QByteArray, content);
    QFETCH(const bool, warned);
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeCurve(folder / "run");
    std::ofstream(folder / "run" / name.toStdString()) << content.toStdString();
    const auto result = importPath(store, folder / "run");
    QCOMPARE(result.runs.size(), 1UL);
    QCOMPARE(pointsOf(store, result.runs[0]), 100UL);
    QCOMPARE(store.run(result.runs[0]).name, std::string("run"));
    QCOMPARE(warns(result.warnings, "The model in"), warned);
  }

  void aModelAndItsCurvesAreOneRun() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeModel(folder / "run");
    writeCurve(folder / "run");
    const auto result = importPath(store, folder / "run");
    QCOMPARE(result.runs.size(), 1UL);
    QCOMPARE(pointsOf(store, result.runs[0]), 100UL);
    QCOMPARE(store.checkpoints(result.runs[0]).size(), 1UL);
    QCOMPARE(store.run(result.runs[0]).startedMs, 1'700'000'000'000);
  }

  /// As the Trainer of transformers leaves them: the logs in a folder below.
  void aModelAndLogsBelowItAreRunsOfTheirOwn() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeModel(folder / "run");
    writeCurve(folder / "run/runs/first");
    writeCurve(folder / "run/runs/second");
    const auto result = importPath(store, folder / "run");
    QCOMPARE(result.runs.size(), 3UL);
    QCOMPARE(store.checkpoints(result.runs[0]).size(), 1UL);
    QCOMPARE(store.run(result.runs[1]).name, std::string("run/runs/first"));
    QCOMPARE(pointsOf(store, result.runs[2]), 100UL);
  }

  void damagedLogsDoNotCostTheModel() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeModel(folder / "run");
    std::ofstream(folder / "run/a.tfevents") << "no event file at all, but long enough for one";
    const auto result = importPath(store, folder / "run");
    QCOMPARE(result.runs.size(), 1UL);
    QVERIFY(warns(result.warnings, "The curves in"));
  }

  void curvesAreNamedForThePartThatTheyAreOf_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("tag");
    QTest::addColumn<QString>("series");
    const auto row = [](const char* folder, const char* tag, const char* series) {
      QTest::newRow(qPrintable(QString("%1 in %2").arg(tag, folder))) << folder << tag << series;
    };
    row("e/loss_train", "loss", "train/loss");
    row("e/loss_val", "loss", "validation/loss");
    row("e/eval", "loss", "validation/loss");
    row("e/loss_valid", "loss", "validation/loss");
    row("e/accuracy_test", "accuracy", "test/accuracy");
    row("e/loss_test", "loss", "test/loss");
    row("e/validation", "epoch_loss", "validation/loss");
    row("e/train", "epoch_accuracy", "epoch_accuracy");
    row("e/eval_cifar10", "loss", "validation/loss");
    row("e/Validation/host1", "Accuracy", "validation/accuracy");
    row("e/test", "loss", "test/loss");
    row("e/val", "train/loss", "train/loss");  // the tag says it itself
    row("e/eval", "lr", "optimizer/learningRate");
    row("e/val", "perplexity", "perplexity");
    row("val", "loss", "validation/loss");
    row("test", "loss", "train/loss");  // a first try
    row("lr_test", "loss", "train/loss");
    row("e/retrieval", "loss", "train/loss");
    row("e", "loss", "train/loss");
  }
  void curvesAreNamedForThePartThatTheyAreOf() {
    QFETCH(const QString, folder);
    QFETCH(const QString, tag);
    QFETCH(const QString, series);
    QCOMPARE(QString::fromStdString(canonicalSeries(tag.toStdString(), folder.toStdString())), series);
  }

  void noValidationCurveIsCalledTrainLoss() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    for (const char* part : {"loss_train", "loss_val", "eval"}) writeCurve(folder / "e" / part, "loss", 3);
    for (const RunId run : importPath(store, folder / "e").runs) {
      const bool isTraining = store.run(run).name == "e/loss_train";
      QCOMPARE(pointsOf(store, run), isTraining ? 3UL : 0UL);
      QCOMPARE(store.points(run, series::kValidationLoss, -1).size(), isTraining ? 0UL : 3UL);
    }
    const RunId alone = importPath(store, folder / "e/loss_val").runs.at(0);  // the folder itself
    QCOMPARE(pointsOf(store, alone), 0UL);
  }

  void namesWithDotsAreWhole_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("isFolder");
    QTest::addColumn<QString>("name");
    QTest::newRow("folder") << "igpt-lr0.003" << true << "igpt-lr0.003";
    QTest::newRow("folder, with a slash") << "tf0.25/" << true << "tf0.25";
    QTest::newRow("folder like a file") << "run.safetensors" << true << "run.safetensors";
    QTest::newRow("weights") << "igpt-lr0.003.safetensors" << false << "igpt-lr0.003";
    QTest::newRow("table") << "lr0.1.csv" << false << "lr0.1";
    QTest::newRow("no ending of ours") << "model.ckpt-1000" << false << "model.ckpt-1000";
    QTest::newRow("TensorFlow's index") << "model.ckpt-1000.index" << false << "model.ckpt-1000";
    QTest::newRow("index of shards") << "model.safetensors.index.json" << false << "model";
  }
  void namesWithDotsAreWhole() {
    QFETCH(const QString, path);
    QFETCH(const bool, isFolder);
    QFETCH(const QString, name);
    const TempFolder folder;
    if (isFolder) fs::create_directories(folder / path.toStdString());
    QCOMPARE(QString::fromStdString(runNameOf(folder / path.toStdString())), name);
  }

  void aModelsFolderGivesItsWholeName() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeModel(folder / "igpt-lr0.003");
    QCOMPARE(store.run(importPath(store, folder / "igpt-lr0.003").runs.at(0)).name, std::string("igpt-lr0.003"));
  }

  /// Nobody knows their training images and settings, so no default stands for a fact.
  void whatNobodyKnowsIsNotStored() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeCurve(folder / "curves");
    writeModel(folder / "model");
    const RunDetails curves = store.details(importPath(store, folder / "curves").runs.at(0));
    QCOMPARE(curves.summary.kind, RunKind::Curves);
    QCOMPARE(curves.summary.layers, 0);
    QCOMPARE(curves.summary.dataset, std::string());
    QCOMPARE(curves.summary.steps, 99);
    QVERIFY(curves.known.has("name") && !curves.known.has("model.layers") && !curves.known.has("seed"));
    const RunDetails model =
        store.details(importPath(store, folder / "model", {.settings = {{"train.batchSize", "128"}}}).runs.at(0));
    QCOMPARE(model.summary.kind, RunKind::Pretrain);
    QCOMPARE(model.summary.layers, 3);
    QCOMPARE(model.summary.dataset, std::string());
    QCOMPARE(model.summary.steps, 0);
    QVERIFY(model.known.has("model.width") && model.known.has("train.batchSize"));
    QVERIFY(!model.known.has("optimizer.learningRate") && !model.known.has("data.name"));
    QVERIFY(store.details(store.create(toToml(RunSpec()))).known.has("optimizer.learningRate"));
  }

  /// A processor stretches pictures, bilinear; a run without one keeps the cut of the middle.
  void theProcessorsWayWithPicturesIsKept() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    const auto resizeOf = [&](const ImportOptions& options, std::vector<std::string>& warnings) {
      const auto result = importPath(store, folder / "model", options);
      warnings = result.warnings;
      return fromToml(store.details(result.runs.at(0)).specToml, "spec").data.resize;
    };
    std::vector<std::string> warnings;
    writeModel(folder / "model");
    QCOMPARE(resizeOf({}, warnings), Resize::Stretch);
    QVERIFY(warnings.empty());
    QCOMPARE(resizeOf({.settings = {{"data.resize", "area"}}}, warnings), Resize::Area);
    std::ifstream in(kGolden / "hf_processor/preprocessor_config.json");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto at = text.find("\"resample\": 2");
    QVERIFY(at != std::string::npos);
    std::ofstream(folder / "model/preprocessor_config.json") << text.replace(at, 13, "\"resample\": 3");
    QCOMPARE(resizeOf({}, warnings), Resize::Area);
    QVERIFY(warns(warnings, "resample is 3"));
    fs::remove(folder / "model/preprocessor_config.json");
    QCOMPARE(resizeOf({.palette = kGolden / "kmeans_centers.npy"}, warnings), Resize::Area);
  }

  void aBackboneIsARunWithoutAHead() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeModel(folder / "model", {.golden = "hf", .without = {"lm_head.weight"}});
    const auto result = importPath(store, folder / "model");
    QVERIFY(warns(result.warnings, "no lm_head.weight"));
    const fs::path file = store.folder(result.runs.at(0)) / store.checkpoints(result.runs[0]).at(0).file;
    QVERIFY(!readCheckpointInfo(file).hasHead);
    QVERIFY(!readCheckpointModel(file).hasHead);
  }

  void aClassifierBecomesOurs() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeModel(folder / "model", {.golden = "hf", .zeros = {{"score.weight", {10, 32}}}});
    const RunId run = importPath(store, folder / "model").runs.at(0);
    QCOMPARE(store.run(run).kind, RunKind::Finetune);
    const SafetensorsFile file(store.folder(run) / store.checkpoints(run).at(0).file);
    QCOMPARE(file.tensor("finetune.classifier").shape, (std::vector<int64_t>{10, 32}));
    QVERIFY(readCheckpointInfo(file.path()).hasHead);
  }

  void aRunIsImportingUntilItIsWhole() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    writeCurve(folder / "run", "train/loss", 30'000);
    int told = 0;
    const auto look = [&](int64_t done, int64_t) {
      if (done == 0) return;  // it is being read still
      const RunStore other(folder / "ws", StoreMode::ReadOnly);
      for (const RunSummary& run : other.runs()) {
        if (run.state != RunState::Importing || run.resumable) qFatal("it looks whole");
        // Between two slices the store is free for everybody.
        if (++told == 2) RunStore(folder / "ws", StoreMode::ReadWrite).setNote(run.id, "seen");
      }
    };
    const auto result = importPath(store, folder / "run", {.control = Control({.report = look})});
    QVERIFY2(told >= 2, "it came in one piece");
    QCOMPARE(store.run(result.runs.at(0)).state, RunState::Finished);
    QCOMPARE(pointsOf(store, result.runs[0]), 30'000UL);
    QCOMPARE(store.summaries(result.runs[0]).at(0).count, 30'000);
    QVERIFY(store.jobs().empty());
  }

  /// The process dies in the middle: the partial run says so, and goes with the next start.
  void halfAnImportIsCleanedUp() {
    const TempFolder folder;
    RunStore(folder / "ws", StoreMode::ReadWrite);
    writeCurve(folder / "run", "train/loss", 30'000);
    const pid_t child = fork();
    if (child == 0) {
      RunStore store(folder / "ws", StoreMode::ReadWrite);
      try {
        const auto look = [&](int64_t done, int64_t) {
          if (done == 0) return;
          for (const RunSummary& run : store.runs())
            if (!store.summaries(run.id).empty()) {
              store.folder(run.id);
              _exit(0);
            }
        };
        importPath(store, folder / "run", {.control = Control({.report = look})});
      } catch (const Error&) {
        _exit(2);
      }
      _exit(1);  // it came to its end
    }
    int status = -1;
    waitpid(child, &status, 0);
    QCOMPARE(status, 0);
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    QCOMPARE(store.runs().size(), 1UL);
    QCOMPARE(store.runs()[0].state, RunState::Interrupted);
    QVERIFY(!store.runs()[0].resumable);
    QVERIFY(!fs::is_empty(folder / "ws/runs"));
    store.markInterrupted();
    QVERIFY(store.runs(true).empty());
    QVERIFY(fs::is_empty(folder / "ws/runs"));
    QVERIFY(store.verify().empty());
  }

  void anImportOfAnotherProcessIsLeftAlone() {
    const TempFolder folder;
    RunStore store(folder / "ws", StoreMode::ReadWrite);
    const RunId run = store.beginImport(toToml(RunSpec()));
    QVERIFY(store.markInterrupted().empty());
    QCOMPARE(store.run(run).state, RunState::Importing);
    QVERIFY_THROWS_EXCEPTION(Error, store.setTrashed({run}, true));
    store.purge(run);
    QVERIFY(store.runs(true).empty());
  }
};

QTEST_APPLESS_MAIN(ImportFoldersTest)
#include "import_folders_test.moc"
