#include "core/learn/model/gpt.h"

#include <cassert>

#include "core/learn/kernels/fused.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/masks.h"

namespace scanline {

namespace {

/// alpha x W + beta b; b may be undefined. Factors as in fused::linear().
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double alpha = 1,
                  double beta = 1) {
  if (!x.is_cpu())
    return fused::linear(x.reshape({-1, x.size(-1)}), weight, bias, alpha, beta)
        .view({x.size(0), x.size(1), weight.size(1)});
  const auto y = at::matmul(x, weight);
  return bias.defined() ? y + bias.to(y.scalar_type()) : y;
}

}  // namespace

KeyValueCache::KeyValueCache(const GptTensors& weights, int64_t batch, int64_t positions) {
  const auto& s = weights.shape;
  for (int64_t layer = 0; layer < s.layers; ++layer) {
    keys.push_back(at::empty({batch, s.heads, positions, s.width / s.heads}, weights.operands.options()));
    values.push_back(at::empty_like(keys.back()));
  }
}

at::Tensor Gpt::embed(const at::Tensor& tokens_BT, int64_t first, int64_t count) const {
  const int64_t begin = first == 0 ? 0 : first - 1;  // the token before the first row
  const auto before = uploaded(tokens_BT.narrow(1, begin, first + count - 1 - begin), weights_.flat.device());
  auto rows = at::embedding(weights_.wte, before);
  if (first == 0) rows = at::cat({weights_.sos.expand({tokens_BT.size(0), 1, -1}), rows}, 1);
  return rows + weights_.wpe.narrow(0, first, count);
}

at::Tensor Gpt::embedAt(const at::Tensor& token_B1, const at::Tensor& position_1) const {
  return at::embedding(weights_.wte, token_B1) + weights_.wpe.index_select(0, position_1);
}

at::Tensor Gpt::input(const at::Tensor& tokens_Bn, const FeatureOptions& options) const {
  const int64_t n = tokens_Bn.size(1);
  if (isCausal() && options.startVector) return embed(tokens_Bn, 0, n);
  const auto device = weights_.flat.device();
  auto rows = at::embedding(weights_.wte, uploaded(tokens_Bn, device));
  if (options.keep_Bn.defined()) rows = rows * uploaded(options.keep_Bn, device).unsqueeze(-1);
  return rows + weights_.wpe.narrow(0, 0, n);
}

at::Tensor Gpt::attention(int64_t layer, const at::Tensor& x_BTD, KeyValueCache* cache) const {
  const auto& w = weights_.blocks[static_cast<size_t>(layer)];
  const int64_t B = x_BTD.size(0), T = x_BTD.size(1), D = shape().width, H = shape().heads;
  const auto qkv = linear(x_BTD, w.qkv, w.qkvBias);
  at::Tensor mixed_BTD;
  if (cache) {
    assert(isCausal() && (T == 1 || (cache->length == 0 && !cache->place)));
    const auto parts = qkv.view({B, T, 3, H, D / H}).permute({2, 0, 3, 1, 4});
    const auto &keys = cache->keys[static_cast<size_t>(layer)], &values = cache->values[static_cast<size_t>(layer)];
    if (const auto& place = cache->place) {
      keys.index_copy_(2, place->position_1, parts[1]);
      values.index_copy_(2, place->position_1, parts[2]);
      const auto seen =
          fused::attendTo(parts[0], keys.narrow(2, 0, place->room), values.narrow(2, 0, place->room), place->hidden_R);
      return linear(seen, w.proj, w.projBias);
    }
    keys.narrow(2, cache->length, T).copy_(parts[1]);
    values.narrow(2, cache->length, T).copy_(parts[2]);
    if (T == 1)  // a single new row looks at everything before it
      mixed_BTD =
          fused::attendTo(parts[0], keys.narrow(2, 0, cache->length + 1), values.narrow(2, 0, cache->length + 1));
  }
  if (!mixed_BTD.defined()) mixed_BTD = fused::attention(qkv, H, isCausal()).out;
  return linear(mixed_BTD, w.proj, w.projBias);
}

