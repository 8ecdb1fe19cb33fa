#include "core/jobs/tensorboard_log.h"

#include <QTest>
#include <map>

#include "core/data/image_decoders.h"
#include "core/foreign/tfevents.h"
#include "core/jobs/run_job.h"
#include "tests/core/run/fake_trainer.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
namespace fs = std::filesystem;

class TensorBoardLogTest : public QObject {
  Q_OBJECT

  /// Twelve steps of a trainer that fails before step `failAt`.
  void runFor(RunId run, int64_t failAt, bool resume) {
    FakeEngine engine;
    engine.adjust = [&](FakeTrainer& trainer, const RunSpec&) {
      trainer.failAt = failAt;
      trainer.lossAt = [failAt](int64_t step) { return static_cast<double>(step) + (failAt > 0 ? 0.25 : 0.5); };
    };
    RunRecorder recorder(RunStore(pathOf(folder_), StoreMode::ReadWrite), run, {});
    runJob(engine, recorder, run, resume, {});
  }

  /// The valid points of the run's event files are those of the store, as float32. Points that the run did again are
  /// counted.
  void compareWithStore(RunId run, bool didSomeAgain = false) {
    const auto log = readEventLog(store_.folder(run));
    size_t hidden = 0;
    for (const EventSeries& series : log.series) hidden += series.points.size() - series.shown.size();
    QCOMPARE(hidden > 0, didSomeAgain);
    QCOMPARE(log.warnings.size(), didSomeAgain ? 1UL : 0UL);
    if (didSomeAgain) {
      QVERIFY(log.warnings[0].find(std::to_string(hidden) + " points of ") != std::string::npos);
      QVERIFY(log.warnings[0].find("a session that began later") != std::string::npos);
    }
    for (const SeriesSummary& each : store_.summaries(run)) {
      const auto series = std::ranges::find(log.series, each.name, &EventSeries::tag);
      QVERIFY2(series != log.series.end(), each.name.c_str());
      const auto points = store_.points(run, each.name, -1);
      QCOMPARE(series->shown.size(), points.size());
      for (size_t i = 0; i < points.size(); ++i) {
        QCOMPARE(series->shown[i].step, points[i].step);
        QCOMPARE(series->shown[i].value, static_cast<double>(static_cast<float>(points[i].value)));
        QCOMPARE(series->shown[i].wallTime, static_cast<double>(points[i].timeMs) / 1e3);
      }
    }
  }

  RunId makeRun() {
    RunSpec spec;
    spec.threads = 1;
    spec.palette.size = 17;
    spec.model.layers = 1;
    spec.train = {.steps = 12, .evaluateEvery = 4, .checkpointEvery = 6};
    spec.probe.every = spec.sample.every = 6;
    return store_.create(toToml(spec));
  }

  QTemporaryDir folder_;
  RunStore store_{pathOf(folder_), StoreMode::ReadWrite};

 private slots:
  void eventFilesHoldWhatIsStored() {
    const RunId run = makeRun();
    runFor(run, -1, false);
    QCOMPARE(store_.run(run).state, RunState::Finished);
    compareWithStore(run);
    const auto log = readEventLog(store_.folder(run));
    const auto probe = std::ranges::find(log.series, "probe/accuracy/layer_01", &EventSeries::tag);
    QVERIFY(probe != log.series.end());
    QCOMPARE(probe->points.size(), 3UL);  // steps 0, 6 and 12
    QCOMPARE(log.pictures.size(), 6UL);
    for (const EventPicture& picture : log.pictures) QVERIFY(decodeImage(picture.encoded, "picture").image.width > 90);
  }

  /// The run fails after step 8, and goes on from the checkpoint of step 6: the points of steps 7 and 8 are void.
  void aRunThatGoesOnVoidsWhatItDoesAgain() {
    const RunId run = makeRun();
    runFor(run, 9, false);
    QCOMPARE(store_.run(run).state, RunState::Failed);
    compareWithStore(run);
    runFor(run, -1, true);
    QCOMPARE(store_.run(run).state, RunState::Finished);
    compareWithStore(run, true);
    const auto files = std::ranges::count_if(fs::directory_iterator(store_.folder(run)),
                                             [](const auto& entry) { return isEventLog(entry.path()); });
    QCOMPARE(files, 2);
  }

  void aRunThatStartsAnewVoidsEverything() {
    const RunId run = makeRun();
    runFor(run, 9, false);
    runFor(run, 4, false);
    compareWithStore(run, true);
    QCOMPARE(store_.points(run, series::kTrainLoss, -1).size(), 3UL);
  }

