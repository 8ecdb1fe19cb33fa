#include "core/spec/next_run.h"

#include <QTest>

#include "core/data/spec_check.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"

using namespace scanline;

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

  /// A pre-training of 200 steps is no measure for its fine-tuning: that may take 30 epochs, and patience ends it.
  void fineTuningTakesTheStepsOfItsData() {
    RunSpec source = preset("quick-start").spec;
    source.train.steps = 200;
    QCOMPARE(nextSpec(source, RunKind::Finetune).train.steps, int64_t{200});
    const RunSpec next = nextSpec(source, RunKind::Finetune, 1617);
    QCOMPARE(next.train.steps, int64_t{30 * 26});  // 26 batches of 64 an epoch
    QVERIFY(next.train.steps / next.train.evaluateEvery >= 30);
    QCOMPARE(nextSpec(source, RunKind::Finetune, 10).train.steps, int64_t{300});
    QCOMPARE(nextSpec(source, RunKind::Finetune, 1'281'167).train.steps, int64_t{30'000});
    QCOMPARE(nextSpec(source, RunKind::Probe, 1617).train.steps, int64_t{200});
    source.train.evaluateEvery = 0;
    QVERIFY(nextSpec(source, RunKind::Finetune, 1617).train.evaluateEvery > 0);
  }

  void codesAreOfTheSameData() {
    RunSpec vqvae = preset("cifar10-vqvae").spec;
    vqvae.name = "coder";
    vqvae.data.path = "/data/cifar10";
    vqvae.data.limit = 2000;
    const RunSpec next = codesSpec(vqvae, "coder");
    QCOMPARE(next.kind, RunKind::Pretrain);
    QCOMPARE(next.palette.vqvae, std::string("coder"));
    QCOMPARE(next.data.path, vqvae.data.path);
    QCOMPARE(next.data.limit, vqvae.data.limit);
    QVERIFY(next.name != vqvae.name);
    QVERIFY(problems(next).empty());
  }

  /// The augmentation is the paper's for photographs, and none where the images are looked at or coded as they are.
  void augmentationFollowsWhatTheRunDoes() {
    RunSpec source = preset("igpt-s").spec;
    QCOMPARE(nextSpec(source, RunKind::Finetune).data.augment, Augment::Imagenet);
    source.data = {.name = "digits", .augment = Augment::Cifar};
    QCOMPARE(nextSpec(source, RunKind::Finetune).data.augment, Augment::Cifar);
    for (const RunKind kind : {RunKind::Probe, RunKind::LowData})
      QCOMPARE(nextSpec(source, kind).data.augment, Augment::None);
    RunSpec codes = nextSpec(preset("cifar10-codes").spec, RunKind::Finetune);
    codes.data.path = "cifar10";  // it does not come with Scanline
    QCOMPARE(codes.data.augment, Augment::None);
    QVERIFY(problems(codes).empty());
  }

  void theSearchedRateIsTheKinds() {
    RunSpec spec;
    QCOMPARE(searchedField(spec), std::string_view("optimizer.learningRate"));
    searchedRate(spec) = 0.5;
    QCOMPARE(spec.optimizer.learningRate, 0.5);
    spec.kind = RunKind::Probe;
    QCOMPARE(searchedField(spec), std::string_view("probe.learningRate"));
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
};

QTEST_GUILESS_MAIN(NextRunTest)
#include "next_run_test.moc"
