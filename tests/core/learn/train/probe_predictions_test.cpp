// The answers of probes for every picture, against the results that the run itself stored.
#include "core/jobs/probe_predictions.h"

#include <QTest>
#include <cmath>
#include <numeric>

#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "core/jobs/run_job.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

RunSpec trained(Objective objective) {
  RunSpec spec;
  spec.name = "small";
  spec.threads = 1;
  spec.seed = 3;
  spec.device = Device::Cpu;
  spec.data.limit = 400;
  spec.palette = {.size = 4, .pixels = 2000, .iterations = 5};
  spec.model = {.objective = objective, .layers = 2, .width = 16, .heads = 2, .masks = 3};
  spec.train = {.steps = 6, .batchSize = 8, .precision = Precision::Fp32, .evaluateImages = 16, .checkpointEvery = 0};
  spec.probe = {.every = 0, .trainImages = 120, .testImages = 30, .l2Values = "1e-3, 1e-1", .maxIterations = 40};
  spec.sample = {.every = 0, .prompts = 1, .perPrompt = 1, .unconditional = 1};
  return spec;
}

}  // namespace

class ProbePredictionsTest : public QObject {
  Q_OBJECT

  /// A run, its model and its data.
  struct Subject {
    RunDetails run;
    std::filesystem::path file;
    std::shared_ptr<const OpenModel> model;
    std::unique_ptr<StudioData> data;
    ProbeSettings settings;
    std::vector<ProbeResult> stored;  ///< of its last step
  };

  TempFolder folder_, cache_;
  std::unique_ptr<Engine> engine_{scanlineMakeEngine()};
  Subject pixels_, bert_;

  RunStore store() const { return {folder_ / "workspace", StoreMode::ReadWrite}; }

  RunId go(RunId run) {
    RunRecorder recorder(store(), run, [] {});
    runJob(*engine_, recorder, run, false, {});
    return run;
  }

  Subject subject(RunId run) {
    Subject made{.run = store().details(run)};
    made.file = std::filesystem::path(made.run.folder) / made.run.checkpoints.back().file;
    made.model = engine_->openModel(made.file);
    const PrepareContext quiet{.begin = [](const std::string&) {}, .control = {}, .warn = [](const std::string&) {}};
    made.data = std::make_unique<StudioData>(made.model, dataSpecOf(made.model->facts(), made.run.specToml), quiet);
    made.settings = probeSettingsOf(made.model->facts(), made.run.specToml);
    made.stored = store().probes(run, -1);
    return made;
  }

  static PredictionTable predictions(const Subject& of, const PredictionsWanted& wanted) {
    return predictionsOf(*of.data, of.settings, wanted, contentIdentity(of.file), {});
  }

