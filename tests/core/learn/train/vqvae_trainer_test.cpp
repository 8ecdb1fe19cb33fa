#include <torch/torch.h>

#include <QTest>
#include <cmath>

#include "core/base/error.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/model/vqvae_checkpoint.h"
#include "core/learn/train/vqvae_trainer.h"
#include "core/run/diverged.h"
#include "core/tokens/batches.h"
#include "tests/core/learn/vqvae_images.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

const Control kGo;

RunSpec tinySpec(double decay = 0.9) {
  RunSpec spec;
  spec.kind = RunKind::Vqvae;
  spec.seed = 3;
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.optimizer.learningRate = 5e-3;
  spec.optimizer.warmupSteps = 2;
  spec.optimizer.schedule = Schedule::Constant;
  spec.train.steps = 200;
  spec.train.batchSize = 16;
  spec.train.evaluateImages = 24;
  spec.sample.prompts = 3;
  spec.vqvae = {.stride = 4, .codes = 16, .codeWidth = 4, .width = 12, .blocks = 1, .decay = decay};
  return spec;
}

RunData tinyData() {
  return {.palette = Palette({{-1, -1, -1}, {1, 1, 1}}),
          .trainImages = squares(64, 8, 1),
          .validationImages = squares(24, 8, 2)};
}

std::vector<double> losses(Trainer& trainer, int steps) {
  std::vector<double> list;
  for (int i = 0; i < steps; ++i) list.push_back(trainer.trainStep(kGo).loss);
  return list;
}

bool equal(const VqvaeTrainer& a, const VqvaeTrainer& b) {
  const auto left = checkpointNames(a.model()), right = checkpointNames(b.model());
  for (size_t i = 0; i < left.size(); ++i)
    if (!at::equal(left[i].second, right[i].second)) return false;
  return true;
}

at::Tensor read(const std::filesystem::path& file, const std::string& name, at::IntArrayRef sizes) {
  auto tensor = at::empty(sizes);
  loadVqvae(file, {{name, tensor}});
  return tensor;
}

/// Vectors and codes of the first batch.
struct FirstBatch {
  explicit FirstBatch(const VqvaeTrainer& trainer, const RunSpec& spec) {
    const at::NoGradGuard noGraph;
    const auto data = tinyData();
    const auto rows = batchRows(data.trainImages.count, spec.train.batchSize, spec.seed, 0);
    z = toVectors(trainer.model().encode(pixelsOf(data.trainImages, rows)));
    codes = trainer.model().nearest(z);
  }
  at::Tensor z, codes;
};

}  // namespace

class VqvaeTrainerTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

 private Q_SLOTS:
  void learnsToReconstruct_data() {
    QTest::addColumn<double>("decay");
    QTest::newRow("moving averages") << 0.9;
    QTest::newRow("gradient") << 0.0;
  }
  void learnsToReconstruct() {
    QFETCH(double, decay);
    VqvaeTrainer trainer(tinySpec(decay), tinyData());
    const double before = trainer.evaluate(kGo).loss;
    losses(trainer, 400);
    const double after = trainer.evaluate(kGo).loss;
    QVERIFY2(after < 0.1 * before, qPrintable(QString("%1 -> %2").arg(before).arg(after)));
  }

  void resumesBitForBit_data() { learnsToReconstruct_data(); }
  void resumesBitForBit() {
    QFETCH(double, decay);
    VqvaeTrainer whole(tinySpec(decay), tinyData());
    losses(whole, 6);
    whole.save(folder_ / "six");
    const auto expected = losses(whole, 8);

    VqvaeTrainer resumed(tinySpec(decay), tinyData());
    losses(resumed, 2);  // its earlier steps are forgotten
    resumed.load(folder_ / "six");
    QCOMPARE(resumed.step(), 6);
    VqvaeTrainer other(tinySpec(decay), tinyData());
    losses(other, 6);
    other.model().fromCode.bias.detach().add_(1);
    other.evaluate(kGo);  // its measurement at this step is of other weights
    other.load(folder_ / "six");
    QCOMPARE(other.evaluate(kGo).loss, resumed.evaluate(kGo).loss);
    QCOMPARE(losses(resumed, 8), expected);
    QVERIFY(equal(resumed, whole));
  }

  void theCodesFollowMovingAverages() {
    RunSpec spec = tinySpec(0.75);
    spec.vqvae.reviveBelow = 0;
    VqvaeTrainer trainer(spec, tinyData());
    const FirstBatch batch(trainer, spec);
    const auto start = trainer.model().codebook.clone();
    losses(trainer, 1);
    const double mean = 64.0 / 16;  // vectors a code, with which the averages begin
    for (int64_t k = 0; k < 16; ++k) {
      const auto mine = batch.codes.eq(k);
      const double count = 0.75 * mean + 0.25 * mine.sum().item<double>();
      const auto sum = 0.75 * mean * start[k] + 0.25 * batch.z.index({mine}).sum(0);
      QCOMPARE_LT((trainer.model().codebook[k] - sum / count).abs().max().item<double>(), 1e-5);
    }
  }

  /// The gradient that is worked out by hand is the one of the mean squared distance.
  void theCodesLearnByGradient() {
    const RunSpec spec = tinySpec(0);
    VqvaeTrainer trainer(spec, tinyData());
    const FirstBatch batch(trainer, spec);
    auto codebook = trainer.model().codebook.clone().set_requires_grad(true);
    const auto loss = at::mse_loss(codebook.index_select(0, batch.codes), batch.z);
    const auto expected = torch::autograd::grad({loss}, {codebook})[0];
    losses(trainer, 1);
    trainer.save(folder_ / "gradient");
    const auto moment = read(folder_ / "gradient", "adam.m.codebook", {16, 4});
    QVERIFY(expected.abs().max().item<double>() > 0);
    QCOMPARE_LT((moment - 0.1 * expected).abs().max().item<double>(), 1e-7);
  }

  /// The choice of a code has no gradient of its own; the encoder gets the decoder's.
  void gradientsPassTheCodes() {
    RunSpec spec = tinySpec();
    spec.vqvae.commitment = 0;
    VqvaeTrainer trainer(spec, tinyData());
    losses(trainer, 1);
    trainer.save(folder_ / "straight");
    QVERIFY(read(folder_ / "straight", "adam.m.encoder.down.0.w", {12, 3, 4, 4}).abs().max().item<double>() > 0);
  }

  void weightsOfConvolutionsDecayAndNothingElse() {
    RunSpec spec = tinySpec(0);
    spec.optimizer.warmupSteps = 0;  // its first step would change nothing
    VqvaeTrainer plain(spec, tinyData());
    spec.optimizer.weightDecay = 0.5;
    VqvaeTrainer decaying(spec, tinyData());
    std::vector<at::Tensor> before;
    for (const auto& [name, tensor] : checkpointNames(plain.model())) before.push_back(tensor.detach().clone());
    const double rate = plain.trainStep(kGo).learningRate;
    QVERIFY(rate > 0);
    decaying.trainStep(kGo);
    const auto without = checkpointNames(plain.model()), with = checkpointNames(decaying.model());
    for (size_t i = 0; i < before.size(); ++i) {
      const auto expected = with[i].second.dim() == 4 ? -rate * 0.5 * before[i] : at::zeros_like(before[i]);
      QVERIFY2((with[i].second - without[i].second - expected).abs().max().item<double>() < 1e-6,
               with[i].first.c_str());
    }
  }

  void clipsTheGradient() {
    RunSpec spec = tinySpec();
    spec.optimizer.clipNorm = 1e-3;
    VqvaeTrainer trainer(spec, tinyData());
    QVERIFY(trainer.trainStep(kGo).gradientNorm > 1e-3);  // the one before
    trainer.save(folder_ / "clipped");
    const auto moment = read(folder_ / "clipped", "adam.m.encoder.down.0.w", {12, 3, 4, 4});
    QVERIFY(moment.norm().item<double>() > 0 && moment.norm().item<double>() < 0.1001 * 1e-3);
  }

  void commitmentKeepsTheVectorsNearTheirCodes() {
    const auto distance = [](double commitment) {
      RunSpec spec = tinySpec();
      spec.vqvae.commitment = commitment;
      VqvaeTrainer trainer(spec, tinyData());
      losses(trainer, 100);
      const FirstBatch batch(trainer, spec);
      return at::mse_loss(trainer.model().codebook.index_select(0, batch.codes), batch.z).item<double>();
    };
    QCOMPARE_LT(distance(3), distance(0));
  }

  void unusedCodesStartAnew() {
    const auto used = [](double reviveBelow) {
      RunSpec spec = tinySpec();
      spec.vqvae.codes = 32;
      spec.vqvae.reviveBelow = reviveBelow;
      VqvaeTrainer trainer(spec, tinyData());
      losses(trainer, 100);
      int64_t codes = 0;
      trainer.probe(kGo, [&](const TrainEvent& event) {
        if (const auto* use = std::get_if<CodebookUse>(&event))
          codes = std::ranges::count_if(use->counts, [](int64_t count) { return count > 0; });
      });
      return codes;
    };
    const int64_t with = used(1), without = used(0);
    QVERIFY2(with > without, qPrintable(QString("%1 with, %2 without").arg(with).arg(without)));
  }

  /// A code that starts anew stands at the threshold, where its vector was, without the past of the old one.
  void aCodeThatStartsAnewHasNoPast_data() { learnsToReconstruct_data(); }
  void aCodeThatStartsAnewHasNoPast() {
    QFETCH(double, decay);
    RunSpec spec = tinySpec(decay);
    spec.vqvae.codes = 32;
    spec.vqvae.reviveBelow = 1.985;  // of 2 vectors a code
    VqvaeTrainer trainer(spec, tinyData());
    losses(trainer, 3);
    trainer.save(folder_ / "revived");
    const auto use = read(folder_ / "revived", "use", {32}), sums = read(folder_ / "revived", "sums", {32, 4});
    const auto fresh = use.eq(at::full({}, 1.985)).nonzero().flatten();
    QVERIFY(fresh.numel() > 0);
    QVERIFY(use.min().item<double>() >= 1.9849);
    const auto codes = trainer.model().codebook.index_select(0, fresh);
    QCOMPARE_LT((sums.index_select(0, fresh) - 1.985 * codes).abs().max().item<double>(), 1e-5);
    if (decay > 0) return;
    for (const char* name : {"adam.m.codebook", "adam.v.codebook"})
      QCOMPARE(read(folder_ / "revived", name, {32, 4}).index_select(0, fresh).abs().max().item<double>(), 0.0);
  }

  void microBatchesEqualTheWholeBatch() {
    RunSpec spec = tinySpec();
    spec.train.microBatch = 16;
    VqvaeTrainer whole(spec, tinyData());
    spec.train.microBatch = 6;  // and a rest of 4
    VqvaeTrainer parts(spec, tinyData());
    const auto expected = losses(whole, 4), found = losses(parts, 4);
    for (size_t i = 0; i < expected.size(); ++i) QCOMPARE_LT(std::abs(expected[i] - found[i]), 1e-4 * expected[i]);
  }

  void aStopChangesNothing() {
    RunSpec spec = tinySpec();
    spec.train.microBatch = 4;
    VqvaeTrainer trainer(spec, tinyData()), twin(spec, tinyData());
    losses(trainer, 2);
    losses(twin, 2);
    int left = 3;
    const Control control({.mayGoOn = [&] { return --left > 0; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.trainStep(control));
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.evaluate(Control({.mayGoOn = [] { return false; }})));
    QVERIFY_THROWS_EXCEPTION(Stopped, trainer.sample(Control({.mayGoOn = [] { return false; }}),
                                                     [](SampleSet) { QFAIL("nothing may be handed over"); }));
    QCOMPARE(trainer.step(), 2);
    QCOMPARE(losses(trainer, 3), losses(twin, 3));
    QVERIFY(equal(trainer, twin));
  }

  void notANumberStopsBeforeTheUpdate() {
    VqvaeTrainer trainer(tinySpec(), tinyData());
    losses(trainer, 2);
    trainer.save(folder_ / "sound");
    trainer.model().fromCode.bias.detach().fill_(NAN);
    const auto before = trainer.model().codebook.clone();
    try {
      trainer.trainStep(kGo);
      QFAIL("a loss that is not a number went through");
    } catch (const Diverged& error) {  // a search for the rate goes on to the next
      QVERIFY2(QString(error.what()).contains(QLatin1String("of step 3 is")), error.what());
    }
    QVERIFY(at::equal(trainer.model().codebook, before));
    trainer.load(folder_ / "sound");
    QVERIFY(std::isfinite(trainer.trainStep(kGo).loss));
  }

  void samplesAreReconstructions() {
    VqvaeTrainer trainer(tinySpec(), tinyData());
    losses(trainer, 3);
    std::vector<SampleSet> sets;
    trainer.sample(kGo, [&](SampleSet set) { sets.push_back(std::move(set)); });
    QCOMPARE(sets.size(), size_t{1});
    const SampleSet& set = sets[0];
    QCOMPARE(set.step, 3);
    QCOMPARE(set.given, 4);
    QCOMPARE(set.width * set.height, 4);
    QCOMPARE(set.perPrompt, 1);
    QCOMPARE(set.originals, set.samples);
    QCOMPARE(set.pixelWidth, 8);
    QCOMPARE(set.samplePixels.size(), size_t{3});
    QCOMPARE(set.samplePixels[0].size(), size_t{192});
    const auto images = tinyData().validationImages;
    const auto rows = drawRows(images.count, 3, 3, Purpose::Prompts);
    QVERIFY(std::ranges::equal(set.originalPixels[1], images.image(rows[1])));
    QVERIFY(set.samplePixels[1] != set.originalPixels[1]);
  }

  void theCodebookIsMeasured() {
    VqvaeTrainer trainer(tinySpec(), tinyData());
    losses(trainer, 3);
    std::vector<TrainEvent> events;
    trainer.probe(kGo, [&](const TrainEvent& event) { events.push_back(event); });
    const auto& counts = std::get<CodebookUse>(events.at(0)).counts;
    const auto& values = std::get<Scalars>(events.at(1)).values;
    double total = 0, entropy = 0, used = 0;
    for (const auto count : counts) total += static_cast<double>(count);
    QCOMPARE(total, 24.0 * 4);
    for (const auto count : counts)
      if (count > 0)
        used += 1, entropy -= static_cast<double>(count) / total * std::log(static_cast<double>(count) / total);
    QCOMPARE_LT(std::abs(values[0].second - std::exp(entropy)), 1e-9);
    QCOMPARE(values[1].second, used);
    QCOMPARE_LT(std::abs(values[2].second - 10 * std::log10(4 / trainer.evaluate(kGo).loss)), 1e-9);
  }

  void whatDoesNotFitIsRefused() {
    RunSpec spec = tinySpec();
    const auto sentence = [](const std::function<void()>& call) {
      try {
        call();
      } catch (const Error& error) {
        return QString(error.what());
      }
      return QString();
    };
    spec.vqvae.stride = 16;
    QVERIFY(sentence([&] { VqvaeTrainer(spec, tinyData()); }).contains("Set data.side to a multiple of it"));
    auto none = tinyData();
    none.validationImages = {};
    QVERIFY(sentence([&] { VqvaeTrainer(tinySpec(), std::move(none)); }).contains("needs at least one image"));
    spec = tinySpec();
    spec.vqvae.reviveBelow = 5;  // of 4 vectors a code
    QVERIFY_THROWS_EXCEPTION(Error, VqvaeTrainer(spec, tinyData()));
    VqvaeTrainer trainer(tinySpec(), tinyData());
    trainer.save(folder_ / "other");
    spec = tinySpec();
    spec.vqvae.codes = 8;
    QVERIFY(sentence([&] {
              VqvaeTrainer(spec, tinyData()).load(folder_ / "other");
            }).contains("is of a VQ-VAE of another shape: stride 4, 16 codes"));
  }
};

QTEST_GUILESS_MAIN(VqvaeTrainerTest)
#include "vqvae_trainer_test.moc"
