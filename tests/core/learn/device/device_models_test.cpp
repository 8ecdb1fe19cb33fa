#include <torch/torch.h>

#include <QTest>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "core/learn/evaluate/attention_maps.h"
#include "core/learn/evaluate/draw_pixels.h"
#include "core/learn/evaluate/fill_masked.h"
#include "core/learn/evaluate/surprise.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/sampling.h"
#include "core/learn/model/token_rows.h"
#include "core/run/diverged.h"
#include "core/run/engine.h"
#include "tests/core/learn/device/pretend_device.h"
#include "tests/core/learn/device/small_runs.h"
#include "tests/core/learn/foreign_models.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

const Control kGo;
const std::filesystem::path kGolden = SCANLINE_GOLDEN;

Gpt there(const Gpt& model) {
  return Gpt(model.weights().on(pretend::kDevice));
}

/// A small network whose colours all have different probabilities.
Gpt smallModel(int64_t positions) {
  auto weights = initialWeights({.layers = 2, .width = 8, .heads = 2, .paletteSize = 7, .positions = positions}, 3);
  weights.head.copy_(initialWeights(weights.shape, 4).wte * 50);
  return Gpt(std::move(weights));
}

TokenSet tokenSet(const std::filesystem::path& file) {
  const auto array = readNpy(file);
  TokenSet set{.count = array.shape[0], .length = array.shape[1]};
  for (const auto id : array.values<int64_t>()) set.ids.push_back(static_cast<Token>(id));
  return set;
}

double largest(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double gap = 0;
  for (size_t i = 0; i < a.size(); ++i) gap = std::max(gap, std::abs(a[i] - b[i]) / std::max(std::abs(b[i]), 1e-3));
  return gap;
}

template <class T>
double deviation(const std::vector<T>& found, const std::filesystem::path& file) {
  const auto expected = readNpy(file).toDoubles();
  if (found.size() != expected.size()) return INFINITY;
  double gap = 0;
  for (size_t i = 0; i < found.size(); ++i) gap = std::max(gap, std::abs(double{found[i]} - expected[i]));
  return gap;
}

}  // namespace

Q_DECLARE_METATYPE(scanline::SampleRequest)

