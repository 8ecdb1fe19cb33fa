#include <torch/torch.h>

#include "core/learn/train/finetune_trainer.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/token_rows.h"
#include "tests/core/learn/stripes.h"

using namespace scanline;

namespace {

const Control kGo;

RunSpec tinySpec(FinetuneLoss loss = FinetuneLoss::Joint) {
  RunSpec spec;
  spec.kind = RunKind::Finetune;
  spec.seed = 7;
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.palette.size = 8;  // as stripes() has; a checkpoint of another palette is refused
  spec.model = {.layers = 2, .width = 32, .heads = 2};
  spec.optimizer = {.learningRate = 3e-3, .schedule = Schedule::Constant, .warmupSteps = 3};
  spec.train = {.steps = 40, .batchSize = 8, .precision = Precision::Fp32, .evaluateImages = 16};
  spec.finetune.loss = loss;
  return spec;
}

std::vector<StepStats> steps(Trainer& trainer, int count) {
  std::vector<StepStats> list;
  for (int i = 0; i < count; ++i) list.push_back(trainer.trainStep(kGo));
  return list;
}

std::vector<double> classifierLosses(Trainer& trainer, int count) {
  std::vector<double> list;
  for (const auto& stats : steps(trainer, count)) list.push_back(stats.classifierLoss.value());
  return list;
}

}  // namespace

Q_DECLARE_METATYPE(scanline::FinetuneLoss)
Q_DECLARE_METATYPE(scanline::Objective)

class FinetuneTrainerTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  std::filesystem::path file(const char* name) const { return folder_.filePath(QLatin1String(name)).toStdString(); }

 private Q_SLOTS:
  void learnsToClassify_data() {
    QTest::addColumn<Objective>("objective");
    QTest::addColumn<FinetuneLoss>("loss");
    QTest::addColumn<int>("layer");
    QTest::newRow("joint") << Objective::Autoregressive << FinetuneLoss::Joint << -1;
    QTest::newRow("joint, middle layer") << Objective::Autoregressive << FinetuneLoss::Joint << 1;
    QTest::newRow("classes alone, middle layer") << Objective::Autoregressive << FinetuneLoss::Classification << 1;
    QTest::newRow("BERT") << Objective::Bert << FinetuneLoss::Joint << -1;
  }
  void learnsToClassify() {
    QFETCH(Objective, objective);
    QFETCH(FinetuneLoss, loss);
    QFETCH(int, layer);
    auto spec = tinySpec(loss);
    spec.model.objective = objective;
    spec.finetune.layer = layer;
    FinetuneTrainer trainer(spec, stripes());
    const auto list = steps(trainer, 40);
    QCOMPARE_LT(std::abs(list.front().classifierLoss.value() - std::log(2.0)), 1e-6);
    QCOMPARE_LT(list.back().classifierLoss.value(), 0.35);
    QCOMPARE_LT(list.back().loss, 0.9 * list.front().loss);
    QCOMPARE_LT(std::abs(list.front().loss - std::log(loss == FinetuneLoss::Joint ? 8.0 : 2.0)), 1e-6);
    const auto seen = trainer.evaluate(kGo);
    QVERIFY(seen.accuracy.value() >= 15.0 / 16);
    QCOMPARE(trainer.evaluate(kGo).accuracy, seen.accuracy);
    QCOMPARE(trainer.evaluate(kGo).loss, seen.loss);
  }

  /// Inputs of BERT stay masked, also here: several masks vote, and their losses count alike (paper section 4.6).
  void bertIsClassifiedUnderSeveralMasks() {
    auto spec = tinySpec(FinetuneLoss::Classification);
    spec.model.objective = Objective::Bert;
    spec.model.maskRate = 0.6;
    spec.model.masks = 3;
    spec.finetune.layer = 1;
    FinetuneTrainer trainer(spec, stripes());
    steps(trainer, 4);
    const auto data = stripes();
    const Gpt model(trainer.weights());
    const auto rows = drawRows(16, 16, spec.seed, Purpose::EvaluationRows);
    const auto labels = labelsOf(data.validation, rows);
    std::vector<at::Tensor> votes;
    double nats = 0;
    for (int64_t k = 0; k < 3; ++k) {
      const auto keep = drawKeep(rows, 25, 0.6, spec.seed, classifyMask(k), 4);
      const auto feature = model.features(tokensOf(data.validation, rows), {.keep_Bn = keep}).select(1, 1);
      const auto logP = at::log_softmax(at::mm(feature, trainer.weights().classifier.t()), -1);
      nats += at::nll_loss(logP, labels).item<double>() / 3;
      votes.push_back(logP.argmax(-1));
    }
    const auto classes = modalClasses(at::stack(votes), rows, spec.seed);
    double right = 0;
    for (size_t i = 0; i < 16; ++i) right += classes[i] == labels[static_cast<int64_t>(i)].item<int64_t>();
    const auto seen = trainer.evaluate(kGo);
    QCOMPARE_LT(std::abs(seen.loss - nats), 1e-5);
    QCOMPARE(seen.accuracy.value(), right / 16);
  }

  void withoutTheGenerativeLossUpperBlocksStay() {
    auto spec = tinySpec(FinetuneLoss::Classification);
    spec.finetune.layer = 1;
    FinetuneTrainer trainer(spec, stripes());
    const auto block = trainer.weights().blocks[1].qkv.clone(), head = trainer.weights().head.clone();
    steps(trainer, 3);
    QVERIFY(at::equal(trainer.weights().blocks[1].qkv, block));
    QVERIFY(at::equal(trainer.weights().head, head));
    QVERIFY(trainer.weights().classifier.abs().max().item<double>() > 0);
  }

  void generationAloneClassifiesNothing() {
    FinetuneTrainer trainer(tinySpec(FinetuneLoss::Generative), stripes());
    auto pretraining = tinySpec();
    pretraining.kind = RunKind::Pretrain;
    GptTrainer twin(pretraining, stripes());
    QCOMPARE(trainer.parameters(), twin.parameters());
    QCOMPARE(FinetuneTrainer(tinySpec(), stripes()).parameters(), twin.parameters() + 2 * 32);  // with a classifier
    QVERIFY(!trainer.evaluate(kGo).accuracy);
    for (int i = 0; i < 3; ++i) {
      const auto found = trainer.trainStep(kGo), expected = twin.trainStep(kGo);
      QCOMPARE(found.loss, expected.loss);
      QVERIFY(!found.classifierLoss);
    }
  }

  void resumesBitForBit_data() {
    QTest::addColumn<Objective>("objective");
    QTest::newRow("autoregressive") << Objective::Autoregressive;
    QTest::newRow("BERT") << Objective::Bert;
  }
  void resumesBitForBit() {
    QFETCH(Objective, objective);
    auto spec = tinySpec();
    spec.model.objective = objective;
    spec.finetune.patience = 3;
    FinetuneTrainer whole(spec, stripes());
    whole.evaluate(kGo);
    steps(whole, 5);
    whole.evaluate(kGo);
    whole.save(file("five"));
    FinetuneTrainer resumed(spec, stripes());
    resumed.load(file("five"));
    QCOMPARE(classifierLosses(resumed, 4), classifierLosses(whole, 4));
    QVERIFY(at::equal(resumed.weights().flat.view(at::kInt), whole.weights().flat.view(at::kInt)));
    for (int i = 0; i < 6; ++i) {
      QCOMPARE(resumed.evaluate(kGo).accuracy, whole.evaluate(kGo).accuracy);
      QCOMPARE(resumed.isDone(), whole.isDone());
      steps(resumed, 1);
      steps(whole, 1);
    }
    QVERIFY(whole.isDone());  // or the comparison above would have seen nothing
  }

  void startsFromWeightsAlone() {
    auto spec = tinySpec();
    spec.kind = RunKind::Pretrain;
    GptTrainer pretrained(spec, stripes());
    steps(pretrained, 5);
    saveCheckpoint(
        file("imported"),
        {.step = 5, .positions = 25, .width = 5, .height = 5, .model = spec.model, .palette = stripes().palette},
        {.weights = pretrained.weights().named()});
    spec.kind = RunKind::Finetune;
    auto data = stripes(), again = stripes();
    data.model = again.model = file("imported");
    FinetuneTrainer trainer(spec, std::move(data));
    QCOMPARE(trainer.step(), 0);
    QCOMPARE(trainer.evaluate(kGo).loss, pretrained.evaluate(kGo).loss);
    spec.finetune.fromScratch = true;
    FinetuneTrainer control(spec, std::move(again));
    QCOMPARE_LT(std::abs(control.evaluate(kGo).loss - std::log(8.0)), 1e-6);
  }

  /// Where its classes are as many and it reads the last layer, else with zeros.
  void beginsWithTheClassifierOfAnImportedModel_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<int>("layer");
    QTest::addColumn<bool>("hasProgress");
    QTest::addColumn<bool>("isTaken");
    QTest::newRow("it fits") << 2 << -1 << false << true;
    QTest::newRow("other classes") << 3 << -1 << false << false;
    QTest::newRow("another layer") << 2 << 1 << false << false;
    QTest::newRow("of our own fine-tuning") << 2 << -1 << true << false;
  }
  void beginsWithTheClassifierOfAnImportedModel() {
    QFETCH(const int, classes);
    QFETCH(const int, layer);
    QFETCH(const bool, hasProgress);
    QFETCH(const bool, isTaken);
    auto spec = tinySpec(FinetuneLoss::Classification);
    spec.finetune.layer = layer;
    FinetuneTrainer other(spec, stripes());
    const auto classifier = at::full({classes, 32}, 0.0);
    classifier[0].fill_(0.5);
    NamedTensors others{{"classifier", classifier}};
    if (hasProgress) others.emplace_back("progress", at::zeros({3}, at::kDouble));
    saveCheckpoint(
        file("imported"),
        {.step = 0, .positions = 25, .width = 5, .height = 5, .model = spec.model, .palette = stripes().palette},
        {.weights = other.weights().named(), .others = others});
    auto data = stripes();
    data.model = file("imported");
    FinetuneTrainer trainer(spec, std::move(data));
    QVERIFY(at::equal(trainer.weights().classifier, isTaken ? classifier : at::zeros({2, 32})));
    const auto environment = trainer.environment();
    QCOMPARE(std::ranges::any_of(environment, [](const auto& entry) { return entry.first == "Classifier"; }), isTaken);
  }

  void stopsWhenTheAccuracyNoLongerGrows() {
    auto spec = tinySpec();
    spec.optimizer.learningRate = 1e-30;  // so that it never does
    spec.finetune.patience = 2;
    FinetuneTrainer trainer(spec, stripes());
    for (int i = 0; i < 4; ++i) trainer.evaluate(kGo);  // of one step: counts once
    QVERIFY(!trainer.isDone());
    for (int i = 0; i < 2; ++i) {
      QVERIFY(!trainer.isDone());
      steps(trainer, 1);
      trainer.evaluate(kGo);
    }
    QVERIFY(trainer.isDone());
    std::vector<std::string> said;
    trainer.finish(kGo, {}, [&](const TrainEvent& event) {
      if (const auto* line = std::get_if<LogLine>(&event)) said.push_back(line->text);
    });
    QCOMPARE(said, std::vector<std::string>{"Stopped after step 2: 2 validations in a row were no better."});
    spec.finetune.patience = 0;
    FinetuneTrainer patient(spec, stripes());
    for (int i = 0; i < 4; ++i) {
      patient.evaluate(kGo);
      steps(patient, 1);
    }
    QVERIFY(!patient.isDone());
  }

  void reportsTheBestWeightsOnTheTestImages() {
    FinetuneTrainer trainer(tinySpec(), stripes());
    steps(trainer, 20);
    trainer.save(file("best"));
    auto data = stripes();
    data.validation = data.test;
    FinetuneTrainer twin(tinySpec(), std::move(data));
    twin.load(file("best"));
    const auto expected = twin.evaluate(kGo);

    steps(trainer, 5);
    const auto before = trainer.weights().flat.clone();
    std::vector<Scalars> told;
    const auto sink = [&](const TrainEvent& event) { told.push_back(std::get<Scalars>(event)); };
    trainer.finish(kGo, file("best"), sink);
    QCOMPARE(told.size(), size_t{1});
    QCOMPARE(told[0].step, 20);
    QCOMPARE(told[0].values[0], std::pair(std::string("test/loss"), expected.loss));
    QCOMPARE(told[0].values[1], std::pair(std::string("test/accuracy"), expected.accuracy.value()));
    QVERIFY(at::equal(trainer.weights().flat, before));
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.finish(Control({.mayGoOn = [] { return false; }}), file("best"), sink));
    auto without = stripes();
    without.test = {};
    FinetuneTrainer(tinySpec(), std::move(without)).finish(kGo, file("best"), sink);
    QCOMPARE(told.size(), size_t{1});  // nothing to report on
  }

  void itsCheckpointsAreModelsLikeOthers() {
    FinetuneTrainer trainer(tinySpec(), stripes());
    steps(trainer, 3);
    trainer.save(file("tuned"));
    const auto weights = loadWeights(file("tuned"));
    const auto found = weights.named(), expected = trainer.weights().named();
    for (size_t i = 0; i < expected.size(); ++i) QVERIFY(at::equal(found[i].second, expected[i].second));
    std::vector<SampleSet> sets;
    trainer.sample(kGo, [&](SampleSet set) { sets.push_back(std::move(set)); });
    QCOMPARE(sets.size(), size_t{2});
  }

  void saysWhatDoesNotFit() {
    auto data = stripes();
    data.classNames.clear();
    QVERIFY_THROWS_EXCEPTION(Error, FinetuneTrainer(tinySpec(), std::move(data)));
    data = stripes();
    data.train.labels.clear();
    QVERIFY_THROWS_EXCEPTION(Error, FinetuneTrainer(tinySpec(), std::move(data)));
    auto spec = tinySpec();
    spec.finetune.layer = 3;
    QVERIFY_THROWS_EXCEPTION(Error, FinetuneTrainer(spec, stripes()));
    spec.finetune.layer = 2;
    FinetuneTrainer(spec, stripes());
  }
};

QTEST_GUILESS_MAIN(FinetuneTrainerTest)
#include "finetune_trainer_test.moc"