at::Tensor Gpt::block(int64_t layer, const at::Tensor& h_BTD, KeyValueCache* cache) const {
  const auto& w = weights_.blocks[static_cast<size_t>(layer)];
  const auto type = weights_.operands.scalar_type();
  const auto first = fused::addRmsNorm(h_BTD.contiguous(), {}, w.ln1, type);
  const auto second = fused::addRmsNorm(h_BTD, attention(layer, first.y, cache), w.ln2, type);
  const double gelu = fused::geluFactor(h_BTD.device());
  const auto up = linear(second.y, w.fc, w.fcBias, gelu, gelu);
  return second.h + linear(fused::quickGelu(up), w.mlp, w.mlpBias, 1 / gelu);
}

at::Tensor Gpt::head(const at::Tensor& h_BTD) const {
  const auto y = fused::addRmsNorm(h_BTD.contiguous(), {}, weights_.lnF, weights_.operands.scalar_type()).y;
  return at::matmul(y, weights_.head.t()).to(at::kFloat);
}

at::Tensor Gpt::logits(const at::Tensor& tokens_Bn, const at::Tensor& keep_Bn) const {
  const c10::InferenceMode valuesOnly;
  auto h_BnD = input(tokens_Bn, {.keep_Bn = keep_Bn});
  for (int64_t layer = 0; layer < shape().layers; ++layer) h_BnD = block(layer, h_BnD);
  return head(h_BnD);
}

at::Tensor Gpt::nats(const at::Tensor& tokens_Bn, const at::Tensor& keep_Bn) const {
  const c10::InferenceMode valuesOnly;
  const auto natsOf = [](const at::Tensor& logits, const at::Tensor& targets) {
    return -at::log_softmax(logits, -1).gather(-1, targets.unsqueeze(-1)).squeeze(-1);
  };
  const auto device = weights_.flat.device();
  const auto tokens = uploaded(tokens_Bn, device);
  if (isCausal()) return natsOf(logits(tokens), tokens).mean(-1);

  TORCH_INTERNAL_ASSERT(keep_Bn.defined(), "BERT is scored on masked positions");
  const int64_t B = tokens.size(0), n = tokens.size(1), D = shape().width;
  const auto keep = uploaded(keep_Bn, device);
  auto h_BnD = input(tokens, {.keep_Bn = keep});
  for (int64_t layer = 0; layer < shape().layers; ++layer) h_BnD = block(layer, h_BnD);
  const auto rows = uploaded(maskedPlaces(keep_Bn), device);
  const auto nats = natsOf(head(h_BnD.view({B * n, D}).index_select(0, rows)), tokens.flatten().index_select(0, rows));
  return sumsOfImages(nats, rows, B, n) / keep.logical_not().sum(-1).clamp_min(1);
}

at::Tensor Gpt::meanOf(const at::Tensor& h_BnD, int64_t layer, bool normed) const {
  if (!normed) return h_BnD.mean(1);
  const auto& gain = layer < shape().layers ? weights_.blocks[static_cast<size_t>(layer)].ln1 : weights_.lnF;
  return fused::addRmsNorm(h_BnD.contiguous(), {}, gain, at::kFloat).y.mean(1);
}

at::Tensor Gpt::features(const at::Tensor& tokens_Bn, const FeatureOptions& options) const {
  const c10::InferenceMode valuesOnly;
  const auto [first, count] = options.layers.value_or(LayerRange{0, shape().layers + 1});
  std::vector<at::Tensor> means_BD;
  auto h_BnD = input(tokens_Bn, options);
  for (int64_t layer = 0; layer < first + count; ++layer) {
    if (layer > 0) h_BnD = block(layer - 1, h_BnD);
    if (layer >= first) means_BD.push_back(meanOf(h_BnD, layer, options.normed));
  }
  return at::stack(means_BD, 1);
}

}  // namespace scanline
