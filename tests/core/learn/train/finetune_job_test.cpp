#include <QTemporaryDir>
#include <QTest>

#include "core/jobs/run_job.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"

using namespace scanline;

namespace {

constexpr std::array kSeries{series::kTrainLoss,          series::kClassifierLoss, series::kValidationLoss,
                             series::kValidationAccuracy, series::kTestLoss,       series::kTestAccuracy};

RunSpec pretraining() {
  RunSpec spec;
  spec.name = "small";
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.data.limit = 150;
  spec.palette = {.size = 4, .pixels = 2000, .iterations = 5};
  spec.model = {.layers = 2, .width = 16, .heads = 2};
  spec.optimizer.warmupSteps = 2;
  spec.train = {.steps = 6, .batchSize = 8, .precision = Precision::Fp32, .evaluateImages = 16, .checkpointEvery = 0};
  spec.probe = {.every = 0, .trainImages = 20, .testImages = 10, .maxIterations = 5};
  spec.sample = {.every = 0, .prompts = 1, .perPrompt = 1, .unconditional = 1};
  return spec;
}

RunSpec finetuning() {
  auto spec = nextSpec(pretraining(), RunKind::Finetune);
  spec.optimizer.learningRate = 3e-3;
  spec.train.steps = 60;
  spec.train.evaluateEvery = 3;
  spec.finetune.patience = 4;
  return spec;
}

}  // namespace

/// Fine-tuning through the store, as the window and the terminal do it.
class FinetuneJobTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  std::unique_ptr<Engine> engine_{scanlineMakeEngine()};
  RunId parent_;

  RunStore store() const { return {folder_.path().toStdString(), StoreMode::ReadWrite}; }

  /// Runs it until it ends, or until its first checkpoint is stored.
  RunState go(RunId run, bool resume, bool stopEarly = false) {
    std::stop_source stop;
    const auto look = [&] {
      if (stopEarly && !store().checkpoints(run).empty()) stop.request_stop();
    };
    {
      RunRecorder recorder(store(), run, look);
      runJob(*engine_, recorder, run, resume, stop.get_token());
    }
    const auto summary = store().run(run);
    if (summary.state == RunState::Failed) qWarning("%s", summary.detail.c_str());
    return summary.state;
  }

 private slots:
  void initTestCase() {
    QVERIFY(engine_);
    parent_ = store().create(toToml(pretraining()));
    QCOMPARE(go(parent_, false), RunState::Finished);
  }

  void aResumedRunEqualsAnUninterruptedOne() {
    const RunId whole = store().fork(parent_, 6, toToml(finetuning())),
                parts = store().fork(parent_, 6, toToml(finetuning()));
    QCOMPARE(go(whole, false), RunState::Finished);
    QCOMPARE(go(parts, false, /*stopEarly=*/true), RunState::Stopped);
    QVERIFY(store().run(parts).step < store().run(whole).step);
    QCOMPARE(go(parts, true), RunState::Finished);

    QCOMPARE(store().run(parts).step, store().run(whole).step);
    for (const auto name : kSeries) {
      const auto expected = store().points(whole, name, -1), found = store().points(parts, name, -1);
      QVERIFY2(!expected.empty() || name == series::kTestLoss || name == series::kTestAccuracy, name.data());
      QCOMPARE(found.size(), expected.size());
      for (size_t i = 0; i < found.size(); ++i) {
        QCOMPARE(found[i].step, expected[i].step);
        QCOMPARE(found[i].value, expected[i].value);
      }
    }
  }

  void theBestAccuracyIsKept() {
    const RunId run = store().fork(parent_, 6, toToml(finetuning()));
    QCOMPARE(go(run, false), RunState::Finished);
    const auto accuracies = store().points(run, series::kValidationAccuracy, 0);
    const auto best = std::ranges::max_element(accuracies, {}, &Point::value);
    const auto rows = store().checkpoints(run);
    const auto kept = std::ranges::find(rows, std::string("best"), &CheckpointRow::reason);
    QVERIFY(kept != rows.end());
    QCOMPARE(kept->step, best->step);
    QVERIFY(store().run(run).step < 60);  // it stopped early: 4 validations after the best, every 3 steps
    QCOMPARE(store().run(run).step, best->step + 12);
  }

  void whatItLearntCanBeProbedAndCompleted() {
    const RunId run = store().fork(parent_, 6, toToml(finetuning()));
    QCOMPARE(go(run, false), RunState::Finished);
    const auto file = std::filesystem::path(store().folder(run)) / store().checkpoints(run).front().file;
    QCOMPARE(engine_->inspect(file).model.width, 16);
    const auto set = engine_->complete({.checkpoint = file, .perPrompt = 1, .threads = 1}, Control());
    QCOMPARE(set.samples.size(), size_t{1});
    auto probing = finetuning();
    probing.kind = RunKind::Probe;
    const RunId probe = store().fork(run, store().checkpoints(run).front().step, toToml(probing));
    QCOMPARE(go(probe, false), RunState::Finished);
    QCOMPARE(store().probes(probe, -1).size(), size_t{3});
  }
};

QTEST_GUILESS_MAIN(FinetuneJobTest)
#include "finetune_job_test.moc"