  void picturesOfDecodedCodesAreShownAsTheyAre() {
    const QTemporaryDir folder;
    TensorBoardLog log(pathOf(folder), 0, std::nullopt);
    SampleSet set{.step = 1, .width = 1, .height = 1, .given = 0, .perPrompt = 1, .originals = {}, .samples = {{7}}};
    set.pixelWidth = set.pixelHeight = 64;
    set.samplePixels = {std::vector<uint8_t>(3 * 64 * 64, 200)};
    SampleSet tokensAlone{
        .step = 2, .width = 1, .height = 1, .given = 0, .perPrompt = 1, .originals = {}, .samples = {{7}}};
    log.write(std::vector<TrainEvent>{set, tokensAlone}, std::vector<int64_t>{1000, 2000});
    const auto pictures = readEventLog(pathOf(folder)).pictures;
    QCOMPARE(pictures.size(), 1UL);  // without a palette, tokens alone are no picture
    const auto image = decodeImage(pictures[0].encoded, "picture").image;
    QCOMPARE(image.width, 64);
    QCOMPARE(image.rgb, set.samplePixels[0]);
  }

  void everythingHasItsTagAndStep() {
    const QTemporaryDir folder;
    TensorBoardLog log(pathOf(folder), 0, Palette({{0, 0, 0}, {1, 1, 1}}));
    SampleSet whole{.step = 7, .width = 1, .height = 1, .given = 0, .perPrompt = 1, .originals = {}, .samples = {{1}}};
    SampleSet completed = whole;
    completed.given = 1;
    completed.originals = {{0}};
    log.write(
        std::vector<TrainEvent>{StepStats{1, 2.5, 0.5, 3, 100, 0.25}, Evaluation{2, 1.5, 0.75},
                                Scalars{3, {{"other", 9}}}, ProbeResult{.step = 4, .layer = 5, .accuracy = 0.5},
                                LowDataResult{.labelsPerClass = 25, .subset = 6, .accuracy = 0.125}, whole, completed},
        std::vector<int64_t>(7, 1000));
    const auto read = readEventLog(pathOf(folder));
    std::map<std::string, std::pair<int64_t, double>> found;
    for (const EventSeries& series : read.series)
      found[series.tag] = {series.points.at(0).step, series.points[0].value};
    const std::map<std::string, std::pair<int64_t, double>> expected{
        {std::string(series::kTrainLoss), {1, 2.5}},
        {std::string(series::kLearningRate), {1, 0.5}},
        {std::string(series::kGradientNorm), {1, 3}},
        {std::string(series::kImagesPerSecond), {1, 100}},
        {std::string(series::kClassifierLoss), {1, 0.25}},
        {std::string(series::kValidationLoss), {2, 1.5}},
        {std::string(series::kValidationAccuracy), {2, 0.75}},
        {"other", {3, 9}},
        {"probe/accuracy/layer_05", {4, 0.5}},
        {"lowdata/accuracy/labels_25", {6, 0.125}}};
    QVERIFY(found == expected);
    QCOMPARE(read.pictures.size(), 2UL);
    QCOMPARE(read.pictures[0].tag, std::string("samples/whole"));
    QCOMPARE(read.pictures[1].tag, std::string("samples/completions"));
    QCOMPARE(read.pictures[1].step, 7);
  }

  /// Also of a series that the run does not write again.
  void whatAnEarlierAttemptSaidAfterTheStepIsVoid() {
    const QTemporaryDir folder;
    const auto write = [&](int64_t startStep, const char* name, int64_t step) {
      TensorBoardLog log(pathOf(folder), startStep, std::nullopt);
      log.write(std::vector<TrainEvent>{Scalars{step, {{name, 1}}}}, std::vector<int64_t>{1000});
    };
    const auto stepsOfA = [&] {
      const auto log = readEventLog(pathOf(folder));
      std::vector<int64_t> steps;
      for (const EventPoint& point : log.series.at(0).shown) steps.push_back(point.step);
      return steps;
    };
    write(0, "a", 6);
    write(6, "a", 7);
    QCOMPARE(stepsOfA(), (std::vector<int64_t>{6, 7}));
    write(6, "b", 8);
    QCOMPARE(stepsOfA(), std::vector<int64_t>{6});
    write(0, "b", 1);  // from the beginning
    QCOMPARE(stepsOfA(), std::vector<int64_t>{});
  }

  void nothingToShowWritesNoFile() {
    const QTemporaryDir folder;
    TensorBoardLog log(pathOf(folder), 0, std::nullopt);
    log.write(std::vector<TrainEvent>{LogLine{LogLine::Level::Info, "hello"}}, std::vector<int64_t>{1000});
    QVERIFY(!isEventLog(pathOf(folder)));
  }
};

QTEST_APPLESS_MAIN(TensorBoardLogTest)
#include "tensorboard_log_test.moc"
