#include <torch/torch.h>

#include <QTest>
#include <cmath>
#include <map>

#include "core/learn/kernels/reference.h"
#include "core/learn/model/gpt.h"
#include "core/learn/model/gpt_gradient.h"
#include "core/learn/model/masks.h"
#include "core/spec/run_spec.h"
#include "tests/core/learn/foreign_models.h"

using namespace scanline;

namespace {

const Control kGo;

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

/// The mean loss of a task written with plain operations that autograd can follow.
at::Tensor plainLoss(const GptTensors& w, const GradientBatch& batch, const GradientTask& task = {}) {
  const auto linear = [](const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    return bias.defined() ? at::matmul(x, weight) + bias : at::matmul(x, weight);
  };
  const auto& tokens = batch.tokens_Bn;
  const bool bert = w.shape.objective == Objective::Bert;
  auto h = bert ? at::embedding(w.wte, tokens) * batch.keep_Bn.unsqueeze(-1) + w.wpe.narrow(0, 0, tokens.size(1))
                : Gpt(w).embed(tokens, 0, tokens.size(1));
  auto loss = at::zeros({});
  const auto classify = [&](size_t layer, const at::Tensor& normed) {
    if (task.classifierLayer && static_cast<size_t>(*task.classifierLayer) == layer)
      loss = loss + reference::crossEntropy(at::matmul(normed.mean(1), w.classifier.t()), batch.labels_B).mean();
  };
  for (size_t layer = 0; layer < w.blocks.size(); ++layer) {
    const auto& b = w.blocks[layer];
    const auto normed = reference::rmsNorm(h, b.ln1);
    classify(layer, normed);
    const auto qkv = linear(normed, b.qkv, b.qkvBias);
    h = h + linear(reference::attention(qkv, w.shape.heads, !bert), b.proj, b.projBias);
    h = h + linear(reference::quickGelu(linear(reference::rmsNorm(h, b.ln2), b.fc, b.fcBias)), b.mlp, b.mlpBias);
  }
  const auto normed = reference::rmsNorm(h, w.lnF);
  classify(w.blocks.size(), normed);
  if (!task.generative) return loss;
  const auto logits = at::matmul(normed, w.head.t());
  const auto nats_Bn = reference::crossEntropy(logits.flatten(0, 1), tokens.flatten()).view(tokens.sizes());
  if (!bert) return loss + nats_Bn.mean();
  const auto masked_Bn = batch.keep_Bn.logical_not();
  return loss + ((nats_Bn * masked_Bn).sum(1) / masked_Bn.sum(1)).mean();
}

/// The largest difference between the written-out gradients and autograd's, relative to the largest gradient.
double gradientError(const GptTensors& weights, const GradientBatch& batch, const GradientTask& task = {}) {
  GptTensors found(weights.shape);
  const auto losses = addGradient(weights, batch, task, 1.0 / static_cast<double>(batch.tokens_Bn.size(0)), found, kGo);

  const GptTensors views(weights.shape);
  views.flat.copy_(weights.flat);
  auto expected = views.named(), actual = found.named();
  if (weights.classifier.defined()) {
    expected.emplace_back("classifier", views.classifier);
    actual.emplace_back("classifier", found.classifier);
  }
  for (const auto& [name, tensor] : expected) tensor.requires_grad_();
  const auto loss = plainLoss(views, batch, task);
  loss.backward();

  double total = 0, error = 0;
  for (const auto& nats_B : {losses.nats_B, losses.classNats_B})
    if (nats_B.defined()) total += nats_B.mean().item<double>();
  error = std::abs(total - loss.item<double>());
  for (size_t i = 0; i < actual.size(); ++i) {
    const auto& wanted = expected[i].second.grad();  // undefined for tensors that the task does not reach
    error = std::max(error, largest(wanted.defined() ? actual[i].second - wanted : actual[i].second));
  }
  return error;
}

at::Tensor someTokens(int64_t colours, at::IntArrayRef sizes, uint64_t seed) {
  return at::randint(colours, sizes, at::detail::createCPUGenerator(seed), at::kLong);
}

/// Masks of which no two images have the same number.
at::Tensor someMasks(int64_t images, int64_t positions) {
  auto keep_Bn = at::ones({images, positions}, at::kBool);
  for (int64_t i = 0; i < images; ++i)
    for (int64_t k = i; k < positions; k += 2 + i) keep_Bn[i][k] = false;
  return keep_Bn;
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
    const auto losses = addGradient(gpt.weights(), {.tokens_Bn = tokens}, {}, 0.25, gradients, kGo);
    QCOMPARE_LT(largest(losses.nats_B - golden(folder + "/nats.npy")), 5e-6);
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
      const auto losses = addGradient(w, {.tokens_Bn = tokens}, {}, 0.25, g, kGo);
      QCOMPARE_LT(std::abs(losses.nats_B.mean().item<double>() - expected[step].item<double>()), 1e-5);
      at::_fused_adamw_({w.flat}, {g.flat}, {m.flat}, {v.flat}, {}, {at::full({}, static_cast<double>(step + 1))}, 1e-3,
                        0.9, 0.95, 0.0, 1e-8, false, false);
    }
  }

  void agreesWithTheReleasedCodeOnMaskedPixels() {
    const auto gpt = goldenModel("tf_bert");
    QVERIFY(gpt.shape().objective == Objective::Bert);
    const auto tokens = goldenTokens("tf_bert/tokens.npy");
    const auto array = readNpy(std::filesystem::path(SCANLINE_GOLDEN) / "tf_bert/keep.npy");
    const auto keep = at::tensor(array.values<uint8_t>()).view(array.shape).to(at::kBool);
    const auto nats = readNpy(std::filesystem::path(SCANLINE_GOLDEN) / "tf_bert/nats.npy").values<double>();
    const auto logits = largest(gpt.logits(tokens, keep) - golden("tf_bert/logits.npy"));
    const auto loss = largest(gpt.nats(tokens, keep) - at::tensor(nats));
    qInfo("largest deviation: logits %g, nats %g", logits, loss);
    QCOMPARE_LT(logits, 5e-5);
    QCOMPARE_LT(loss, 5e-6);

    GptTensors gradients(gpt.shape());
    const auto losses = addGradient(
        gpt.weights(), {.tokens_Bn = tokens, .keep_Bn = keep, .masked_M = maskedPlaces(keep)}, {}, 1, gradients, kGo);
    QCOMPARE_LT(largest(losses.nats_B - at::tensor(nats)), 5e-6);
  }

  void gradientsAgreeWithAutograd_data() {
    QTest::addColumn<bool>("bert");
    QTest::addColumn<bool>("bias");
    QTest::addColumn<bool>("generative");
    QTest::addColumn<int>("classifierLayer");
    for (const bool bert : {false, true}) {
      const QByteArray name = bert ? "BERT" : "autoregressive";
      QTest::newRow(name) << bert << false << true << -1;
      QTest::newRow(name + ", biases") << bert << true << true << -1;
      QTest::newRow(name + ", joint, last layer") << bert << false << true << 2;
      QTest::newRow(name + ", joint, middle layer") << bert << true << true << 1;
      QTest::newRow(name + ", joint, first layer") << bert << false << true << 0;
      QTest::newRow(name + ", classes, last layer") << bert << false << false << 2;
      QTest::newRow(name + ", classes, middle layer") << bert << false << false << 1;
      QTest::newRow(name + ", classes, first layer") << bert << false << false << 0;
    }
  }
  void gradientsAgreeWithAutograd() {
    QFETCH(bool, bert);
    QFETCH(bool, bias);
    QFETCH(bool, generative);
    QFETCH(int, classifierLayer);
    const GptShape shape{.layers = 2,
                         .width = 24,
                         .heads = 3,
                         .paletteSize = 11,
                         .positions = 21,
                         .bias = bias,
                         .objective = bert ? Objective::Bert : Objective::Autoregressive,
                         .classes = classifierLayer >= 0 ? 4 : 0};
    auto weights = randomWeights(shape, 5);
    GradientBatch batch{.tokens_Bn = someTokens(11, {3, 21}, 6)};
    if (bert) batch.masked_M = maskedPlaces(batch.keep_Bn = someMasks(3, 21));
    GradientTask task{.generative = generative};
    if (classifierLayer >= 0) {
      task.classifierLayer = classifierLayer;
      batch.labels_B = at::tensor({3, 0, 2}, at::kLong);
      weights.classifier.normal_(0, 0.3, at::detail::createCPUGenerator(7));
    }
    QCOMPARE_LT(gradientError(weights, batch, task), 3e-6);
  }

  void anImageWithoutMaskedPixelsTeachesNothing() {
    const GptShape shape{
        .layers = 1, .width = 16, .heads = 2, .paletteSize = 5, .positions = 9, .objective = Objective::Bert};
    const auto weights = randomWeights(shape, 7);
    GradientBatch batch{.tokens_Bn = someTokens(5, {1, 9}, 8), .keep_Bn = at::ones({1, 9}, at::kBool)};
    batch.masked_M = maskedPlaces(batch.keep_Bn);
    GptTensors gradients(shape);
    QCOMPARE(addGradient(weights, batch, {}, 1, gradients, kGo).nats_B.item<double>(), 0.0);
    QCOMPARE(largest(gradients.flat), 0.0);
    QCOMPARE(Gpt(weights).nats(batch.tokens_Bn, batch.keep_Bn).item<double>(), 0.0);
  }

  void maskedPixelsAreNotSeen() {
    const GptShape shape{
        .layers = 2, .width = 16, .heads = 2, .paletteSize = 7, .positions = 20, .objective = Objective::Bert};
    const Gpt gpt(randomWeights(shape, 11));
    const auto keep = someMasks(1, 20);
    auto tokens = someTokens(7, {1, 20}, 12);
    const auto before = gpt.logits(tokens, keep);
    tokens[0][12] = (tokens[0][12] + 1) % 7;  // masked
    QVERIFY(at::equal(before, gpt.logits(tokens, keep)));
    tokens[0][13] = (tokens[0][13] + 1) % 7;  // visible, from everywhere
    QVERIFY(!at::equal(before.narrow(1, 0, 1), gpt.logits(tokens, keep).narrow(1, 0, 1)));
  }

  void featuresComeInFourKinds() {
    const GptShape shape{.layers = 2, .width = 16, .heads = 2, .paletteSize = 7, .positions = 12};
    const Gpt gpt(randomWeights(shape, 11));
    const auto tokens = someTokens(7, {3, 12}, 12);
    const auto normed = gpt.features(tokens), raw = gpt.features(tokens, {.normed = false});
    for (int64_t first = 0; first <= 2; ++first)
      for (int64_t count = 1; first + count <= 3; ++count) {
        const LayerRange some{first, count};
        QVERIFY(at::equal(gpt.features(tokens, {.layers = some}), normed.narrow(1, first, count)));
        QVERIFY(at::equal(gpt.features(tokens, {.normed = false, .layers = some}), raw.narrow(1, first, count)));
      }
    QCOMPARE_LT(largest(raw.select(1, 0) - gpt.embed(tokens, 0, 12).mean(1)), 1e-6);
    // Without the start vector pixel i stands at position i.
    const auto plain = (at::embedding(gpt.weights().wte, tokens) + gpt.weights().wpe).mean(1);
    const FeatureOptions without{.normed = false, .startVector = false};
    QCOMPARE_LT(largest(gpt.features(tokens, without).select(1, 0) - plain), 1e-6);
    QVERIFY(largest(gpt.features(tokens, without).select(1, 2) - raw.select(1, 2)) > 1e-3);
  }

  void gradientsAddUpOverPasses() {
    const GptShape shape{.layers = 1, .width = 16, .heads = 2, .paletteSize = 5, .positions = 9};
    const auto weights = randomWeights(shape, 7);
    const auto tokens = someTokens(5, {4, 9}, 8);
    GptTensors whole(shape), parts(shape);
    addGradient(weights, {.tokens_Bn = tokens}, {}, 1, whole, kGo);
    addGradient(weights, {.tokens_Bn = tokens.narrow(0, 0, 3).contiguous()}, {}, 1, parts, kGo);
    addGradient(weights, {.tokens_Bn = tokens.narrow(0, 3, 1).contiguous()}, {}, 1, parts, kGo);
    QCOMPARE_LT(largest(whole.flat - parts.flat), 1e-4 * largest(whole.flat));
  }

  void bf16IsCloseToFp32() {
    for (const auto objective : {Objective::Autoregressive, Objective::Bert}) {
      const GptShape shape{.layers = 2,
                           .width = 32,
                           .heads = 2,
                           .paletteSize = 16,
                           .positions = 25,
                           .objective = objective,
                           .classes = 3};
      const auto weights = randomWeights(shape, 9);
      weights.classifier.normal_(0, 0.3, at::detail::createCPUGenerator(7));
      GradientBatch batch{.tokens_Bn = someTokens(16, {4, 25}, 10), .labels_B = at::tensor({0, 1, 2, 0}, at::kLong)};
      if (objective == Objective::Bert) batch.masked_M = maskedPlaces(batch.keep_Bn = someMasks(4, 25));
      const GradientTask task{.classifierLayer = 1};
      GptTensors full(shape), half(shape);
      const auto sure = addGradient(weights, batch, task, 0.25, full, kGo);
      const auto rough = addGradient(weights.withOperands(at::kBFloat16), batch, task, 0.25, half, kGo);
      QCOMPARE_LT(std::abs((sure.nats_B - rough.nats_B).mean().item<double>()), 0.02);
      QCOMPARE_LT(std::abs((sure.classNats_B - rough.classNats_B).mean().item<double>()), 0.02);
      const double cosine = (at::dot(full.flat, half.flat) / (full.flat.norm() * half.flat.norm())).item<double>();
      QCOMPARE_GT(cosine, 0.999);
    }
  }

  void laterTokensDoNotReachEarlierPositions() {
    const GptShape shape{.layers = 2, .width = 16, .heads = 2, .paletteSize = 7, .positions = 20};
    const Gpt gpt(randomWeights(shape, 11));
    auto tokens = someTokens(7, {1, 20}, 12);
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
    QVERIFY(largest(first.wte.flatten().narrow(0, 0, 64) / 0.02 - first.wpe.flatten().narrow(0, 0, 64) / 0.01) > 1);
    QCOMPARE(largest(first.head), 0.0);
    const auto tokens = someTokens(32, {2, 64}, 1);
    QCOMPARE_LT(largest(Gpt(first).nats(tokens) - std::log(32.0)), 1e-6);
  }

  void countsItsParameters() {
    for (const bool bias : {false, true})
      for (const auto objective : {Objective::Autoregressive, Objective::Bert}) {
        const GptShape shape{.layers = 3,
                             .width = 20,
                             .heads = 2,
                             .paletteSize = 9,
                             .positions = 30,
                             .bias = bias,
                             .objective = objective};
        int64_t count = 0;
        for (const auto& [name, tensor] : GptTensors(shape).named()) count += tensor.numel();
        const ModelSpec model{.objective = objective, .layers = 3, .width = 20, .heads = 2, .bias = bias};
        QCOMPARE(count, parameterCount(model, 9, 30));
      }
  }

  void stopsBetweenBlocks() {
    const GptShape shape{.layers = 3, .width = 16, .heads = 2, .paletteSize = 5, .positions = 9};
    const auto weights = randomWeights(shape, 13);
    const auto tokens = at::zeros({1, 9}, at::kLong);
    GptTensors gradients(shape);
    int asked = 0;
    const Control counting({.mayGoOn = [&] { return ++asked > 0; }});
    addGradient(weights, {.tokens_Bn = tokens}, {}, 1, gradients, counting);
    QVERIFY(asked >= 6);  // each block, there and back
    for (int stopAt = 1; stopAt <= asked; ++stopAt) {
      int left = stopAt;
      const Control control({.mayGoOn = [&] { return --left > 0; }});
      QVERIFY_THROWS_EXCEPTION(Stopped, addGradient(weights, {.tokens_Bn = tokens}, {}, 1, gradients, control));
      QCOMPARE(left, 0);
    }
  }
};

QTEST_APPLESS_MAIN(GptTest)
#include "gpt_test.moc"
