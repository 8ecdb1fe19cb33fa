#include <torch/torch.h>

#include <QTest>
#include <cmath>
#include <map>

#include "core/kernels/reference.h"
#include "core/model/gpt.h"
#include "core/model/gpt_gradient.h"
#include "core/spec/run_spec.h"
#include "tests/learn/foreign_models.h"

using namespace scanline;

namespace {

const auto kGo = [] { return true; };

at::Tensor golden(const std::string& file) {
  const auto array = readNpy(std::filesystem::path(SCANLINE_GOLDEN) / file);
  return at::tensor(array.values<float>()).view(array.shape);
}

double largest(const at::Tensor& difference) {
  return difference.abs().max().item<double>();
}

/// Our name of a tensor -> Hugging Face's.
std::string foreignName(std::string name) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  };
  const bool bias = name.ends_with(".b"), gain = name.ends_with(".g");
  if (bias || gain) name.resize(name.size() - 2);
  replace("attn.qkv", "attn.c_attn");
  replace("attn.proj", "attn.c_proj");
  replace("mlp.fc", "mlp.c_fc");
  replace("mlp.proj", "mlp.c_proj");
  if (name == "head") return "lm_head.weight";
  return "transformer." + name + (bias ? ".bias" : ".weight");
}

at::Tensor goldenGradient(const std::string& model, const std::string& name) {
  const auto read = [&](const std::string& foreign) { return golden(model + "/grads/" + foreign + ".npy"); };
  const auto wte = read("transformer.wte.weight");
  if (name == "wte") return wte.narrow(0, 0, wte.size(0) - 1);
  if (name == "sos") return wte[wte.size(0) - 1];  // Hugging Face keeps the start vector as the last token
  return read(foreignName(name));
}

GptTensors randomWeights(const GptShape& shape, uint64_t seed) {
  GptTensors weights(shape);
  auto generator = at::detail::createCPUGenerator(seed);
  for (const auto& [name, tensor] : weights.named()) tensor.normal_(name.ends_with(".g") ? 1 : 0, 0.3, generator);
  return weights;
}

/// Mean nats written with plain operations that autograd can follow.
at::Tensor plainLoss(const GptTensors& w, const at::Tensor& tokens_Bn) {
  const auto linear = [](const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    return bias.defined() ? at::matmul(x, weight) + bias : at::matmul(x, weight);
  };
  auto h = Gpt(w).embed(tokens_Bn, 0, tokens_Bn.size(1));
  for (const auto& b : w.blocks) {
    const auto qkv = linear(reference::rmsNorm(h, b.ln1), b.qkv, b.qkvBias);
    h = h + linear(reference::attention(qkv, w.shape.heads), b.proj, b.projBias);
    h = h + linear(reference::quickGelu(linear(reference::rmsNorm(h, b.ln2), b.fc, b.fcBias)), b.mlp, b.mlpBias);
  }
  const auto logits = at::matmul(reference::rmsNorm(h, w.lnF), w.head.t());
  return reference::crossEntropy(logits.flatten(0, 1), tokens_Bn.flatten()).mean();
}

}  // namespace

class GptTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agreesWithHuggingFace_data() {
    QTest::addColumn<QString>("model");
    QTest::newRow("without biases") << "hf";
    QTest::newRow("with biases") << "hf_bias";
  }

  void agreesWithHuggingFace() {
    QFETCH(QString, model);
    const auto folder = model.toStdString();
    const auto gpt = goldenModel(folder);
    const auto tokens = goldenTokens(folder + "/tokens.npy");
    QCOMPARE_LT(largest(gpt.logits(tokens) - golden(folder + "/logits.npy")), 5e-5);
    QCOMPARE_LT(largest(gpt.nats(tokens) - golden(folder + "/nats.npy")), 5e-6);
    QCOMPARE_LT(largest(gpt.features(tokens) - golden(folder + "/features.npy")), 1e-5);
  }

  void gradientsAgreeWithHuggingFace_data() { agreesWithHuggingFace_data(); }
  void gradientsAgreeWithHuggingFace() {
    QFETCH(QString, model);
    const auto folder = model.toStdString();
    const auto gpt = goldenModel(folder);
    const auto tokens = goldenTokens(folder + "/tokens.npy");
    GptTensors gradients(gpt.shape());
    const auto nats = addGradient(gpt.weights(), tokens, 1.0 / static_cast<double>(tokens.numel()), gradients, kGo);
    QVERIFY(nats);
    QCOMPARE_LT(largest(nats->view(tokens.sizes()).mean(1) - golden(folder + "/nats.npy")), 5e-6);
    for (const auto& [name, gradient] : gradients.named())
      QVERIFY2(largest(gradient - goldenGradient(folder, name)) < 1e-6, name.c_str());
  }

  void tenAdamStepsAgreeWithHuggingFace_data() { agreesWithHuggingFace_data(); }
  void tenAdamStepsAgreeWithHuggingFace() {
    QFETCH(QString, model);
    const auto folder = model.toStdString();
    const auto gpt = goldenModel(folder);
    const auto tokens = goldenTokens(folder + "/tokens.npy");
    GptTensors w = gpt.weights(), g(w.shape), m(w.shape), v(w.shape);
    const auto expected = golden(folder + "/adam10.npy");
    for (int64_t step = 0; step < 10; ++step) {
      g.flat.zero_();
      const auto nats = addGradient(w, tokens, 1.0 / static_cast<double>(tokens.numel()), g, kGo);
      QCOMPARE_LT(std::abs(nats->mean().item<double>() - expected[step].item<double>()), 1e-5);
      at::_fused_adamw_({w.flat}, {g.flat}, {m.flat}, {v.flat}, {}, {at::full({}, static_cast<double>(step + 1))}, 1e-3,
                        0.9, 0.95, 0.0, 1e-8, false, false);
    }
  }

  void gradientsAgreeWithAutograd() {
    for (const bool bias : {false, true}) {
      const GptShape shape{.layers = 2, .width = 24, .heads = 3, .paletteSize = 11, .positions = 21, .bias = bias};
      const auto weights = randomWeights(shape, 5);
      const auto tokens = at::randint(11, {3, 21}, at::detail::createCPUGenerator(6), at::kLong);
      GptTensors found(shape);
      addGradient(weights, tokens, 1.0 / 63, found, kGo);

      const GptTensors views(shape);
      views.flat.copy_(weights.flat);
      for (const auto& [name, tensor] : views.named()) tensor.requires_grad_();
      plainLoss(views, tokens).backward();
      const auto expected = views.named(), actual = found.named();
      for (size_t i = 0; i < actual.size(); ++i)
        QVERIFY2(largest(actual[i].second - expected[i].second.grad()) < 2e-6, actual[i].first.c_str());
    }
  }

  void gradientsAddUpOverPasses() {
    const GptShape shape{.layers = 1, .width = 16, .heads = 2, .paletteSize = 5, .positions = 9};
    const auto weights = randomWeights(shape, 7);
    const auto tokens = at::randint(5, {4, 9}, at::detail::createCPUGenerator(8), at::kLong);
    GptTensors whole(shape), parts(shape);
    addGradient(weights, tokens, 1, whole, kGo);
    addGradient(weights, tokens.narrow(0, 0, 3).contiguous(), 1, parts, kGo);
    addGradient(weights, tokens.narrow(0, 3, 1).contiguous(), 1, parts, kGo);
    QCOMPARE_LT(largest(whole.flat - parts.flat), 1e-4 * largest(whole.flat));
  }

  void bf16IsCloseToFp32() {
    const GptShape shape{.layers = 2, .width = 32, .heads = 2, .paletteSize = 16, .positions = 25};
    const auto weights = randomWeights(shape, 9);
    const auto tokens = at::randint(16, {4, 25}, at::detail::createCPUGenerator(10), at::kLong);
    GptTensors full(shape), half(shape);
    const auto nats = addGradient(weights, tokens, 0.01, full, kGo);
    const auto rough = addGradient(weights.withOperands(at::kBFloat16), tokens, 0.01, half, kGo);
    QCOMPARE_LT(std::abs(nats->mean().item<double>() - rough->mean().item<double>()), 0.02);
    const double cosine = (at::dot(full.flat, half.flat) / (full.flat.norm() * half.flat.norm())).item<double>();
    QCOMPARE_GT(cosine, 0.999);
  }

  void laterTokensDoNotReachEarlierPositions() {
    const GptShape shape{.layers = 2, .width = 16, .heads = 2, .paletteSize = 7, .positions = 20};
    const Gpt gpt(randomWeights(shape, 11));
    auto tokens = at::randint(7, {1, 20}, at::detail::createCPUGenerator(12), at::kLong);
    const auto before = gpt.logits(tokens);
    tokens[0][12] = (tokens[0][12] + 1) % 7;
    const auto after = gpt.logits(tokens);
    QVERIFY(at::equal(before.narrow(1, 0, 13), after.narrow(1, 0, 13)));
    QVERIFY(!at::equal(before.narrow(1, 13, 1), after.narrow(1, 13, 1)));
  }

  void newWeightsAreAFunctionOfTheSeed() {
    const GptShape shape{.layers = 2, .width = 64, .heads = 4, .paletteSize = 32, .positions = 64};
    const auto first = initialWeights(shape, 3);
    QVERIFY(at::equal(first.flat, initialWeights(shape, 3).flat));
    QVERIFY(!at::equal(first.flat, initialWeights(shape, 4).flat));
    const auto close = [](const at::Tensor& tensor, double deviation) {
      return std::abs(tensor.std().item<double>() / deviation - 1) < 0.15 &&
             std::abs(tensor.mean().item<double>()) < 0.2 * deviation;
    };
    QVERIFY(close(first.wte, 0.02));
    QVERIFY(close(first.wpe, 0.01));
    QVERIFY(close(first.blocks[1].qkv, 1 / 8.0));
    QVERIFY(close(first.blocks[1].proj, 1 / std::sqrt(128.0)));
    QVERIFY(close(first.blocks[0].mlp, 0.02));
    QCOMPARE(largest(first.head), 0.0);
    const auto tokens = at::randint(32, {2, 64}, at::detail::createCPUGenerator(1), at::kLong);
    QCOMPARE_LT(largest(Gpt(first).nats(tokens) - std::log(32.0)), 1e-6);
  }

  void countsItsParameters() {
    const GptShape shape{.layers = 3, .width = 20, .heads = 2, .paletteSize = 9, .positions = 30};
    int64_t count = 0;
    for (const auto& [name, tensor] : GptTensors(shape).named()) count += tensor.numel();
    QCOMPARE(count, parameterCount({.layers = 3, .width = 20, .heads = 2}, 9, 30));
  }

  void stopsBetweenBlocks() {
    const GptShape shape{.layers = 3, .width = 16, .heads = 2, .paletteSize = 5, .positions = 9};
    const auto weights = randomWeights(shape, 13);
    const auto tokens = at::zeros({1, 9}, at::kLong);
    GptTensors gradients(shape);
    int asked = 0;
    QVERIFY(addGradient(weights, tokens, 1, gradients, [&] { return ++asked, true; }));
    QVERIFY(asked >= 6);  // each block, there and back
    for (int stopAt = 1; stopAt <= asked; ++stopAt) {
      int left = stopAt;
      QVERIFY(!addGradient(weights, tokens, 1, gradients, [&] { return --left > 0; }));
      QCOMPARE(left, 0);
    }
  }
};

QTEST_APPLESS_MAIN(GptTest)
#include "gpt_test.moc"