  void equalTheStoredOnes(const Subject& of) {
    const PredictionTable table = predictions(of, {.rows = scoredRows(*of.data, of.settings)});
    QCOMPARE(table.count(), 30);
    QCOMPARE(of.stored.size(), size_t{3});
    for (const ProbeResult& probe : of.stored) {
      const int64_t at = table.placeOf(probe.layer);
      QCOMPARE(table.accuracy(at), probe.accuracy);
      QCOMPARE(table.confusion(at), probe.confusion);
    }
  }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((cache_ / ".").string()));
    for (const auto& [objective, into] : {std::pair{Objective::Autoregressive, &pixels_}, {Objective::Bert, &bert_}})
      *into = subject(go(store().create(toToml(trained(objective)))));
  }

  void theyAreThoseOfTheRun() { equalTheStoredOnes(pixels_); }
  void thoseOfBertToo() { equalTheStoredOnes(bert_); }

  /// A run that only probes has settings of its own, and its model is another run's.
  void theyAreThoseOfARunThatOnlyProbes() {
    auto spec = nextSpec(trained(Objective::Autoregressive), RunKind::Probe);
    spec.threads = 1;
    spec.train.precision = Precision::Fp32;
    spec.probe = {.trainImages = 90, .testImages = 25, .l2 = 0.02, .maxIterations = 30};
    const RunId probing = go(store().fork(pixels_.run.summary.id, 6, toToml(spec)));
    const auto details = store().details(probing);
    const auto settings = probeSettingsOf(pixels_.model->facts(), details.specToml);
    const auto table = predictionsOf(*pixels_.data, settings, {.rows = scoredRows(*pixels_.data, settings)},
                                     contentIdentity(pixels_.file), {});
    const auto stored = store().probes(probing, -1);
    QVERIFY(stored.size() >= 3);
    for (const ProbeResult& probe : stored) QCOMPARE(table.confusion(table.placeOf(probe.layer)), probe.confusion);
  }

  void probabilitiesSumToOneAndTheLargestIsSaid() {
    for (const Subject* of : {&pixels_, &bert_}) {
      const PredictionTable table = predictions(*of, {.split = DataSplit::Validation});
      QCOMPARE(table.count(), of->data->count(DataSplit::Validation));
      for (int64_t index = 0; index < table.count(); ++index)
        for (int64_t at = 0; at < std::ssize(table.layers); ++at) {
          const auto shares = table.probabilities(index, at);
          QVERIFY(std::abs(std::accumulate(shares.begin(), shares.end(), 0.0) - 1) < 1e-5);
          if (of == &pixels_)
            QCOMPARE(std::ranges::max_element(shares) - shares.begin(), std::ptrdiff_t{table.said(index, at)});
        }
    }
  }

  void aLayerAmongAllIsAsThatLayerAlone() {
    const std::vector<int64_t> rows{1, 5, 20, 33};
    const PredictionTable all = predictions(pixels_, {.rows = rows});
    for (const int64_t layer : {0, 1, 2}) {
      const PredictionTable alone = predictions(pixels_, {.rows = rows, .layers = {layer}});
      for (int64_t index = 0; index < alone.count(); ++index)
        for (int64_t c = 0; c < alone.classes; ++c)
          QVERIFY(std::abs(alone.probabilities(index, 0)[static_cast<size_t>(c)] -
                           all.probabilities(index, layer)[static_cast<size_t>(c)]) < 1e-5);
    }
  }

  void rowsAreTheSameAmongOthersAndOfOtherSplits() {
    const PredictionTable whole = predictions(pixels_, {.split = DataSplit::Train, .layers = {1}});
    QCOMPARE(whole.count(), pixels_.data->count(DataSplit::Train));
    const PredictionTable some = predictions(pixels_, {.split = DataSplit::Train, .rows = {3, 77}, .layers = {1}});
    for (const int64_t index : {0, 1}) {
      const int64_t other = whole.indexOf(some.rows[static_cast<size_t>(index)]);
      QCOMPARE(some.said(index, 0), whole.said(other, 0));
      QCOMPARE(some.labels[static_cast<size_t>(index)],
               pixels_.data->labels(DataSplit::Train)[static_cast<size_t>(some.rows[static_cast<size_t>(index)])]);
    }
  }

  void cellsAndErrorsAreInOrder() {
    const PredictionTable table = predictions(pixels_, {.split = DataSplit::Validation});
    int64_t inCells = 0;
    for (const ConfusionCell& cell : table.confusion(1)) {
      const auto within = table.cell(1, cell.truth, cell.said);
      QCOMPARE(std::ssize(within), int64_t{cell.count});
      inCells += std::ssize(within);
    }
    QCOMPARE(inCells, table.count());
    const auto errors = table.certainErrors(1);
    QCOMPARE(std::ssize(errors), std::llround((1 - table.accuracy(1)) * static_cast<double>(table.count())));
    double before = 1;
    for (const int64_t index : errors) {
      QVERIFY(!table.isRight(index, 1));
      const double sure = table.probabilities(index, 1)[static_cast<size_t>(table.said(index, 1))];
      QVERIFY(sure <= before);
      before = sure;
    }
  }

  void badQuestionsAreSentences() {
    QVERIFY_THROWS_EXCEPTION(Error, predictions(pixels_, {.rows = {100000}}));
    QVERIFY_THROWS_EXCEPTION(Error, predictions(pixels_, {.layers = {3}}));
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, predictionsOf(*pixels_.data, pixels_.settings, {.layers = {0, 2}}, "stopped",
                                                    Control(stop.get_token())));
  }
};

QTEST_GUILESS_MAIN(ProbePredictionsTest)
#include "probe_predictions_test.moc"
