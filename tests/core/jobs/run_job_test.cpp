// Runs that are stopped, cut off, resumed and forked, in the pool's lane.
#include "core/jobs/run_job.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/core/jobs/pool_test.h"

using namespace scanline;
namespace fs = std::filesystem;

class RunJobTest : public QObject, PoolTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void stopThenResumeEqualsUninterrupted() {
    const RunId whole = enqueue("whole");
    open();
    pool_->waitIdle();
    pool_.reset();
    const RunId run = enqueue("cut");
    holdAt(7);
    open();
    reached_.get_future().wait();
    pool_->stop(run);
    release_.set_value();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Stopped);
    QVERIFY(store_->run(run).resumable);
    QCOMPARE(store_->checkpoints(run).back().step, 7);
    QCOMPARE(store_->checkpoints(run).back().reason, std::string("stopped"));
    QCOMPARE(jobStateOf(run), std::string("cancelled"));

    engine_->adjust = nullptr;
    store_->enqueue(run, true);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    compare(run, whole);
  }

  /// The precision that was faster at first may be slower on another machine; a run keeps the one it was trained in.
  void theRecordTellsThePrecisionOfTheCheckpoint() {
    const auto precision = [&](RunId run) {
      for (const auto& [name, value] : store_->details(run).prepared.environment)
        if (name == "Precision") return value;
      return std::string();
    };
    const RunId run = enqueue("cut");
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) {
      trainer.precision = "bf16";
      trainer.failAt = 10;
    };
    open();
    pool_->waitIdle();
    QCOMPARE(precision(run), std::string("bf16"));
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) { trainer.precision = "fp32"; };
    store_->enqueue(run, true);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    QCOMPARE(precision(run), std::string("bf16"));
    engine_->adjust = nullptr;
    const RunId other = enqueue("whole");
    pool_->waitIdle();
    QCOMPARE(precision(other), std::string("fp32"));
  }

  void afterACrashTheRunGoesOnFromItsLastCheckpoint() {
    const RunId whole = enqueue("whole");
    const RunId run = enqueue("cut");
    engine_->adjust = [&](FakeTrainer& trainer, const RunSpec& spec) {
      if (spec.name == "cut") trainer.failAt = 10;  // its checkpoint is that of step 6
    };
    open();
    pool_->waitIdle();
    writeFileAtomically(store_->folder(run) / "checkpoints/step-9.safetensors", "written just before the crash");
    QCOMPARE(store_->run(run).step, 9);
    // Goes on from 6 and fails sooner: the first attempt's points of later steps are no longer there.
    engine_->adjust = [&](FakeTrainer& trainer, const RunSpec&) { trainer.failAt = 8; };
    store_->enqueue(run, true);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).step, 7);
    QCOMPARE(store_->points(run, series::kTrainLoss, 0).size(), size_t{7});
    engine_->adjust = nullptr;
    store_->enqueue(run, true);
    pool_->waitIdle();
    compare(run, whole);
    QVERIFY(!fs::exists(store_->folder(run) / "checkpoints/step-9.safetensors"));
  }

  /// Evaluation, probe and samples of the checkpoint's step stand in the store already.
  void whatWasToldAtACheckpointIsNotDoneAgain() {
    const RunId run = enqueue("cut");
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) { trainer.failAt = 7; };
    open();
    pool_->waitIdle();
    std::vector<int64_t> evaluated, sampled;
    int probed = 0;
    engine_->adjust = [&](FakeTrainer& trainer, const RunSpec&) {
      trainer.lossAt = [&](int64_t step) { return evaluated.push_back(step), 1.0; };
      trainer.probeLoss = [&](int64_t) { return ++probed, 1.0; };
      trainer.onSample = [&](int64_t step) { sampled.push_back(step); };
    };
    store_->enqueue(run, true);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    QCOMPARE(evaluated, (std::vector<int64_t>{8, 12}));
    QCOMPARE(probed, 2);  // both layers, at the end
    QCOMPARE(sampled, std::vector<int64_t>{12});
  }

  /// Of a classifier the best is the one of the highest accuracy, also of those from before the crash.
  void theBestCheckpointIsKnownAfterACrash() {
    RunSpec spec = shortSpec("tuned");
    spec.kind = RunKind::Finetune;
    spec.finetune.fromScratch = true;
    spec.train.checkpointEvery = 4;
    const RunId run = store_->create(toToml(spec));
    store_->enqueue(run, false);
    int64_t failAt = 9;
    engine_->adjust = [&](FakeTrainer& trainer, const RunSpec&) {
      trainer.failAt = failAt;
      trainer.lossAt = [](int64_t step) { return 100.0 - static_cast<double>(step); };  // falls, and does not matter
      trainer.accuracyAt = [](int64_t step) { return step == 4 ? 0.9 : 0.1; };
    };
    open();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Failed);
    failAt = -1;
    store_->enqueue(run, true);
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Finished);
    QCOMPARE(store_->checkpoints(run).front().step, 4);
  }

  /// Stopped, not failed, whether it is asked in time or a reader gave up.
  void aStopWhileItPreparesIsNoFailure_data() {
    QTest::addColumn<bool>("throws");
    QTest::newRow("asked in time") << false;
    QTest::newRow("given up") << true;
  }
  void aStopWhileItPreparesIsNoFailure() {
    QFETCH(const bool, throws);
    const RunId run = enqueue("cut");
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) { trainer.failAt = 7; };
    open();
    pool_->waitIdle();
    reached_ = {};
    release_ = {};
    engine_->adjust = [this, throws](FakeTrainer&, const RunSpec&) {  // before its checkpoint is loaded
      reached_.set_value();
      release_.get_future().wait();
      if (throws) throw Stopped();
    };
    store_->enqueue(run, true);
    pool_->wake();
    reached_.get_future().wait();
    pool_->stop(run);
    release_.set_value();
    pool_->waitIdle();
    QCOMPARE(store_->run(run).state, RunState::Stopped);
    QCOMPARE(store_->run(run).detail, std::string("Stopped before the first step."));
    QVERIFY(store_->run(run).resumable);
  }

  void aDamagedCheckpointGivesWayToTheOneBefore() {
    const RunId run = enqueue("cut");
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) {
      trainer.failAt = 11;
      trainer.lossAt = [](int64_t step) { return static_cast<double>(step); };  // the first checkpoint stays, as best
    };
    RunSpec spec = shortSpec("two");
    spec.train.checkpointEvery = 4;
    const RunId two = store_->create(toToml(spec));
    store_->enqueue(two, false);
    open();
    pool_->waitIdle();
    QCOMPARE(store_->checkpoints(two).size(), size_t{2});
    writeFileAtomically(store_->folder(two) / "checkpoints/step-8.safetensors", "cut off");
    writeFileAtomically(store_->folder(run) / "checkpoints/step-6.safetensors", "cut off");
    engine_->adjust = nullptr;
    store_->enqueue(two, true);
    store_->enqueue(run, true);
    pool_->waitIdle();
    QCOMPARE(store_->run(two).state, RunState::Finished);
    QCOMPARE(store_->points(two, series::kTrainLoss, 0).size(), size_t{12});
    // The other one has none before: it fails and says why, and its file is still there.
    QCOMPARE(store_->run(run).state, RunState::Failed);
    QVERIFY(store_->run(run).detail.find("damaged") != std::string::npos);
    QCOMPARE(store_->checkpoints(run).size(), size_t{1});
  }

  void aForkGoesOnFromItsParentsCheckpoint() {
    const RunId parent = enqueue("parent");
    open();
    pool_->waitIdle();
    RunSpec spec = shortSpec("child");
    spec.train.steps = 16;
    const RunId child = store_->fork(parent, 12, toToml(spec));
    store_->enqueue(child, false);  // there is nothing else that it could go on from
    spec.kind = RunKind::Probe;
    const RunId probe = store_->fork(parent, 12, toToml(spec));
    store_->enqueue(probe, true);
    spec.name = "untrained";
    const RunId untrained = store_->create(toToml(spec));
    store_->enqueue(untrained, false);
    pool_->waitIdle();
    QCOMPARE(store_->run(child).state, RunState::Finished);
    const auto points = store_->points(child, series::kTrainLoss, 0);
    QCOMPARE(points.size(), size_t{4});
    QCOMPARE(points.front().step, 13);
    QCOMPARE(store_->run(probe).state, RunState::Finished);
    QCOMPARE(store_->probes(probe, -1).size(), size_t{2});
    QVERIFY(store_->summaries(probe).empty());
    QCOMPARE(store_->run(untrained).state, RunState::Failed);
  }

 private:
  void compare(RunId left, RunId right) const {
    for (const std::string_view name : {series::kTrainLoss, series::kValidationLoss, series::kLearningRate}) {
      const auto a = store_->points(left, name, -1), b = store_->points(right, name, -1);
      QCOMPARE(a.size(), b.size());
      for (size_t i = 0; i < a.size(); ++i) {
        QCOMPARE(a[i].step, b[i].step);
        QVERIFY(a[i].value == b[i].value);
      }
    }
    QCOMPARE(store_->probes(left, -1).size(), store_->probes(right, -1).size());
    QCOMPARE(store_->sampleSets(left).size(), store_->sampleSets(right).size());
    QCOMPARE(store_->checkpoints(left).size(), store_->checkpoints(right).size());
  }
};

QTEST_GUILESS_MAIN(RunJobTest)
#include "run_job_test.moc"
