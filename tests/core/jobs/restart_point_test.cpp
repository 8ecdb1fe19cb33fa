// What a run needs of its event file to go on from its newest checkpoint.
#include "core/jobs/restart_point.h"

#include <QTest>
#include <fstream>

#include "core/jobs/run_files.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class RestartPointTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    files_ = std::make_unique<TempFolder>();
    folder_ = files_->path() / "run";
    fs::create_directories(folder_);
    store_ = std::make_unique<RunStore>(files_->path() / "workspace", StoreMode::ReadWrite);
    writeLongRun();
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    store_.reset();
  }

  /// What a run needs to go on from its newest checkpoint is there without the file's beginning.
  void aRestartReadsOnlyWhatCameAfterItsCheckpoint() {
    const RestartPoint point = RestartPoint::read(folder_);
    QVERIFY(point.end().bytes > 0);
    const RunId whole = takenBy({});
    std::fstream(folder_ / kEventsFile, std::ios::in | std::ios::out).write("spoiled", 7);  // in its first line
    const RunId restarted = takenBy(point);
    QVERIFY(warnings_.empty());
    QCOMPARE(store_->points(restarted, series::kTrainLoss, -1).size(), size_t{3});  // those behind the checkpoint
    const auto rows = [&](RunId run) {
      std::vector<std::pair<int64_t, std::string>> found;
      for (const CheckpointRow& row : store_->checkpoints(run)) found.emplace_back(row.step, row.reason);
      return found;
    };
    QCOMPARE(rows(restarted), (std::vector<std::pair<int64_t, std::string>>{{200, "best"}, {400, "last"}}));
    QCOMPARE(rows(restarted), rows(whole));
    QCOMPARE(store_->details(restarted).prepared.environment, store_->details(whole).prepared.environment);
    QCOMPARE(store_->run(restarted).state, store_->run(whole).state);
    for (const int64_t step : {int64_t{200}, int64_t{400}}) {
      const auto loss = store_->points(restarted, series::kValidationLoss, step - 1);
      QVERIFY(!loss.empty() && loss.front().step == step && loss.front().value == 1.0 / double(step));
      QCOMPARE(store_->points(restarted, series::kValidationAccuracy, step - 1).front().value, double(step) / 1000);
    }
    QCOMPARE(store_->probes(restarted, 399).size(), size_t{1});
  }

  /// The point goes along with a run that goes on after a restart.
  void aRestartedRunKeepsItsPoint() {
    RestartPoint point = RestartPoint::read(folder_);
    const int64_t before = point.end().bytes;
    takenBy(point, &point);
    EventFile file(folder_);
    file.keep(point);
    file.goBackTo(400);
    file.write(CheckpointSaved{600, "checkpoints/step-600.safetensors", 10, 1.0, "last"});
    file.write(CheckpointRemoved{400});
    file.write(CheckpointSaved{800, "checkpoints/step-800.safetensors", 10, 1.0, "last"});
    const RestartPoint after = RestartPoint::read(folder_);
    QVERIFY(after.end().bytes > before);
    const RunId run = takenBy(after);
    std::vector<int64_t> steps;
    for (const CheckpointRow& row : store_->checkpoints(run)) steps.push_back(row.step);
    QCOMPARE(steps, (std::vector<int64_t>{200, 600, 800}));
  }

  void aRestartPointOfAnotherFileIsNotUsed_data() {
    QTest::addColumn<int>("change");
    QTest::addRow("cut") << 0;
    QTest::addRow("replaced") << 1;
    QTest::addRow("gone") << 2;
    QTest::addRow("the point itself is cut") << 3;
  }
  void aRestartPointOfAnotherFileIsNotUsed() {
    QFETCH(int, change);
    const int64_t end = RestartPoint::read(folder_).end().bytes;
    QVERIFY(end > 0);
    const fs::path file = folder_ / kEventsFile;
    if (change == 0) fs::resize_file(file, static_cast<uintmax_t>(end) - 1);
    if (change == 1) std::fstream(file, std::ios::in | std::ios::out).seekp(end - 3).write("9", 1);
    if (change == 2) fs::remove(file);
    if (change == 3) fs::resize_file(folder_ / "restart.jsonl", 40);
    QCOMPARE(RestartPoint::read(folder_).end().bytes, int64_t{0});
  }

 private:
  /// 403 steps, with checkpoints at 200 and 400.
  void writeLongRun() const {
    EventFile file(folder_);
    file.keep({});
    file.write(RunPrepared{.environment = {{"images", "their sum"}}});
    file.write(StateChanged{RunState::Running, ""});
    for (int64_t step = 1; step <= 403; ++step) {
      file.write(StepStats{.step = step, .loss = double(step)});
      if (step % 100 == 0)
        file.write(Evaluation{.step = step, .loss = 1.0 / double(step), .accuracy = double(step) / 1000});
      if (step != 200 && step != 400) continue;
      const std::string name = "checkpoints/step-" + std::to_string(step) + ".safetensors";
      file.write(CheckpointSaved{step, name, 10, 1.0 / double(step), step == 200 ? "best" : "last"});
      file.write(ProbeResult{.step = step, .layer = 1, .accuracy = 0.5, .classes = 2});
    }
  }
  /// A new run that takes the file from the point on.
  RunId takenBy(const RestartPoint& point, RestartPoint* seen = nullptr) {
    const RunId run = store_->create(toToml(preset("quick-start").spec));
    point.putInto(*store_, run);
    store_->setClusterRun({.run = run, .folder = folder_.string(), .taken = point.end(), .isOpen = false});
    warnings_ = takeRunEvents(*store_, run, folder_, {}, seen).warnings;
    return run;
  }

  std::vector<std::string> warnings_;
  std::unique_ptr<TempFolder> files_;
  fs::path folder_;
  std::unique_ptr<RunStore> store_;
};

QTEST_GUILESS_MAIN(RestartPointTest)
#include "restart_point_test.moc"
