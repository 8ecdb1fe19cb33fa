#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/user_folders.h"
#include "core/learn/kernels/cpu_features.h"
#include "core/learn/model/checkpoint.h"
#include "core/learn/model/gpt_gradient.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/train/gpt_trainer.h"
#include "core/spec/spec_text.h"
#include "core/tokens/batches.h"
#include "tests/core/tokens/mapped_tokens.h"

using namespace scanline;

namespace {

const Control kGo;

/// Shows every training image as one colour: the number of its place in the batch, plus the step.
class PlaceAugmenter : public Augmenter {
 public:
  void tokens(int64_t, uint64_t, int64_t step, int64_t place, std::span<Token> out) const override {
    std::ranges::fill(out, static_cast<Token>((place + step) % 8));
  }
};

RunSpec tinySpec() {
  RunSpec spec;
  spec.seed = 7;
  spec.threads = 1;  // nothing here is large enough for two
  spec.device = Device::Cpu;
  spec.model = {.layers = 2, .width = 32, .heads = 2};
  spec.optimizer.learningRate = 3e-3;
  spec.optimizer.warmupSteps = 3;
  spec.train.steps = 40;
  spec.train.batchSize = 6;
  spec.train.precision = Precision::Fp32;
  spec.train.evaluateImages = 8;
  spec.sample = {.prompts = 2, .perPrompt = 2, .unconditional = 2};
  return spec;
}

/// Pictures of 5 x 5 in 8 colours, each row of one random colour: something to learn.
RunData stripes(int64_t count = 32) {
  std::vector<Colour> colours;
  for (int i = 0; i < 8; ++i) colours.push_back({static_cast<float>(i) / 8, 0, 0});
  RunData data{.palette = Palette(std::move(colours)), .width = 5, .height = 5, .classNames = {"a", "b"}};
  const auto fill = [&](TokenSet& set, int64_t images, uint64_t seed) {
    RandomStream random(seed, Purpose::Split);
    set = {.count = images, .length = 25};
    for (int64_t i = 0; i < images; ++i) {
      set.labels.push_back(static_cast<int32_t>(i % 2));
      for (int row = 0; row < 5; ++row) set.ids.insert(set.ids.end(), 5, static_cast<Token>(random.below(8)));
    }
  };
  fill(data.train, count, 1);
  fill(data.validation, 12, 2);
  fill(data.test, 9, 3);
  return data;
}

RunSpec bertSpec() {
  auto spec = tinySpec();
  spec.model.objective = Objective::Bert;
  spec.model.maskRate = 0.3;
  return spec;
}

std::vector<double> losses(Trainer& trainer, int steps) {
  std::vector<double> list;
  for (int i = 0; i < steps; ++i) list.push_back(trainer.trainStep(kGo).loss);
  return list;
}

at::Tensor bytes(const GptTrainer& trainer) {
  return trainer.weights().flat.view(at::kInt).clone();
}

}  // namespace

Q_DECLARE_METATYPE(scanline::Precision)
Q_DECLARE_METATYPE(scanline::Objective)

class GptTrainerTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  std::filesystem::path file(const char* name) const { return folder_.filePath(QLatin1String(name)).toStdString(); }

 private Q_SLOTS:
  void startsAtTheUniformLoss() {
    for (const auto precision : {Precision::Fp32, Precision::Bf16}) {
      auto spec = tinySpec();
      spec.train.precision = precision;
      GptTrainer trainer(spec, stripes());
      QCOMPARE_LT(std::abs(trainer.evaluate(kGo).loss - std::log(8.0)), 1e-6);
      const auto stats = trainer.trainStep(kGo);
      QCOMPARE_LT(std::abs(stats.loss - std::log(8.0)), 1e-6);
      QCOMPARE(stats.step, 1);
      QVERIFY(stats.gradientNorm > 0);
      QVERIFY(stats.imagesPerSecond > 0);
    }
  }

  /// Two steps by hand: decoupled decay, of matrices alone, and moments that are corrected for their beginning at zero.
  void stepsAreThoseOfAdam() {
    auto spec = tinySpec();
    spec.model.bias = true;
    spec.optimizer = {.learningRate = 1e-2,
                      .beta1 = 0.8,
                      .beta2 = 0.9,
                      .epsilon = 1e-3,  // so that rounding does not decide the sign of a step
                      .weightDecay = 0.5,
                      .schedule = Schedule::Constant,
                      .warmupSteps = 0};
    GptTrainer trainer(spec, stripes());
    trainer.weights().head.normal_(0, 0.1, at::detail::createCPUGenerator(1));  // zeros teach the rest nothing
    GptTensors w(trainer.weights().shape), m(w.shape), v(w.shape);
    w.flat.copy_(trainer.weights().flat);
    const auto data = stripes();
    for (int64_t step = 0; step < 2; ++step) {
      GptTensors g(w.shape);
      const auto rows = batchRows(data.train.count, 6, 7, step);
      addGradient(w, {.tokens_Bn = tokensOf(data.train, rows)}, {}, 1.0 / 6, g, kGo);
      m.flat.mul_(0.8).add_(g.flat, 0.2);
      v.flat.mul_(0.9).addcmul_(g.flat, g.flat, 0.1);
      for (const auto& [name, tensor] : w.named())
        if (tensor.dim() == 2) tensor.mul_(1 - 1e-2 * 0.5);
      const double n = static_cast<double>(step + 1), first = 1 - std::pow(0.8, n), second = 1 - std::pow(0.9, n);
      w.flat.sub_(1e-2 * (m.flat / first) / ((v.flat / second).sqrt() + spec.optimizer.epsilon));
      trainer.trainStep(kGo);
    }
    QCOMPARE_LT((w.flat - trainer.weights().flat).abs().max().item<double>(), 1e-5);
  }

  void rowsAreDrawnOnceAndByTheSeed() {
    const auto rows = drawRows(1000, 400, 7, Purpose::EvaluationRows);
    QCOMPARE(std::set<int64_t>(rows.begin(), rows.end()).size(), size_t{400});
    QVERIFY(!std::ranges::is_sorted(rows));
    QVERIFY(rows == drawRows(1000, 400, 7, Purpose::EvaluationRows));
    QVERIFY(rows != drawRows(1000, 400, 8, Purpose::EvaluationRows));
    QVERIFY(rows != drawRows(1000, 400, 7, Purpose::Prompts));
    QCOMPARE(drawRows(3, 9, 1, Purpose::Prompts).size(), size_t{3});
  }

  void overfitsOneBatch() {
    auto spec = tinySpec();
    spec.optimizer = {.learningRate = 1e-2, .warmupSteps = 10};
    spec.train.steps = 250;
    GptTrainer trainer(spec, stripes(6));
    const auto list = losses(trainer, 250);
    // All that is left is which of the six pictures it is: ln 6 nats over 25 pixels.
    QCOMPARE_LT(list.back(), std::log(6.0) / 25 + 0.01);
  }

  void resumesBitForBit_data() {
    QTest::addColumn<Precision>("precision");
    QTest::addColumn<Objective>("objective");
    QTest::newRow("fp32") << Precision::Fp32 << Objective::Autoregressive;
    QTest::newRow("bf16") << Precision::Bf16 << Objective::Autoregressive;
    QTest::newRow("BERT") << Precision::Fp32 << Objective::Bert;
  }
  void resumesBitForBit() {
    QFETCH(Precision, precision);
    QFETCH(Objective, objective);
    auto spec = tinySpec();
    spec.train.precision = precision;
    spec.model.objective = objective;
    spec.model.bias = objective == Objective::Bert;
    GptTrainer whole(spec, stripes());
    losses(whole, 5);
    whole.save(file("five"));
    const auto expected = losses(whole, 7);

    GptTrainer resumed(spec, stripes());
    resumed.load(file("five"));
    QCOMPARE(resumed.step(), 5);
    QCOMPARE(losses(resumed, 7), expected);
    QVERIFY(at::equal(bytes(resumed), bytes(whole)));

    // A twin that forgets the moments goes another way.
    GptTensors kept(whole.weights().shape), none(whole.weights().shape);
    loadCheckpoint(file("five"), {.weights = kept.named()});
    saveCheckpoint(file("forgetful"), readCheckpointInfo(file("five")), {kept.named(), none.named(), none.named(), {}});
    GptTrainer forgetful(spec, stripes());
    forgetful.load(file("forgetful"));
    QVERIFY(losses(forgetful, 7) != expected);
  }

  /// Makes one precision the faster one for every shape that this test asks for, in the cache of measured speeds.
  static void makeFaster(Precision precision) {
    const auto path = userCacheFolder() / "product-speed.json";
    auto entries = nlohmann::json::parse(readFile(path, 1 << 20));
    for (auto& entry : entries) {
      entry["fp32"] = precision == Precision::Fp32 ? 300 : 200;
      entry["bf16"] = 250;
    }
    writeFileAtomically(path, entries.dump());
  }
  static std::string fact(const Trainer& trainer, std::string_view key) {
    for (const auto& [name, value] : trainer.environment())
      if (name == key) return value;
    return {};
  }

  void autoTakesTheFasterAndAResumedRunKeepsIt() {
    if (!hasBf16Products()) QSKIP("this processor has no products of bf16: auto is fp32");
    const auto before = qgetenv("XDG_CACHE_HOME");
    qputenv("XDG_CACHE_HOME", folder_.filePath(QStringLiteral("cache")).toLocal8Bit());
    auto spec = tinySpec();
    spec.train.precision = Precision::Auto;
    QVERIFY(GptTrainer(spec, stripes()).environment().size() > 0);  // measures
    makeFaster(Precision::Bf16);
    GptTrainer half(spec, stripes());
    QCOMPARE(fact(half, "Precision"), "bf16");
    QCOMPARE(fact(half, "Products in fp32"), "200 GFLOP/s");
    QCOMPARE(fact(half, "Products in bf16"), "250 GFLOP/s");
    losses(half, 3);
    half.save(file("half"));
    const auto expected = losses(half, 4);

    makeFaster(Precision::Fp32);
    GptTrainer full(spec, stripes());
    QCOMPARE(fact(full, "Precision"), "fp32");
    losses(full, 3);
    full.save(file("full"));
    const auto expectedFull = losses(full, 4);
    GptTrainer resumed(spec, stripes());
    resumed.load(file("half"));
    QCOMPARE(fact(resumed, "Precision"), "bf16");
    QCOMPARE(losses(resumed, 4), expected);
    resumed.load(file("full"));
    QCOMPARE(fact(resumed, "Precision"), "fp32");
    QCOMPARE(losses(resumed, 4), expectedFull);
    QVERIFY(expected != expectedFull);

    // Versions that did not write it down took bf16 where there are such products.
    auto info = readCheckpointInfo(file("half"));
    QCOMPARE(info.precision, Precision::Bf16);
    info.precision = Precision::Auto;
    GptTensors w(half.weights().shape), m(w.shape), v(w.shape);
    loadCheckpoint(file("half"), {w.named(), m.named(), v.named(), {}});
    saveCheckpoint(file("earlier"), info, {w.named(), m.named(), v.named(), {}});
    GptTrainer earlier(spec, stripes());
    earlier.load(file("earlier"));
    QCOMPARE(losses(earlier, 4), expected);

    // The settings go before the checkpoint.
    spec.train.precision = Precision::Fp32;
    GptTrainer told(spec, stripes());
    told.load(file("half"));
    QCOMPARE(fact(told, "Precision"), "fp32");
    QVERIFY(losses(told, 4) != expected);
    qputenv("XDG_CACHE_HOME", before);
  }

  void refusesAnotherPaletteAndHeads() {
    const auto spec = tinySpec();
    GptTrainer trainer(spec, stripes());
    trainer.save(file("saved"));
    auto data = stripes();
    std::vector<Colour> other(data.palette.colours().begin(), data.palette.colours().end());
    other[0] = {-1, -1, -1};
    data.palette = Palette(std::move(other));
    QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(spec, std::move(data)).load(file("saved")));
    auto heads = spec;
    heads.model.heads = 4;
    QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(heads, stripes()).load(file("saved")));
    auto flat = stripes();  // as many pixels, of another shape
    flat.width = 25;
    flat.height = 1;
    QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(spec, std::move(flat)).load(file("saved")));
  }

  void microBatchesEqualTheWholeBatch_data() {
    QTest::addColumn<bool>("bert");
    QTest::newRow("autoregressive") << false;
    QTest::newRow("BERT") << true;
  }
  void microBatchesEqualTheWholeBatch() {
    QFETCH(bool, bert);
    auto spec = bert ? bertSpec() : tinySpec();
    spec.train.microBatch = 6;
    GptTrainer whole(spec, stripes());
    spec.train.microBatch = 4;  // and a rest of 2
    GptTrainer parts(spec, stripes());
    QCOMPARE(parts.microBatch(), 4);
    const auto expected = losses(whole, 5), found = losses(parts, 5);
    for (size_t i = 0; i < expected.size(); ++i) QCOMPARE_LT(std::abs(expected[i] - found[i]), 1e-5);
  }

  void clipsTheGradient() {
    auto spec = tinySpec();
    spec.optimizer.clipNorm = 1e9;
    GptTrainer loose(spec, stripes());
    spec.optimizer.clipNorm = 1e-3;
    GptTrainer tight(spec, stripes());
    losses(loose, 2);
    losses(tight, 2);
    QVERIFY(tight.trainStep(kGo).gradientNorm > 1e-3);  // the norm told is the one before
    // Adam does not care for the scale of gradients; its first moment does.
    tight.save(file("tight"));
    GptTensors w(tight.weights().shape), m(w.shape), v(w.shape);
    loadCheckpoint(file("tight"), {w.named(), m.named(), v.named(), {}});
    QCOMPARE_LT(m.flat.norm().item<double>(), 1.001e-3);
  }

  void bertOverfitsOneBatch() {
    auto spec = bertSpec();
    spec.optimizer = {.learningRate = 1e-2, .warmupSteps = 10};
    spec.train.steps = 250;
    GptTrainer trainer(spec, stripes(6));
    const auto list = losses(trainer, 250);
    QCOMPARE_LT(std::abs(list[0] - std::log(8.0)), 1e-6);
    // A row's other pixels tell the colour of a hidden one; five masks of a row at once are rare.
    const double last = std::reduce(list.end() - 20, list.end()) / 20;
    QCOMPARE_LT(last, 0.1);
  }

  void bertMasksAnewAtEveryStep() {
    auto spec = bertSpec();
    spec.optimizer.learningRate = 1e-30;  // nothing changes but the masks
    auto data = stripes(6);
    for (size_t i = 25; i < data.train.ids.size(); ++i) data.train.ids[i] = data.train.ids[i - 25];  // nor the batch
    GptTrainer trainer(spec, std::move(data));
    const auto& head = trainer.weights().head;
    head.normal_(0, 1, at::detail::createCPUGenerator(1));
    const auto list = losses(trainer, 3);
    QVERIFY(list[0] != list[1] && list[1] != list[2]);
    const double first = trainer.evaluate(kGo).loss;
    QCOMPARE(trainer.evaluate(kGo).loss, first);
    losses(trainer, 1);
    QVERIFY(trainer.evaluate(kGo).loss != first);
  }

  void bertDrawsNothing() {
    GptTrainer trainer(bertSpec(), stripes());
    trainer.sample(kGo, [](SampleSet) { QFAIL("a model of masked pixels cannot draw"); });
  }

  void biasesBeginAtZeroAndLearn() {
    auto spec = tinySpec();
    GptTrainer without(spec, stripes());
    spec.model.bias = true;
    GptTrainer with(spec, stripes());
    const auto& block = with.weights().blocks[1];
    for (const auto& bias : {block.qkvBias, block.projBias, block.fcBias, block.mlpBias})
      QCOMPARE(bias.abs().max().item<double>(), 0.0);
    const auto expected = losses(without, 2), found = losses(with, 2);
    QCOMPARE_LT(std::abs(expected[1] - found[1]), 1e-6);
    losses(with, 2);
    for (const auto& bias : {block.qkvBias, block.projBias, block.fcBias, block.mlpBias})
      QVERIFY(bias.abs().max().item<double>() > 0);
  }

  void learnsFromAugmentedImages() {
    auto spec = tinySpec();
    spec.train.microBatch = 4;  // and a rest of 2
    auto data = stripes(), plain = stripes();
    data.augmenter = std::make_unique<PlaceAugmenter>();
    plain.train = {.count = 6, .length = 25};  // the augmenter's tokens at step 0, in any order of rows
    for (int place = 0; place < 6; ++place)
      plain.train.ids.insert(plain.train.ids.end(), 25, static_cast<Token>(place));
    GptTrainer augmented(spec, std::move(data)), twin(spec, std::move(plain));
    // The gradient's norm is the same for every order of the batch, up to rounding.
    const double expected = twin.trainStep(kGo).gradientNorm;
    QCOMPARE_LT(std::abs(augmented.trainStep(kGo).gradientNorm / expected - 1), 1e-5);
    // The next step shows other colours.
    QVERIFY(std::abs(augmented.trainStep(kGo).gradientNorm / twin.trainStep(kGo).gradientNorm - 1) > 1e-3);
  }

  void endsWithTheLossOfTheTestImages() {
    GptTrainer trainer(tinySpec(), stripes());
    losses(trainer, 3);
    std::vector<Scalars> told;
    trainer.finish(kGo, {}, [&](const TrainEvent& event) { told.push_back(std::get<Scalars>(event)); });
    QCOMPARE(told.size(), size_t{1});
    QCOMPARE(told[0].step, 3);
    QCOMPARE(told[0].values[0].first, std::string("test/loss"));
    const auto data = stripes();
    const double expected = Gpt(trainer.weights()).nats(tokensOf(data.test, rowsFrom(0, 9))).mean().item<double>();
    QCOMPARE_LT(std::abs(told[0].values[0].second - expected), 1e-6);
    QVERIFY_THROWS_EXCEPTION(Stopped,
                             trainer.finish(Control({.mayGoOn = [] { return false; }}), {}, [](const TrainEvent&) {}));
  }

  void startsFromWeightsAlone() {
    GptTrainer trainer(tinySpec(), stripes());
    losses(trainer, 20);
    trainer.save(file("twenty"));
    saveCheckpoint(file("weights"), readCheckpointInfo(file("twenty")), {.weights = trainer.weights().named()});
    GptTrainer other(tinySpec(), stripes());
    QVERIFY_THROWS_EXCEPTION(Error, other.load(file("weights")));
    other.startFrom(file("weights"));
    QVERIFY(at::equal(bytes(other), bytes(trainer)));
    auto spec = tinySpec();
    spec.train.precision = Precision::Bf16;
    GptTrainer half(spec, stripes());
    half.startFrom(file("weights"));
    QCOMPARE_LT(std::abs(half.evaluate(kGo).loss - trainer.evaluate(kGo).loss),
                5e-3);  // its products are of them, too
    QVERIFY(std::abs(trainer.evaluate(kGo).loss - std::log(8.0)) > 0.01);
  }

  void aTokenAboveThePaletteIsRefused() {
    for (TokenSet RunData::*set : {&RunData::train, &RunData::validation, &RunData::test}) {
      auto data = stripes(), mapped = stripes();
      (data.*set).ids.back() = 8;
      mapped.*set = mappedCopy(data.*set, file("tokens"));
      QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(tinySpec(), std::move(data)));
      QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(tinySpec(), std::move(mapped)));
    }
  }

  void stopDuringAStepChangesNothing() {
    GptTrainer trainer(tinySpec(), stripes()), twin(tinySpec(), stripes());
    losses(trainer, 2);
    losses(twin, 2);
    const auto before = bytes(trainer);
    int left = 4;
    const Control control({.mayGoOn = [&] { return --left > 0; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.trainStep(control));
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.evaluate(Control({.mayGoOn = [] { return false; }})));
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.sample(Control({.mayGoOn = [] { return false; }}),
                                                     [](SampleSet) { QFAIL("nothing may be handed over"); }));
    QCOMPARE(trainer.step(), 2);
    QVERIFY(at::equal(bytes(trainer), before));
    QCOMPARE(losses(trainer, 3), losses(twin, 3));
  }

  void notANumberStopsBeforeTheUpdate() {
    GptTrainer sound(tinySpec(), stripes());
    losses(sound, 4);
    sound.save(file("sound"));
    GptTensors w(sound.weights().shape), m(w.shape), v(w.shape);
    loadCheckpoint(file("sound"), {w.named(), m.named(), v.named(), {}});
    w.wte.fill_(NAN);
    saveCheckpoint(file("broken"), readCheckpointInfo(file("sound")), {w.named(), m.named(), v.named(), {}});

    GptTrainer trainer(tinySpec(), stripes());
    trainer.load(file("broken"));
    const auto before = bytes(trainer);
    try {
      trainer.trainStep(kGo);
      QFAIL("a loss that is not a number went through");
    } catch (const Error& error) {
      QVERIFY2(QString::fromUtf8(error.what()).contains(QLatin1String("of step 5 is")), error.what());
    }
    QCOMPARE(trainer.step(), 4);
    QVERIFY(at::equal(bytes(trainer), before));
    trainer.load(file("sound"));
    QCOMPARE(losses(trainer, 3), losses(sound, 3));
  }

  void bf16TrainsCloseToFp32() {
    auto spec = tinySpec();
    GptTrainer full(spec, stripes());
    spec.train.precision = Precision::Bf16;
    GptTrainer half(spec, stripes());
    const auto expected = losses(full, 40), found = losses(half, 40);
    QCOMPARE_LT(expected.back(), 0.8 * expected.front());
    for (size_t i = 0; i < expected.size(); ++i) QCOMPARE_LT(std::abs(expected[i] - found[i]), 0.03);
  }

  void samplesAndProbesGoWithTheStep() {
    GptTrainer trainer(tinySpec(), stripes());
    losses(trainer, 3);
    std::vector<SampleSet> sets;
    trainer.sample(kGo, [&](SampleSet set) { sets.push_back(std::move(set)); });
    QCOMPARE(sets.size(), size_t{2});
    QCOMPARE(sets[0].given, 10);  // two whole rows of five
    QCOMPARE(sets[0].samples.size(), size_t{4});
    QCOMPARE(sets[1].given, 0);
    QCOMPARE(sets[1].samples.size(), size_t{2});
    QCOMPARE(sets[1].step, 3);
    std::vector<int64_t> layers;
    trainer.probe(kGo, [&](const TrainEvent& event) { layers.push_back(std::get<ProbeResult>(event).layer); });
    QCOMPARE(layers, (std::vector<int64_t>{0, 1, 2}));
  }

  void refusesDataThatDoNotFit() {
    auto data = stripes();
    data.train.ids[3] = 8;
    QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(tinySpec(), std::move(data)));
    data = stripes();
    data.validation.length = 5;
    QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(tinySpec(), std::move(data)));
    data = stripes();
    data.height = 6;
    QVERIFY_THROWS_EXCEPTION(Error, GptTrainer(tinySpec(), std::move(data)));
  }
};

QTEST_GUILESS_MAIN(GptTrainerTest)
#include "gpt_trainer_test.moc"
