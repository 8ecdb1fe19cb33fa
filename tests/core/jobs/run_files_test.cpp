// A run in a folder of its own: its event file, and how a store takes it.
#include "core/jobs/run_files.h"

#include <QTest>
#include <cmath>
#include <fstream>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/jobs/event_json.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "core/store/process_identity.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Every kind of event, with numbers that text could spoil.
std::vector<TrainEvent> allEvents() {
  SampleSet set{.step = 4, .width = 2, .height = 1, .given = 1, .perPrompt = 1};
  set.originals = {{0, 65535}};
  set.samples = {{1, 300}};
  set.originalNats = {0.1};
  set.sampleNats = {kNan};
  set.pixelWidth = set.pixelHeight = 1;
  set.originalPixels = {{0, 127, 255}};
  set.samplePixels = {{1, 2, 3}};
  RunPrepared prepared{.trainImages = 10, .positions = 4, .width = 2, .height = 2, .parameters = 99, .paletteSize = 1};
  prepared.classNames = {"cat", "\"dog\" é"};
  prepared.palette = {Colour{1, 2, 3}};
  prepared.environment = {{"CPU", "x"}};
  return {StateChanged{RunState::Preparing, "Reading"},
          prepared,
          StateChanged{RunState::Running, ""},
          StepStats{1, 0.1, 1e-300, kInfinite, 12345.678901234567, std::nullopt},
          StepStats{2, kNan, -kInfinite, 0, 5, 1.0 / 3},
          Evaluation{2, std::nextafter(1.0, 2.0), 0.5},
          Scalars{2, {{"test/loss", -0.0}, {"a b", kNan}}},
          ProbeResult{
              .step = 2, .layer = 1, .accuracy = 1.0 / 7, .classes = 2, .confusion = {{0, 1, 5}}, .testAccuracy = 0.25},
          LowDataResult{4, 0, 1, 0.5, 2.5},
          CodebookUse{2, {1, 0, 7}},
          set,
          CheckpointSaved{2, "checkpoints/step-2.safetensors", 1000, kNan, "last", std::nullopt},
          CheckpointRemoved{2},
          LogLine{LogLine::Level::Warning, "a line\nof two"},
          StateChanged{RunState::Finished, ""}};
}

std::string textOf(const TrainEvent& event) {
  return eventJson(event).dump();
}

TrainEvent stepAt(int64_t step, double loss) {
  return StepStats{.step = step, .loss = loss};
}

}  // namespace

class RunFilesTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    files_ = std::make_unique<TempFolder>();
    folder_ = files_->path() / "run";
    workspace_ = files_->path() / "workspace";
    fs::create_directories(folder_);
    store_ = std::make_unique<RunStore>(workspace_, StoreMode::ReadWrite);
    RunSpec spec = preset("quick-start").spec;
    run_ = store_->create(toToml(spec));
    store_->setClusterRun({.run = run_, .folder = folder_.string(), .job = "12"});
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    store_.reset();
  }

  void everyEventComesBackAsItWas() {
    for (const TrainEvent& event : allEvents()) {
      const TrainEvent back = eventFrom(nlohmann::json::parse(textOf(event)));
      QCOMPARE(back.index(), event.index());
      QCOMPARE(textOf(back), textOf(event));
    }
    const auto steps = eventFrom(nlohmann::json::parse(textOf(allEvents()[3])));
    QCOMPARE(std::get<StepStats>(steps).imagesPerSecond, 12345.678901234567);
    QCOMPARE(std::get<StepStats>(steps).gradientNorm, kInfinite);
    const auto evaluation = eventFrom(nlohmann::json::parse(textOf(allEvents()[5])));
    QCOMPARE(std::get<Evaluation>(evaluation).loss, std::nextafter(1.0, 2.0));
  }

  /// A store that takes a file has the rows of one that was told the events, at their times.
  void aStoreTakesAllThatARecorderWouldHaveStored() {
    const RunId twin = store_->create(store_->details(run_).specToml);
    EventFile file(folder_);
    std::vector<int64_t> times;
    const auto events = allEvents();
    for (size_t i = 0; i < events.size(); ++i) times.push_back(1'700'000'000'000 + int64_t(i));
    file.write(events, times);
    store_->append(twin, events, times);
    QVERIFY(takeRunEvents(*store_, run_, folder_).warnings.empty());
    for (const std::string_view series : {series::kTrainLoss, series::kValidationLoss, series::kGradientNorm}) {
      const auto ours = store_->points(run_, series, -1), theirs = store_->points(twin, series, -1);
      QCOMPARE(ours.size(), theirs.size());
      for (size_t i = 0; i < ours.size(); ++i) {
        QVERIFY(ours[i].value == theirs[i].value || (std::isnan(ours[i].value) && std::isnan(theirs[i].value)));
        QCOMPARE(ours[i].timeMs, theirs[i].timeMs);
      }
    }
    QCOMPARE(store_->probes(run_, -1), store_->probes(twin, -1));
    QCOMPARE(store_->codebookUse(run_, -1).front().counts, store_->codebookUse(twin, -1).front().counts);
    QCOMPARE(store_->samples(run_, 4, true)->originals, store_->samples(twin, 4, true)->originals);
    QCOMPARE(store_->details(run_).prepared.classNames, store_->details(twin).prepared.classNames);
    QCOMPARE(store_->log(run_, 0).size(), store_->log(twin, 0).size());
    QCOMPARE(store_->run(run_).state, RunState::Finished);
  }

  /// However the file grows and whenever the reader starts anew, each line is stored once.
  void linesThatGrowInAnyPiecesAreTakenOnce() {
    EventFile(folder_).write(allEvents(), std::vector<int64_t>(allEvents().size(), 1'700'000'000'000));
    const std::string whole = readFile(folder_ / kEventsFile, 1 << 20);
    const fs::path file = folder_ / kEventsFile;
    for (size_t size = 0; size <= whole.size(); size += 97) {
      std::ofstream(file, std::ios::binary) << whole.substr(0, size);
      takeRunEvents(*store_, run_, folder_);
      QVERIFY(store_->clusterRun(run_)->taken.bytes <= int64_t(size));
    }
    std::ofstream(file, std::ios::binary) << whole;
    takeRunEvents(*store_, run_, folder_);
    const auto log = store_->log(run_, 0);
    QCOMPARE(std::ranges::count_if(log, [](const LogRow& row) { return row.line.text == "a line\nof two"; }), 1);
    QCOMPARE(std::ranges::count_if(log, [](const LogRow& row) { return row.line.text == "Running"; }), 1);
    QCOMPARE(takeRunEvents(*store_, run_, folder_).events, 0);
  }

  /// A process that died in the middle of a line: the next one goes on behind the last whole one.
  void aTornLastLineIsCutOff() {
    EventFile(folder_).write(stepAt(1, 3.0));
    std::ofstream(folder_ / kEventsFile, std::ios::app) << "[17000,[\"t\",2";
    QCOMPARE(takeRunEvents(*store_, run_, folder_).events, 1);
    EventFile(folder_).write(stepAt(2, 2.0));
    const TakenEvents taken = takeRunEvents(*store_, run_, folder_);
    QCOMPARE(taken.events, 1);
    QVERIFY(taken.warnings.empty());
    QCOMPARE(store_->points(run_, series::kTrainLoss, -1).size(), size_t{2});
  }

  /// A disk that lost its last writes: the file is shorter than it was, and grows again.
  void aFileThatWasCutIsReadAgain() {
    for (int64_t step = 1; step <= 5; ++step) EventFile(folder_).write(stepAt(step, double(step)));
    takeRunEvents(*store_, run_, folder_);
    const fs::path file = folder_ / kEventsFile;
    const std::string whole = readFile(file, 1 << 20);
    fs::resize_file(file, whole.find("[\"t\",3"));  // in the middle of the third line
    EventFile(folder_).write(stepAt(3, 30));
    const TakenEvents taken = takeRunEvents(*store_, run_, folder_);
    QCOMPARE(taken.warnings.size(), size_t{1});
    QVERIFY(taken.warnings.front().find("is not as it was") != std::string::npos);
    QCOMPARE(losses(), (std::vector<double>{1, 2, 30}));
    EventFile(folder_).write(stepAt(4, 40));
    QVERIFY(takeRunEvents(*store_, run_, folder_).warnings.empty());
    QCOMPARE(losses(), (std::vector<double>{1, 2, 30, 40}));
  }

  /// Another file under the same name, longer than the one before; the run had trained two steps before it came here.
  void aFileThatWasReplacedIsReadAgain() {
    const std::vector<TrainEvent> before{stepAt(1, 0.1), stepAt(2, 0.2)};
    store_->append(run_, before);
    const auto write = [&](int64_t steps, double factor) {
      fs::remove(folder_ / kEventsFile);
      EventFile file(folder_);
      file.goBackTo(2);
      for (int64_t step = 3; step <= steps; ++step) file.write(stepAt(step, factor * double(step)));
    };
    write(5, 1);
    takeRunEvents(*store_, run_, folder_);
    QCOMPARE(losses(), (std::vector<double>{0.1, 0.2, 3, 4, 5}));
    write(8, 10);
    QCOMPARE(takeRunEvents(*store_, run_, folder_).warnings.size(), size_t{1});
    QCOMPARE(losses(), (std::vector<double>{0.1, 0.2, 30, 40, 50, 60, 70, 80}));
  }

  /// A fine-tune goes on there as it would here: it knows how good each of its checkpoints was.
  void aRunComesWithTheEvaluationsOfItsCheckpoints() {
    fs::create_directories(store_->folder(run_) / "checkpoints");
    for (const int64_t step : {int64_t{2}, int64_t{4}}) {
      const std::string file = "checkpoints/step-" + std::to_string(step) + ".safetensors";
      std::ofstream(store_->folder(run_) / file) << "weights";
      const std::vector<TrainEvent> events{Evaluation{.step = step, .loss = 1.0, .accuracy = 1.0 / double(step)},
                                           CheckpointSaved{step, file, 7, 1.0, step == 2 ? "best" : "last"}};
      store_->append(run_, events);
    }
    QVERIFY(bringRunFiles(*store_, run_, folder_).bytes > 0);
    const RunId there = store_->create(store_->details(run_).specToml);
    store_->setClusterRun({.run = there, .folder = folder_.string()});
    QVERIFY(takeRunEvents(*store_, there, folder_).warnings.empty());
    QCOMPARE(store_->checkpoints(there).size(), size_t{2});
    const auto accuracies = store_->points(there, series::kValidationAccuracy, -1);
    QCOMPARE(accuracies.size(), size_t{2});
    QVERIFY(accuracies[0].step == 2 && accuracies[0].value == 0.5 && accuracies[1].value == 0.25);
  }

  /// However wrong the clock of the other machine is: the disk says how long ago the run wrote.
  void silenceIsMeasuredByTheDisksClock() {
    QVERIFY(!silenceOf(folder_).has_value());
    EventFile file(folder_);
    const TrainEvent event = stepAt(1, 1);
    const int64_t nextYear = 1'900'000'000'000;
    file.write(std::span(&event, 1), std::span(&nextYear, 1));
    QVERIFY(silenceOf(folder_).has_value());
    const auto tenMinutesAgo = fs::last_write_time(folder_ / kEventsFile) - std::chrono::minutes(10);
    fs::last_write_time(folder_ / kEventsFile, tenMinutesAgo);
    QVERIFY(*silenceOf(folder_) >= std::chrono::minutes(10));
    showLife(folder_);
    QVERIFY(*silenceOf(folder_) < std::chrono::minutes(10));
    QVERIFY(fs::last_write_time(folder_ / kEventsFile) > tenMinutesAgo);
  }

  /// A restarted run takes up earlier steps again: what lies behind them goes.
  void aRestartReplacesTheStepsBehindItsCheckpoint() {
    EventFile file(folder_);
    for (int64_t step = 1; step <= 5; ++step) file.write(stepAt(step, double(step)));
    file.goBackTo(2);
    file.write(stepAt(3, 30));
    takeRunEvents(*store_, run_, folder_);
    const auto points = store_->points(run_, series::kTrainLoss, -1);
    QCOMPARE(points.size(), size_t{3});
    QCOMPARE(points.back().value, 30.0);
    QCOMPARE(store_->run(run_).step, 3);
    file.goBackTo(-1);
    takeRunEvents(*store_, run_, folder_);
    QVERIFY(store_->points(run_, series::kTrainLoss, -1).empty());
  }

  void aLineThatSaysNothingIsPassedOverWithAWarning() {
    EventFile(folder_).write(stepAt(1, 3.0));
    std::ofstream(folder_ / kEventsFile, std::ios::app) << "{}\n[1,[\"?\"]]\n";
    EventFile(folder_).write(stepAt(2, 2.0));
    const TakenEvents taken = takeRunEvents(*store_, run_, folder_);
    QCOMPARE(taken.warnings.size(), size_t{2});
    QVERIFY(taken.warnings.front().find(kEventsFile) != std::string::npos);
    QCOMPARE(store_->points(run_, series::kTrainLoss, -1).size(), size_t{2});
  }

  /// The store's checkpoints of a run lie in its folder on the shared disk.
  void checkpointsHaveAbsoluteNames() {
    EventFile(folder_).write(CheckpointSaved{2, "checkpoints/step-2.safetensors", 10, 1.0, "last"});
    takeRunEvents(*store_, run_, folder_);
    QCOMPARE(store_->checkpoints(run_).front().file, (folder_ / "checkpoints/step-2.safetensors").string());
  }

  /// A run of a cluster is nobody's here: it cannot be queued, deleted or taken for dead, until it is over.
  void aClusterHoldsItsRun() {
    EventFile file(folder_);
    file.write(StateChanged{RunState::Running, ""});
    takeRunEvents(*store_, run_, folder_);
    QVERIFY(store_->markInterrupted().empty());
    QCOMPARE(store_->run(run_).state, RunState::Running);
    QVERIFY(store_->run(run_).onCluster && store_->run(run_).ownedElsewhere && !store_->run(run_).resumable);
    QCOMPARE(store_->run(run_).clusterJob, std::string("12"));
    QVERIFY_THROWS_EXCEPTION(Error, store_->enqueue(run_, true));
    QVERIFY_THROWS_EXCEPTION(Error, store_->purge(run_));
    QVERIFY_THROWS_EXCEPTION(Error, store_->kill(run_));
    // A requeued job says "stopped" in between: the cluster has it still.
    file.write(StateChanged{RunState::Stopped, ""});
    takeRunEvents(*store_, run_, folder_);
    QVERIFY(store_->run(run_).onCluster);
    ClusterRun of = *store_->clusterRun(run_);
    of.isOpen = false;
    store_->setClusterRun(of);
    QVERIFY(!store_->run(run_).onCluster);
    store_->enqueue(run_, true);
    QCOMPARE(store_->jobs().size(), size_t{1});
  }

  void aRunForTheClusterIsNotInTheQueue() {
    const std::string text = store_->details(run_).specToml;
    const RunId sent = store_->createQueued(std::span(&text, 1), {}, {.onCluster = true}).front();
    QVERIFY(store_->jobs().empty());
    QCOMPARE(store_->run(sent).state, RunState::Queued);
    QVERIFY(store_->run(sent).onCluster);
    QCOMPARE(store_->clusterRuns().back().run, sent);
    QVERIFY(store_->clusterRuns().back().folder.empty());
    store_->ask(sent, RunCommand::Stop);
    QCOMPARE(store_->takeCommand(sent), std::optional(RunCommand::Stop));
  }

  void requestsAreFiles() {
    requestFrom(folder_, RunCommand::Pause);
    QVERIFY(isRequested(folder_, kPauseRequest) && !isRequested(folder_, kStopRequest));
    requestFrom(folder_, RunCommand::Resume);
    QVERIFY(!isRequested(folder_, kPauseRequest));
    requestFrom(folder_, RunCommand::Stop);
    QVERIFY(isRequested(folder_, kStopRequest));
    removeRequests(folder_);
    QVERIFY(!isRequested(folder_, kStopRequest));
  }

 private:
  std::vector<double> losses() const {
    std::vector<double> values;
    for (const Point& point : store_->points(run_, series::kTrainLoss, -1)) values.push_back(point.value);
    return values;
  }
  std::unique_ptr<TempFolder> files_;
  fs::path folder_, workspace_;
  std::unique_ptr<RunStore> store_;
  RunId run_;
};

QTEST_GUILESS_MAIN(RunFilesTest)
#include "run_files_test.moc"