/// Trained models on an accelerator: pictures, scores and imports there are those of the CPU.
class DeviceModelsTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

 private Q_SLOTS:
  void drawsAsOnTheCpu_data() {
    QTest::addColumn<SampleRequest>("request");
    const auto originals = images(goldenTokens("hf/tokens.npy"));
    QTest::newRow("whole images") << SampleRequest{.perPrompt = 3, .seed = 1};
    QTest::newRow("completions") << SampleRequest{.originals = originals, .given = 32, .perPrompt = 3, .seed = 2};
    QTest::newRow("one a prompt, cold") << SampleRequest{.originals = originals, .given = 60, .temperature = 0.6};
    QTest::newRow("five best") << SampleRequest{.originals = originals, .given = 40, .perPrompt = 2, .topK = 5};
    QTest::newRow("nothing given") << SampleRequest{.originals = originals, .perPrompt = 2, .seed = 4};
  }
  void drawsAsOnTheCpu() {
    QFETCH(SampleRequest, request);
    const auto model = goldenModel("hf");
    const auto expected = drawSamples(model, request, kGo), found = drawSamples(there(model), request, kGo);
    QCOMPARE(found.samples, expected.samples);
    QCOMPARE_LT(largest(found.sampleNats, expected.sampleNats), 1e-6);
    QCOMPARE_LT(largest(found.originalNats, expected.originalNats), 1e-6);
  }

  /// A training on another thread may ask LibTorch for reproducible sums at any moment, and it refuses some operations
  /// then.
  void drawsWhileSumsAreReproducible() {
    const auto model = there(smallModel(12));
    const auto expected = drawSamples(model, {.perPrompt = 5, .topK = 3}, kGo).samples;
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
    const auto found = drawSamples(model, {.perPrompt = 5, .topK = 3}, kGo).samples;
    at::globalContext().setDeterministicAlgorithms(false, false);
    QCOMPARE(found, expected);
  }

  void theHostWaitsForNoDrawnPosition() {
    const auto waitsOf = [](int64_t positions, int64_t given) {
      const auto model = there(smallModel(positions));
      SampleRequest request{.given = given, .perPrompt = 2, .topK = 3};
      if (given > 0) request.originals = {std::vector<Token>(static_cast<size_t>(positions), 1)};
      pretend::clearWaits();
      drawSamples(model, request, kGo);
      return pretend::waits();
    };
    // Whether it was finite, tokens and nats, once they are all drawn; and the originals' nats.
    QCOMPARE(waitsOf(3, 0), std::vector<std::string>(3, "copy to the host"));
    QCOMPARE(waitsOf(40, 0), std::vector<std::string>(3, "copy to the host"));
    QCOMPARE(waitsOf(40, 20), std::vector<std::string>(4, "copy to the host"));
  }

  void aDivergedModelIsNoticedThereToo() {
    const auto model = there(smallModel(6));
    model.weights().wpe[2].fill_(NAN);
    try {
      drawSamples(model, {}, kGo);
      QFAIL("drawn");
    } catch (const Diverged& error) {
      QVERIFY(std::string(error.what()).find("pixel 2") != std::string::npos);
    }
  }

  /// As many together as free memory has room for; the pictures do not tell.
  void chunksFollowFreeMemory() {
    const auto model = there(smallModel(30));
    const auto expected = drawSamples(model, {.perPrompt = 40}, kGo).samples;
    pretend::clearPeak();
    const auto whole = pretend::memoryPeak();
    drawSamples(model, {.perPrompt = 40}, kGo);
    const auto needed = pretend::memoryPeak() - whole;
    pretend::setMemoryLimit(pretend::memoryUsed() + needed / 2);
    QCOMPARE(drawSamples(model, {.perPrompt = 40}, kGo).samples, expected);
    pretend::setMemoryLimit(0);
  }

  void importsAndScoresThere() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const auto before = pretend::memoryPeak();
    for (const std::string folder : {"hf", "hf_bias"}) {
      const auto found = engine->score(kGolden / folder, tokenSet(kGolden / folder / "tokens.npy"), true, true, 1);
      QCOMPARE_LT(deviation(found.nats, kGolden / folder / "nats.npy"), 5e-6);
      QCOMPARE_LT(deviation(found.logits, kGolden / folder / "logits.npy"), 5e-5);
      QCOMPARE_LT(deviation(found.features, kGolden / folder / "features.npy"), 1e-5);
    }
    QVERIFY(pretend::memoryPeak() > before);
  }

  void scoresModelsOfMaskedPixelsThere() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const auto tokens = tokenSet(kGolden / "tf_bert" / "tokens.npy");
    const auto found = engine->score(kGolden / "tf_bert", tokens, true, true, 1);
    const auto model = goldenModel("tf_bert");
    const auto keep = drawKeep(rowsFrom(0, tokens.count), tokens.length, ModelSpec().maskRate, 1, MaskUse::Evaluate, 0);
    const auto nats = model.nats(goldenTokens("tf_bert/tokens.npy"), keep).to(at::kDouble);
    QCOMPARE_LT(largest(found.nats, {nats.data_ptr<double>(), nats.data_ptr<double>() + nats.numel()}), 1e-6);
  }

  void completesThere() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const auto originals = images(goldenTokens("hf/tokens.npy"));
    pretend::clearPeak();
    const auto before = pretend::memoryPeak();
    const auto foreign = engine->complete(
        {.checkpoint = kGolden / "hf", .originals = originals, .given = 32, .perPrompt = 2, .threads = 1}, kGo);
    QVERIFY(pretend::memoryPeak() > before);
    QCOMPARE(
        foreign.samples,
        drawSamples(goldenModel("hf"), {.originals = originals, .given = 32, .perPrompt = 2, .seed = 1}, kGo).samples);

    const auto file = folder_ / "step-70.safetensors";
    writeSmallModel(file, "autoregressive");
    const auto own = engine->complete({.checkpoint = file, .perPrompt = 3, .threads = 1}, kGo);
    QCOMPARE(own.samples, drawSamples(Gpt(loadWeights(file)), {.perPrompt = 3, .seed = 1}, kGo).samples);
  }

  void answersQuestionsThere() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const auto tokens = tokenSet(kGolden / "hf" / "tokens.npy");
    const auto here = goldenModel("hf");
    pretend::clearPeak();
    const auto before = pretend::memoryPeak();
    const auto model = engine->openModel(kGolden / "hf");
    QVERIFY(pretend::memoryPeak() > before);
    const auto found = model->surprise(tokens, {}, kGo), expected = surpriseOf(here, tokens, {}, kGo);
    QCOMPARE(found.nats.size(), expected.nats.size());
    for (size_t i = 0; i < found.nats.size(); ++i) {
      QVERIFY(std::abs(found.nats[i] - expected.nats[i]) < 1e-5F);
      QVERIFY(std::abs(found.entropy[i] - expected.entropy[i]) < 1e-5F);
    }
    QCOMPARE(found.rank, expected.rank);

    const auto first = images(goldenTokens("hf/tokens.npy"))[0];
    DrawRequest request{.picture = first, .seed = 5, .threads = 1};
    for (int i = 0; i < 64; ++i) request.paint.push_back(i % 4 == 1);
    request.candidates = 3;
    for (const bool conditioned : {false, true}) {
      request.conditioned = conditioned;
      request.particles = 6;
      const auto packed = std::make_shared<const PackedGpt>(here.weights());
      QCOMPARE(model->draw(request, {}, kGo).candidates, drawPixels({here, packed}, request, {}, kGo).candidates);
    }
    const auto row = model->attention(first, 40).weights;
    const AttentionMaps maps(here, goldenTokens("hf/tokens.npy").narrow(0, 0, 1));
    const auto expectedRow = maps.row(40);
    QCOMPARE(row.size(), expectedRow.size());
    for (size_t i = 0; i < row.size(); ++i) QVERIFY(std::abs(row[i] - expectedRow[i]) < 1e-5F);
  }

  void fillsMaskedPixelsThere() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    DrawRequest request{.picture = images(goldenTokens("tf_bert/tokens.npy"))[0], .passes = 4, .threads = 1};
    for (int i = 0; i < 36; ++i) request.paint.push_back(i % 3 == 1);
    QCOMPARE(engine->openModel(kGolden / "tf_bert")->draw(request, {}, kGo).candidates,
             fillMasked(goldenModel("tf_bert"), request, {}, kGo).candidates);
    const auto tokens = tokenSet(kGolden / "tf_bert" / "tokens.npy");
    const TokenSet one{.count = 1, .length = 36, .ids = {tokens.ids.begin(), tokens.ids.begin() + 36}};
    const auto found = engine->openModel(kGolden / "tf_bert")->surprise(one, {}, kGo),
               expected = surpriseOf(goldenModel("tf_bert"), one, {}, kGo);
    for (size_t i = 0; i < 36; ++i) QVERIFY(std::abs(found.nats[i] - expected.nats[i]) < 1e-5F);
  }

  /// A training may fill the accelerator: a look at a model then takes the CPU.
  void completesOnTheCpuWhereTheDeviceIsFull() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const auto file = folder_ / "step-70.safetensors";
    writeSmallModel(file, "autoregressive");
    const auto expected = engine->complete({.checkpoint = file, .perPrompt = 3, .threads = 1}, kGo);
    pretend::setMemoryLimit(pretend::memoryUsed() + 4096);
    const auto found = engine->complete({.checkpoint = file, .perPrompt = 3, .threads = 1}, kGo);
    pretend::setMemoryLimit(0);
    QCOMPARE(found.samples, expected.samples);
  }
};

QTEST_APPLESS_MAIN(DeviceModelsTest)
#include "device_models_test.moc"
