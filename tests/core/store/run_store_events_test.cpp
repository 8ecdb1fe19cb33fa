// Events of a run are kept, and come back.
#include <SQLiteCpp/SQLiteCpp.h>

#include <QTest>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/store/run_recorder.h"
#include "core/store/run_store.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

SeriesSummary summaryOf(const RunStore& store, RunId run, std::string_view name) {
  for (const SeriesSummary& summary : store.summaries(run))
    if (summary.name == name) return summary;
  return {};
}

}  // namespace

class RunStoreEventsTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void pointsComeBackWithEveryKindOfNumber() {
    const std::vector<double> values{2.5, kNaN, kInfinity, -kInfinity, 1e-310, 0.0, 1.0 / 3};
    std::vector<TrainEvent> events;
    std::vector<int64_t> times;
    for (size_t i = 0; i < values.size(); ++i) {
      events.emplace_back(stepAt(static_cast<int64_t>(i) + 1, values[i]));
      times.push_back(1000 + static_cast<int64_t>(i));
    }
    store_->append(run_, events, times);
    const auto points = store_->points(run_, series::kTrainLoss, 0);
    QCOMPARE(points.size(), values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      QCOMPARE(points[i].step, static_cast<int64_t>(i) + 1);
      QCOMPARE(points[i].timeMs, times[i]);
      if (std::isnan(values[i]))
        QVERIFY(std::isnan(points[i].value));
      else
        QVERIFY(points[i].value == values[i]);
    }
    QCOMPARE(store_->points(run_, series::kTrainLoss, 5).size(), size_t{2});
    QCOMPARE(store_->points(run_, series::kGradientNorm, 0).size(), values.size());
    QVERIFY(store_->points(run_, "no such series", 0).empty());
  }

  /// In the order of their steps, however they came, and with no more room than they need.
  void pointsComeInParts() {
    for (const int step : {1, 9, 4, 7, 3, 8}) appendOne(*store_, run_, Evaluation{step, step == 4 ? kNaN : 0.5 * step});
    const RunStore reader(pathOf(*folder_), StoreMode::ReadOnly);
    for (const RunStore* store : {&reader, const_cast<const RunStore*>(store_.get())}) {
      std::vector<int64_t> steps;
      for (int64_t after = -1;;) {
        const auto part = store->points(run_, series::kValidationLoss, after, 2);
        if (part.empty()) break;
        QCOMPARE(part.size(), size_t{2});
        QCOMPARE(part.capacity(), size_t{2});
        for (const Point& point : part) {
          QVERIFY(point.step == 4 ? std::isnan(point.value) : point.value == 0.5 * static_cast<double>(point.step));
          steps.push_back(point.step);
        }
        after = part.back().step;
      }
      QCOMPARE(steps, (std::vector<int64_t>{1, 3, 4, 7, 8, 9}));
      QVERIFY(store->points(run_, series::kValidationLoss, -1, 0).empty());
      QCOMPARE(store->points(run_, series::kValidationLoss, 7, 100).size(), size_t{2});
      QCOMPARE(store->points(run_, series::kValidationLoss, -1).capacity(), size_t{6});
    }
  }

  void theSummaryAlwaysAgreesWithThePoints_data() {
    QTest::addColumn<QList<int>>("steps");
    QTest::newRow("ascending") << QList<int>{1, 2, 3, 4, 5, 6};
    QTest::newRow("replaced") << QList<int>{1, 2, 3, 2, 3, 4, 5};
    QTest::newRow("backwards") << QList<int>{5, 4, 3, 2, 1};
    QTest::newRow("the best one replaced") << QList<int>{1, 2, 3, 4, 4, 4};
    QTest::newRow("no number first") << QList<int>{3, 4, 5};
  }
  void theSummaryAlwaysAgreesWithThePoints() {
    QFETCH(QList<int>, steps);
    int place = 0;
    for (const int step : steps) {
      const double value = step == 3 ? kNaN : std::cos(3.0 * ++place);
      appendOne(*store_, run_, Evaluation{step, value});
      const auto points = store_->points(run_, series::kValidationLoss, 0);
      const SeriesSummary s = summaryOf(*store_, run_, series::kValidationLoss);
      QCOMPARE(s.count, std::ssize(points));
      QCOMPARE(s.firstStep, points.front().step);
      QCOMPARE(s.lastStep, points.back().step);
      QVERIFY(s.last == points.back().value || std::isnan(points.back().value));
      double least = kInfinity, most = -kInfinity;
      for (const Point& point : points) {
        least = std::fmin(least, point.value);
        most = std::fmax(most, point.value);
      }
      if (std::isinf(least)) continue;  // nothing but NaN so far
      QCOMPARE(s.min, least);
      QCOMPARE(s.max, most);
      QVERIFY(store_->run(run_).bestLoss == least);
      QVERIFY(store_->run(run_).bestLossStep == s.minStep);
    }
  }

  void probesComeBackWithTheirConfusion() {
    const ProbeResult first{10, 0, 0.5, 0.6, 1.25, 40, true, 2, {{0, 0, 3}, {0, 1, 1}, {1, 1, 4}}};
    const ProbeResult second{10, 1, 0.75, kNaN, kInfinity, 1000, false, 2, {}};
    const std::vector<TrainEvent> events{
        second, first, ProbeResult{20, 0, 0.75, 0.5, 1, 1, true, 2, {{0, 0, 1}, {0, 1, 2}, {1, 0, 3}, {1, 1, 4}}}};
    store_->append(run_, events);
    const auto probes = store_->probes(run_, 0);
    QCOMPARE(probes.size(), size_t{3});
    QCOMPARE(probes[0].layer, 0);
    QCOMPARE(probes[0].accuracy, 0.5);
    QCOMPARE(probes[0].trainAccuracy, 0.6);
    QCOMPARE(probes[0].loss, 1.25);
    QCOMPARE(probes[0].iterations, 40);
    QCOMPARE(probes[0].classes, 2);
    QVERIFY(probes[0].converged && !probes[1].converged);
    QCOMPARE(probes[0].confusion, first.confusion);
    QVERIFY(std::isnan(probes[1].trainAccuracy) && std::isinf(probes[1].loss) && probes[1].confusion.empty());
    QCOMPARE(store_->probes(run_, 10).size(), size_t{1});
    // Of equals, the earliest step is the best.
    QVERIFY(store_->run(run_).bestAccuracy == 0.75);
    QVERIFY(store_->run(run_).bestLayer == 1);
    QVERIFY(store_->run(run_).bestAccuracyStep == 10);
  }

  void aProbeSaysWhatItIsWorthOnTestImages() {
    ProbeResult probe{10, 3, 0.5, 0.6, 1.25, 40, true, 2, {}, 0.01, 5, 0.4375};
    appendOne(*store_, run_, probe);
    const auto stored = store_->probes(run_, -1).at(0);
    QCOMPARE(stored.l2, 0.01);
    QCOMPARE(stored.joined, 5);
    QCOMPARE(stored.testAccuracy, std::optional(0.4375));
    probe.testAccuracy.reset();
    appendOne(*store_, run_, probe);
    QVERIFY(!store_->probes(run_, -1).at(0).testAccuracy);
  }

  void aClassifiersAccuracyCountsAsTheRunsBest() {
    appendOne(*store_, run_, Evaluation{10, 2.5, 0.5});
    appendOne(*store_, run_, Evaluation{20, 2.25, 0.75});
    appendOne(*store_, run_, Evaluation{30, 2.0, 0.625});
    appendOne(*store_, run_, Scalars{30, {{std::string(series::kTestAccuracy), 0.7}, {"vqvae/perplexity", 12}}});
    appendOne(*store_, run_, Evaluation{40, 1.75});  // where there is none, there is no point
    QCOMPARE(store_->points(run_, series::kValidationAccuracy, -1).size(), size_t{3});
    QCOMPARE(store_->points(run_, "vqvae/perplexity", -1).at(0).value, 12.0);
    QCOMPARE(store_->run(run_).bestAccuracy, std::optional(0.75));
    QCOMPARE(store_->run(run_).bestAccuracyStep, std::optional<int64_t>(20));
    QVERIFY(!store_->run(run_).bestLayer);
  }

  void scalarsThatAreNamedAsAnEvaluationsCountAsTheRunsBest() {
    appendOne(*store_, run_, Scalars{5, {{std::string(series::kValidationLoss), 2.0}}});
    QCOMPARE(store_->run(run_).bestLoss, std::optional(2.0));
  }

  void theLossOfAClassifierIsASeriesOfItsOwn() {
    StepStats stats = stepAt(1);
    stats.classifierLoss = 0.5;
    store_->append(run_, std::vector<TrainEvent>{stats, stepAt(2)});
    const auto points = store_->points(run_, series::kClassifierLoss, -1);
    QCOMPARE(points.size(), size_t{1});
    QCOMPARE(points[0].value, 0.5);
  }

  void lowDataAndCodesComeBackInOrder() {
    const std::vector<TrainEvent> events{LowDataResult{25, 1, 3, 0.5, 1.5}, LowDataResult{4, 0, 3, 0.25, 2},
                                         LowDataResult{25, 0, 3, 0.75, 1}, CodebookUse{5, {7, 0, 1LL << 40}}};
    store_->append(run_, events);
    store_->append(run_, events);  // again: replaced, not doubled
    const auto rows = store_->lowData(run_);
    QCOMPARE(rows.size(), size_t{3});
    QCOMPARE(rows[0].labelsPerClass, 4);
    QCOMPARE(rows[1].subset, 0);
    QCOMPARE(rows[1].accuracy, 0.75);
    QCOMPARE(rows[2].layer, 3);
    QCOMPARE(store_->codebookUse(run_, -1).at(0).counts, (std::vector<int64_t>{7, 0, 1LL << 40}));
    QVERIFY(store_->codebookUse(run_, 5).empty());
  }

  void picturesOfCodesComeBackAsPixels() {
    SampleSet set{.step = 3, .width = 1, .height = 2, .given = 1, .perPrompt = 1};
    set.originals = {{1, 300}};
    set.samples = {{1, 2}};
    set.pixelWidth = 1;
    set.pixelHeight = 2;
    set.originalPixels = {{1, 2, 3, 4, 5, 6}};
    set.samplePixels = {{9, 8, 7, 6, 5, 4}};
    set.truePixels = {{7, 7, 7, 8, 8, 8}};
    appendOne(*store_, run_, set);
    const auto stored = store_->samples(run_, 3, true);
    QVERIFY(stored.has_value());
    QCOMPARE(stored->originals, set.originals);
    QCOMPARE(stored->originalPixels, set.originalPixels);
    QCOMPARE(stored->samplePixels, set.samplePixels);
    QCOMPARE(stored->truePixels, set.truePixels);
    set.truePixels.clear();  // as they were stored before
    appendOne(*store_, run_, set);
    QVERIFY(store_->samples(run_, 3, true)->truePixels.empty());
    QCOMPARE(stored->pixelHeight, 2);
  }

  void samplesComeBackTokenByToken_data() {
    QTest::addColumn<int>("token");
    QTest::newRow("one byte") << 255;
    QTest::newRow("two bytes") << 256;
    QTest::newRow("largest palette") << 4095;
  }
  void samplesComeBackTokenByToken() {
    QFETCH(int, token);
    const SampleSet given = picturesAt(30, static_cast<Token>(token));
    SampleSet drawn = given;
    drawn.given = 0;
    drawn.originals.clear();
    drawn.originalNats.clear();
    store_->append(run_, std::vector<TrainEvent>{given, drawn});
    const auto read = store_->samples(run_, 30, true);
    QVERIFY(read.has_value());
    QCOMPARE(read->originals, given.originals);
    QCOMPARE(read->samples, given.samples);
    QCOMPARE(read->originalNats, given.originalNats);
    QVERIFY(std::isnan(read->sampleNats.at(0)));
    QCOMPARE(read->sampleNats.at(1), 0.25);
    QCOMPARE(read->given, 2);
    QCOMPARE(read->perPrompt, 2);
    QCOMPARE(store_->samples(run_, 30, false)->samples, drawn.samples);
    QVERIFY(!store_->samples(run_, 31, true));
    const auto sets = store_->sampleSets(run_);
    QCOMPARE(sets.size(), size_t{2});
    QCOMPARE(sets[0].prompts + sets[1].prompts, 1);
    // The same step again replaces the set.
    appendOne(*store_, run_, picturesAt(30, 3));
    QCOMPARE(store_->samples(run_, 30, true)->originals, picturesAt(30, 3).originals);
    QCOMPARE(store_->sampleSets(run_).size(), size_t{2});
  }

  void checkpointsComeAndGo() {
    store_->append(run_, std::vector<TrainEvent>{CheckpointSaved{20, "checkpoints/b", 200, kNaN, "last"},
                                                 CheckpointSaved{10, "checkpoints/a", 100, 1.5, "best"}});
    appendOne(*store_, run_, CheckpointSaved{20, "checkpoints/b", 200, 1.25, "best"});
    const auto rows = store_->checkpoints(run_);
    QCOMPARE(rows.size(), size_t{2});
    QCOMPARE(rows[0].step, 10);
    QCOMPARE(rows[1].reason, std::string("best"));
    QCOMPARE(rows[1].validationLoss, 1.25);
    QCOMPARE(rows[1].bytes, 200);
    QVERIFY(rows[0].timeMs > 0);
    appendOne(*store_, run_, CheckpointRemoved{10});
    QCOMPARE(store_->checkpoints(run_).size(), size_t{1});
  }

  void preparedDataComesBack() {
    const RunPrepared given{.trainImages = 1617,
                            .validationImages = 180,
                            .testImages = 9,
                            .positions = 64,
                            .width = 8,
                            .height = 8,
                            .parameters = 200000,
                            .paletteSize = 2,
                            .classNames = {"zero", "ein\"s", "\xff broken"},
                            .palette = {{-1, -1, -1}, {0.1F, 0.2F, 1}},
                            .environment = {{"Seed", "1"}, {"Cores", "2"}}};
    appendOne(*store_, run_, given);
    const RunDetails details = store_->details(run_);
    QCOMPARE(details.prepared.trainImages, 1617);
    QCOMPARE(details.prepared.parameters, 200000);
    QCOMPARE(details.prepared.classNames.at(1), std::string("ein\"s"));
    QVERIFY(details.prepared.palette == given.palette);
    QVERIFY(details.prepared.environment == given.environment);
    QCOMPARE(details.summary.parameters, 200000);
    QCOMPARE(fs::path(details.folder), fs::path(pathOf(*folder_) / "runs" / details.summary.uuid));
    QVERIFY(store_->details(store_->create(specText())).prepared.palette.empty());
  }

  void clocksRunWhileTheRunWorks() {
    const auto at = [&](RunState state, int64_t timeMs, const std::string& detail = {}) {
      const TrainEvent event = StateChanged{state, detail};
      store_->append(run_, std::span(&event, 1), std::span(&timeMs, 1));
    };
    at(RunState::Preparing, 1000);
    at(RunState::Running, 2000);
    at(RunState::Paused, 5000);
    at(RunState::Running, 105000);
    at(RunState::Failed, 106000, "The loss is not finite.");
    const RunSummary s = store_->run(run_);
    QCOMPARE(s.state, RunState::Failed);
    QCOMPARE(s.detail, std::string("The loss is not finite."));
    QCOMPARE(s.startedMs, 1000);
    QCOMPARE(s.endedMs, 106000);
    QCOMPARE(s.activeMs, 4000 + 1000);
  }

  void thePaceIsTheRecentOneWithoutPauses() {
    std::vector<TrainEvent> events{StateChanged{RunState::Running, ""}};
    std::vector<int64_t> times{1000};
    for (int64_t step = 1; step <= 400; ++step) {
      events.emplace_back(stepAt(step));
      times.push_back(1000 + 500 * step);
    }
    store_->append(run_, events, times);
    QVERIFY(std::abs(store_->run(run_).secondsPerStep - 0.5) < 1e-9);
    const std::vector<TrainEvent> later{StateChanged{RunState::Paused, ""}, StateChanged{RunState::Running, ""},
                                        stepAt(401)};
    store_->append(run_, later, std::vector<int64_t>{201000, 9000000, 9000500});
    QVERIFY(std::abs(store_->run(run_).secondsPerStep - 0.5) < 1e-9);
    events.clear();
    times.clear();
    for (int64_t step = 1; step <= 100; ++step) {
      events.emplace_back(stepAt(401 + step));
      times.push_back(9000500 + 4000 * step);
    }
    store_->append(run_, events, times);
    QVERIFY(store_->run(run_).secondsPerStep > 3.5);  // the earlier speed is forgotten
  }

  void theLogTellsStatesAndLines() {
    store_->append(run_, std::vector<TrainEvent>{StateChanged{RunState::Preparing, "Reading"},
                                                 StateChanged{RunState::Preparing, "Reading: 3 of 9"},
                                                 LogLine{LogLine::Level::Warning, "one image is broken"},
                                                 StateChanged{RunState::Failed, "no memory"}});
    const auto rows = store_->log(run_, 0);
    QCOMPARE(rows.size(), size_t{3});
    QCOMPARE(rows[0].line.text, std::string("Preparing: Reading"));
    QCOMPARE(rows[1].line.level, LogLine::Level::Warning);
    QCOMPARE(rows[2].line.text, std::string("Failed: no memory"));
    QCOMPARE(rows[2].line.level, LogLine::Level::Error);
    QCOMPARE(store_->log(run_, rows[1].id).size(), size_t{1});
  }

  void truncationForgetsWhatCameAfter() {
    for (int64_t step = 1; step <= 10; ++step) {
      appendOne(*store_, run_, stepAt(step, static_cast<double>(20 - step)));
      appendOne(*store_, run_, Evaluation{step, static_cast<double>(20 - step)});
      appendOne(*store_, run_,
                ProbeResult{step, 0, 0.05 * static_cast<double>(step), 0, 0, 1, true, 2, {{0, 0, 1}, {1, 1, 1}}});
      appendOne(*store_, run_, picturesAt(step, 1));
      appendOne(*store_, run_, CheckpointSaved{step, "x", 1, 1, "last"});
      appendOne(*store_, run_, CodebookUse{step, {1, 2}});
    }
    appendOne(*store_, run_, LowDataResult{4, 0, 1, 0.5, 1});
    store_->truncateAfter(run_, 6);
    QCOMPARE(store_->codebookUse(run_, -1).size(), size_t{6});
    QVERIFY(store_->lowData(run_).empty());
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{6});
    QCOMPARE(summaryOf(*store_, run_, series::kTrainLoss).min, 14.0);
    QCOMPARE(store_->probes(run_, 0).size(), size_t{6});
    QCOMPARE(store_->sampleSets(run_).size(), size_t{6});
    QCOMPARE(store_->checkpoints(run_).size(), size_t{6});
    QCOMPARE(store_->run(run_).step, 6);
    QVERIFY(store_->run(run_).bestLoss == 14.0);
    QVERIFY(store_->run(run_).bestAccuracyStep == 6);
    store_->truncateAfter(run_, -1);
    QVERIFY(store_->summaries(run_).empty());
    QVERIFY(!store_->run(run_).bestLoss && !store_->run(run_).bestAccuracy);
  }

  void appendIsAllOrNothing() {
    const auto before = store_->version(run_);
    QVERIFY_THROWS_EXCEPTION(Error, store_->append(RunId{99}, std::vector<TrainEvent>{stepAt(1)}));
    QCOMPARE(store_->version(run_), before);
  }

  void theRecorderWritesAtOnceWhatPeopleWaitFor() {
    int notifications = 0;
    RunRecorder recorder(RunStore(pathOf(*folder_), StoreMode::ReadWrite), run_, [&] { ++notifications; });
    recorder.record(StateChanged{RunState::Running, ""});
    QCOMPARE(notifications, 1);
    for (int64_t step = 1; step <= 50; ++step) recorder.record(stepAt(step));
    QVERIFY(notifications < 51);  // batched
    recorder.record(CheckpointSaved{50, "x", 1, 1, "last"});
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{50});
    recorder.record(stepAt(51));
    recorder.flush();
    const int before = notifications;
    recorder.flush();
    QCOMPARE(notifications, before);  // nothing new, nothing written
    QCOMPARE(store_->run(run_).step, 51);
  }

  /// Memory is taken for the points that come, not for those that a damaged file promises.
  void aDamagedCountOfPointsTakesNoMemory() {
    for (int64_t step = 1; step <= 5; ++step) appendOne(*store_, run_, Scalars{step, {{"a", double(step)}}});
    for (const char* count : {"9000000000000000000", "-9000000000000000000"})
      for (const char* last : {"9000000000000000000", "-5"}) {
        SQLite::Database(pathOf(*folder_) / "scanline.db", SQLite::OPEN_READWRITE)
            .exec(std::string("UPDATE series_summary SET count = ") + count + ", last_step = " + last);
        QCOMPARE(store_->points(run_, "a", -1).size(), size_t{5});
        QCOMPARE(store_->points(run_, "a", 2).size(), size_t{3});
        QCOMPARE(store_->points(run_, "a", 2, 2).size(), size_t{2});
        QVERIFY(store_->points(run_, "a", -1).capacity() <= size_t{1} << 22);
      }
  }

  void damagedPicturesAreRefused() {
    SampleSet set = picturesAt(3, 5);
    set.pixelWidth = set.pixelHeight = 1;
    set.originalPixels = {{1, 2, 3}};
    set.samplePixels = {{1, 2, 3}, {4, 5, 6}};
    for (const char* damage : {"UPDATE sample SET tokens = x'0102'", "UPDATE sample SET pixels = x'0102'"}) {
      appendOne(*store_, run_, set);
      QVERIFY(store_->samples(run_, 3, true).has_value());
      SQLite::Database(pathOf(*folder_) / "scanline.db", SQLite::OPEN_READWRITE).exec(damage);
      try {
        store_->samples(run_, 3, true);
        QFAIL(damage);
      } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains("scanline-cli verify"), error.what());
      }
    }
  }
};

QTEST_GUILESS_MAIN(RunStoreEventsTest)
#include "run_store_events_test.moc"
