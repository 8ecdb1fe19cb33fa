#include "core/jobs/import.h"

#include <QTest>
#include <fstream>
#include <numeric>
#include <set>

#include "core/foreign/foreign_model.h"
#include "core/foreign/huggingface.h"
#include "core/foreign/tfevents.h"
#include "core/foreign/tfevents_writer.h"
#include "core/run/checkpoint_file.h"
#include "core/spec/spec_text.h"
#include "core/store/find_checkpoint.h"
#include "tests/support/broken_files.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;
const ImportOptions kWithPalette{.name = {}, .palette = kGolden / "kmeans_centers.npy", .settings = {}};

std::string refusal(RunStore& store, const fs::path& path, const ImportOptions& options = {}) {
  return sentenceOf([&] { importPath(store, path, options); });
}

/// The one checkpoint of a run.
fs::path checkpointOf(const RunStore& store, RunId run) {
  const auto rows = store.checkpoints(run);
  if (rows.size() != 1) qFatal("%zu checkpoints", rows.size());
  return store.folder(run) / rows[0].file;
}

}  // namespace

class ImportTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  RunStore store_{folder_ / "workspace", StoreMode::ReadWrite};

 private slots:
  void pathsAreRecognised_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("kind");
    const auto row = [](const char* path, ImportKind kind) { QTest::newRow(path) << path << static_cast<int>(kind); };
    row("hf", ImportKind::Model);
    row("hf/model.safetensors", ImportKind::Model);
    row("hf_bias/pytorch_model.bin", ImportKind::Model);
    row("tf", ImportKind::Model);
    row("tf/model.ckpt-1000", ImportKind::Model);
    row("tf/model.ckpt-1000.index", ImportKind::Model);
    row("tensorboard", ImportKind::Events);
    row("tensorboard/tf2", ImportKind::Events);
    row("tensorboard/tf2/events.out.tfevents.1700030000.host.1.0.v2", ImportKind::Events);
    row("tensorboard/tf2/scalars.csv", ImportKind::Csv);
    row("logreg/expected.json", ImportKind::Json);
    row("datasets/mnist", ImportKind::Unknown);
    row("kmeans_centers.npy", ImportKind::Unknown);
    row("absent", ImportKind::Unknown);
  }
  void pathsAreRecognised() {
    QFETCH(const QString, path);
    QFETCH(const int, kind);
    QCOMPARE(static_cast<int>(recognise(kGolden / path.toStdString())), kind);
  }

  void tablesWithoutTheirSettingsAreNoRun() {
    const TempFolder tables;
    std::ofstream(tables / "series.csv") << "series,step,value,time_ms\na,1,2,3\n";
    QCOMPARE(static_cast<int>(recognise(tables.path())), static_cast<int>(ImportKind::Unknown));
    std::ofstream(tables / "spec.toml") << "";
    QCOMPARE(static_cast<int>(recognise(tables.path())), static_cast<int>(ImportKind::Csv));
  }

  /// Scoring and exporting name their model as importing does: the prefix of a TensorFlow checkpoint is no file.
  void modelsAreFoundByWhatIsRecognised() {
    const fs::path prefix = kGolden / "tf/model.ckpt-1000";
    QVERIFY(!fs::exists(prefix));
    QCOMPARE(findCheckpoint(store_.workspace(), prefix.string()), prefix);
  }

  void whatIsNothingIsRefusedInASentence() {
    const auto sentence = refusal(store_, kGolden / "kmeans_centers.npy");
    QVERIFY2(sentence.find("kmeans_centers.npy") != std::string::npos, sentence.c_str());
    QVERIFY(store_.runs().empty());
  }

  void anEventFolderBecomesAFinishedRun() {
    const fs::path source = kGolden / "tensorboard/simple";
    const auto result = importPath(store_, source);
    QCOMPARE(result.runs.size(), 1UL);
    const RunSummary run = store_.run(result.runs[0]);
    QCOMPARE(run.name, std::string("simple"));
    QCOMPARE(run.state, RunState::Finished);
    QCOMPARE(run.tags, std::vector<std::string>{"imported"});
    QVERIFY2(run.note.find(source.string()) != std::string::npos, run.note.c_str());
    QCOMPARE(result.warnings.size(), 2UL);
    QVERIFY2(result.warnings[0].find("120 points of train/loss, val/loss, optim/lr were left out") != std::string::npos,
             result.warnings[0].c_str());  // it went on from an earlier step
    QCOMPARE(result.warnings[1], std::string("3 pictures were left out: they are not made of a palette."));
    const auto log = readEventLog(source);
    for (const auto& [tag, name] : {std::pair("train/loss", series::kTrainLoss),
                                    {"val/loss", series::kValidationLoss},
                                    {"optim/lr", series::kLearningRate}}) {
      const auto& shown = std::ranges::find(log.series, tag, &EventSeries::tag)->shown;
      const auto points = store_.points(run.id, name, -1);
      QCOMPARE(points.size(), shown.size());
      for (size_t i = 0; i < points.size(); ++i) {
        QCOMPARE(points[i].step, shown[i].step);
        QVERIFY(points[i].value == shown[i].value || (std::isnan(points[i].value) && std::isnan(shown[i].value)));
        QCOMPARE(points[i].timeMs, std::llround(shown[i].wallTime * 1e3));
      }
      QCOMPARE(run.step, shown.back().step);
    }
    QVERIFY(run.endedMs - run.startedMs > 1000);
    store_.purge(run.id);
  }

  void foldersBelowBecomeRunsOfTheirOwn() {
    const auto result = importPath(store_, kGolden / "tensorboard", {.name = "board", .palette = {}, .settings = {}});
    QCOMPARE(result.runs.size(), 3UL);
    QCOMPARE(store_.run(result.runs[0]).name, std::string("board/simple"));
    for (const RunId run : result.runs) store_.purge(run);
  }

  void ofStepsDoneAgainTheLaterCount() {
    const TempFolder log;
    {
      TfEventsWriter first(log.path());
      for (int64_t step = 1; step <= 5; ++step) first.addScalar("a", step, 1, 1000 * step);
      first.flush();
    }
    TfEventsWriter second(log.path(), 4);  // a session that begins at step 4
    second.addScalar("b", 4, 2, 9000);
    second.flush();
    const RunId run = importPath(store_, log.path()).runs.at(0);
    QCOMPARE(store_.points(run, "a", -1).size(), 3UL);
    store_.purge(run);
  }

  void stepsBelowZeroAreLeftOutAndCounted() {
    const TempFolder log;
    TfEventsWriter writer(log.path());
    for (const int64_t step : {-2, -1, 3}) writer.addScalar("a", step, 1, 1000);
    writer.flush();
    const auto result = importPath(store_, log.path());
    QCOMPARE(store_.points(result.runs.at(0), "a", INT64_MIN).size(), 1UL);
    QVERIFY(result.warnings.size() == 1 &&
            result.warnings[0].ends_with("2 points of a were left out: their steps are below 0."));
    store_.purge(result.runs[0]);
  }

  void ofTwoTagsForOneQuantityTheSecondKeepsItsName() {
    const TempFolder log;
    TfEventsWriter writer(log.path());
    writer.addScalar("loss", 1, 2, 1000);
    writer.addScalar("train_loss", 1, 3, 1000);
    writer.flush();
    const RunId run = importPath(store_, log.path()).runs.at(0);
    QCOMPARE(store_.points(run, series::kTrainLoss, -1).at(0).value, 2.0);
    QCOMPARE(store_.points(run, "train_loss", -1).at(0).value, 3.0);
    store_.purge(run);
  }

  void picturesAloneAreNoRun() {
    const TempFolder log;
    TfEventsWriter writer(log.path());
    writer.addImage("a", 1, {1, 1, {1, 2, 3}}, 1000);
    writer.flush();
    QVERIFY(refusal(store_, log.path()).find("has no scalars to import") != std::string::npos);
    QVERIFY(store_.runs().empty());
  }

  /// Of the runs below a folder all are taken, or none.
  void oneBadRunLeavesNone() {
    const TempFolder root;
    const fs::path sound = kGolden / "tensorboard/tf2/events.out.tfevents.1700030000.host.1.0.v2";
    for (const char* name : {"a", "b"}) fs::create_directories(root / name);
    fs::copy_file(sound, root / "a" / sound.filename());
    fs::copy_file(kGolden / "broken/events/text/events.out.tfevents.1700000000.host.1.0", root / "b/a.tfevents");
    QVERIFY(!refusal(store_, root.path()).empty());
    QVERIFY(store_.runs().empty());
  }

  void progressIsToldInBytes() {
    std::vector<std::pair<int64_t, int64_t>> told;
    const auto result =
        importPath(store_, kGolden / "tensorboard", {.control = Control({.report = [&](int64_t done, int64_t total) {
                                                       if (total > 0) told.emplace_back(done, total);
                                                     }})});
    QVERIFY(told.front().first == 0 && told.back().first > 0 && told.back().first <= told.back().second);
    for (const RunId run : result.runs) store_.purge(run);
  }

  /// After the first of three folders: its run goes, too.
  void anImportThatIsGivenUpLeavesNoRun() {
    const Control stop({.report = [](int64_t done, int64_t) {
      if (done > 0) throw Stopped();
    }});
    QVERIFY_THROWS_EXCEPTION(Stopped, importPath(store_, kGolden / "tensorboard", {.control = stop}));
    QVERIFY(store_.runs().empty());
  }

  void aModelTellsHowManyOfItsBlocksAreThere_data() {
    QTest::addColumn<QString>("path");
    for (const char* path : {"hf", "tf"}) QTest::newRow(path) << path;
  }
  void aModelTellsHowManyOfItsBlocksAreThere() {
    QFETCH(const QString, path);
    ImportOptions options = kWithPalette;
    std::vector<double> shares;
    options.control = Control({.report = [&](int64_t done, int64_t total) {
      if (total > 0) shares.push_back(static_cast<double>(done) / static_cast<double>(total));
    }});
    const RunId run = importPath(store_, kGolden / path.toStdString(), options).runs.at(0);
    QVERIFY(std::ranges::is_sorted(shares));
    QCOMPARE(std::ssize(shares), store_.run(run).layers + 2);  // before each block, once it is read, and written
    QVERIFY(shares.front() == 0 && shares.back() == 1);
    store_.purge(run);

    for (size_t last = 1; last <= shares.size(); ++last) {  // given up at each of these
      size_t told = 0;
      options.control = Control({.report = [&](int64_t, int64_t total) {
        if (total > 0 && ++told == last) throw Stopped();
      }});
      QVERIFY_THROWS_EXCEPTION(Stopped, importPath(store_, kGolden / path.toStdString(), options));
      QCOMPARE(told, last);
      QVERIFY(store_.runs().empty());
    }
  }

  void noDamagedEventFileLeavesHalfARun_data() {
    QTest::addColumn<QString>("file");
    for (const auto& broken : brokenFiles("events/"))
      QTest::newRow(broken.file.parent_path().filename().c_str()) << QString::fromStdString(broken.file.string());
  }
  void noDamagedEventFileLeavesHalfARun() {
    QFETCH(const QString, file);
    const auto sentence = refusal(store_, file.toStdString());
    QCOMPARE(store_.runs().size(), sentence.empty() ? 1UL : 0UL);
    const auto warnings = sentence.empty() ? readEventLog(file.toStdString()).warnings : std::vector<std::string>();
    for (const RunSummary& run : store_.runs()) {
      QCOMPARE(run.state, RunState::Finished);
      std::set<std::string> told;
      for (const LogRow& row : store_.log(run.id, 0)) told.insert(row.line.text);
      for (const std::string& warning : warnings) QVERIFY2(told.contains(warning), warning.c_str());
      for (const SeriesSummary& series : store_.summaries(run.id))
        for (const Point& point : store_.points(run.id, series.name, -1)) QVERIFY(point.timeMs > 0);
      store_.purge(run.id);
    }
  }

  void aModelBecomesARunWithItsWeightsBitForBit_data() {
    QTest::addColumn<QString>("path");
    for (const char* path : {"hf", "hf_bias", "tf/model.ckpt-1000", "tf_bert"}) QTest::newRow(path) << path;
  }
  void aModelBecomesARunWithItsWeightsBitForBit() {
    QFETCH(const QString, path);
    const auto result = importPath(store_, kGolden / path.toStdString(), kWithPalette);
    const auto expected = readForeignModel(kGolden / path.toStdString());
    const auto stored = checkpointOf(store_, result.runs.at(0));
    const auto found = readCheckpointModel(stored);
    QCOMPARE(found.arrays.size(), expected.arrays.size());
    for (const FloatArray& array : expected.arrays) {
      const auto twin = std::ranges::find(found.arrays, array.name, &FloatArray::name);
      QVERIFY(twin != found.arrays.end());
      QVERIFY(twin->shape == array.shape && twin->values == array.values);
    }
    QCOMPARE(found.bias, expected.bias);
    QCOMPARE(found.bert, expected.bert);
    QCOMPARE(found.heads, expected.heads);
    const RunDetails details = store_.details(result.runs[0]);
    const RunSpec spec = fromToml(details.specToml, "spec");
    QCOMPARE(spec.model.bias, expected.bias);
    QCOMPARE(spec.model.objective == Objective::Bert, expected.bert);
    QCOMPARE(details.summary.step, expected.step);
    QCOMPARE(details.prepared.palette.size(), static_cast<size_t>(expected.paletteSize));
    QCOMPARE(details.summary.steps, expected.step);
    int64_t parameters = 0;
    for (const FloatArray& array : expected.arrays) parameters += std::ssize(array.values);
    QCOMPARE(details.summary.parameters, parameters);
    store_.purge(result.runs[0]);
  }

  /// Whether the palette lies in preprocessor_config.json or in kmeans_centers.npy beside the weights.
  void thePaletteOfTheFolderIsTaken_data() {
    QTest::addColumn<QString>("file");
    QTest::newRow("preprocessor") << "hf_processor/preprocessor_config.json";
    QTest::newRow("centres") << "kmeans_centers.npy";
  }
  void thePaletteOfTheFolderIsTaken() {
    QFETCH(const QString, file);
    const TempFolder model;
    for (const fs::path name : {"config.json", "model.safetensors"}) fs::copy_file(kGolden / "hf" / name, model / name);
    const fs::path palette = kGolden / file.toStdString();
    fs::copy_file(palette, model / palette.filename());
    const auto result = importPath(store_, model.path());
    QVERIFY(loadPalette(store_.folder(result.runs.at(0)) / "palette.npy") ==
            loadPalette(kGolden / "kmeans_centers.npy"));
    QCOMPARE(readCheckpointInfo(checkpointOf(store_, result.runs[0])).width, 8);
    QCOMPARE(store_.run(result.runs[0]).dataset, std::string());  // nobody knows its training images
    store_.purge(result.runs[0]);
  }

  void anotherNumberOfColoursIsRefused() {
    ImportOptions options = kWithPalette;
    options.palette = folder_ / "two.npy";
    savePalette(options.palette, Palette({{-1, -1, -1}, {1, 1, 1}}));
    const auto sentence = refusal(store_, kGolden / "hf", options);
    QVERIFY2(sentence.find("has 2 colours, and the model") != std::string::npos, sentence.c_str());
    QVERIFY(store_.runs().empty());
  }

  /// Six pixels are a picture of 3 x 2 if the preprocessor says so, and else of no shape that we know.
  void picturesThatAreNoSquareNeedTheirShape() {
    ForeignModel model{.layers = 1, .width = 4, .heads = 1, .paletteSize = 3, .positions = 6};
    for (const auto& [name, shape] : arrayShapes(model)) {
      const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
      model.arrays.push_back({name, shape, std::vector<float>(static_cast<size_t>(count), 0.5F)});
    }
    const Palette palette({{-1, -1, -1}, {0, 0, 0}, {1, 1, 1}});
    const TempFolder flat, wrong, shaped;
    writeHuggingFaceModel(flat.path(), model, nullptr, 0, 0);
    savePalette(flat / "kmeans_centers.npy", palette);
    writeHuggingFaceModel(wrong.path(), model, &palette, 4, 2);
    for (const TempFolder* folder : {&flat, &wrong}) {
      const auto sentence = refusal(store_, folder->path());
      QVERIFY2(sentence.find("sees pictures of 6 pixels, which is no square") != std::string::npos, sentence.c_str());
    }
    writeHuggingFaceModel(shaped.path(), model, &palette, 3, 2);
    const RunId run = importPath(store_, shaped.path()).runs.at(0);
    QCOMPARE(store_.details(run).prepared.height, 2);
    store_.purge(run);
  }

  void aModelWithoutColoursIsRefused() {
    const auto sentence = refusal(store_, kGolden / "hf");
    QVERIFY2(sentence.find("palette") != std::string::npos, sentence.c_str());
    QVERIFY(store_.runs().empty());
  }

  void settingsAndNameAreTaken() {
    ImportOptions options = kWithPalette;
    options.name = "mine";
    options.settings = {{"data.name", "mnist"}};
    const auto result = importPath(store_, kGolden / "hf", options);
    QCOMPARE(store_.run(result.runs.at(0)).name, std::string("mine"));
    QCOMPARE(store_.run(result.runs.at(0)).dataset, std::string("mnist"));
    store_.purge(result.runs[0]);
  }

  void aCheckpointOfOursBecomesARun() {
    const auto first = importPath(store_, kGolden / "hf_bias", kWithPalette);
    const auto file = checkpointOf(store_, first.runs.at(0));
    const auto second = importPath(store_, file);
    QCOMPARE(static_cast<int>(second.kind), static_cast<int>(ImportKind::Checkpoint));
    const auto copy = checkpointOf(store_, second.runs.at(0));
    QVERIFY(copy != file);
    QVERIFY(readCheckpointModel(copy).arrays.size() == readCheckpointModel(file).arrays.size());
    QCOMPARE(store_.run(second.runs[0]).parameters, store_.run(first.runs[0]).parameters);
    for (const RunId run : {first.runs[0], second.runs[0]}) store_.purge(run);
  }

  void aSpecIsReadAndNoRunMade() {
    RunSpec spec;
    spec.name = "mine";
    std::ofstream(folder_ / "a.toml") << toToml(spec);
    const auto result =
        importPath(store_, folder_ / "a.toml", {.name = {}, .palette = {}, .settings = {{"seed", "7"}}});
    QVERIFY(result.runs.empty());
    QCOMPARE(result.spec.value().name, std::string("mine"));
    QCOMPARE(result.spec->seed, uint64_t{7});
    QVERIFY(store_.runs().empty());
  }
};

QTEST_APPLESS_MAIN(ImportTest)
#include "import_test.moc"
