#include "core/model/gpt.h"

#include <cassert>

#include "core/kernels/fused.h"
#include "core/kernels/reference.h"

namespace scanline {

namespace {

/// x W + b; b may be undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
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
  const auto before = tokens_BT.narrow(1, begin, first + count - 1 - begin);
  auto rows = at::embedding(weights_.wte, before);
  if (first == 0) rows = at::cat({weights_.sos.expand({tokens_BT.size(0), 1, -1}), rows}, 1);
  return rows + weights_.wpe.narrow(0, first, count);
}

at::Tensor Gpt::attention(int64_t layer, const at::Tensor& x_BTD, KeyValueCache* cache) const {
  const auto& w = weights_.blocks[static_cast<size_t>(layer)];
  const int64_t B = x_BTD.size(0), T = x_BTD.size(1), D = shape().width, H = shape().heads;
  const auto qkv = linear(x_BTD, w.qkv, w.qkvBias).view({B, T, 3, H, D / H}).permute({2, 0, 3, 1, 4});
  auto q_BHTK = qkv[0], k_BHTK = qkv[1], v_BHTK = qkv[2];
  bool causal = true;
  if (cache) {
    assert(T == 1 || cache->length == 0);
    auto &keys = cache->keys[static_cast<size_t>(layer)], &values = cache->values[static_cast<size_t>(layer)];
    keys.narrow(2, cache->length, T).copy_(k_BHTK);
    values.narrow(2, cache->length, T).copy_(v_BHTK);
    k_BHTK = keys.narrow(2, 0, cache->length + T);
    v_BHTK = values.narrow(2, 0, cache->length + T);
    causal = T > 1;  // a single new row looks at everything before it
  }
  const auto mixed_BHTK = at::scaled_dot_product_attention(q_BHTK, k_BHTK, v_BHTK, {}, 0.0, causal);
  return linear(mixed_BHTK.transpose(1, 2).reshape({B, T, D}), w.proj, w.projBias);
}

at::Tensor Gpt::block(int64_t layer, const at::Tensor& h_BTD, KeyValueCache* cache) const {
  const auto& w = weights_.blocks[static_cast<size_t>(layer)];
  const auto type = weights_.operands.scalar_type();
  const auto middle = h_BTD + attention(layer, reference::rmsNorm(h_BTD, w.ln1).to(type), cache);
  const auto up = linear(reference::rmsNorm(middle, w.ln2).to(type), w.fc, w.fcBias);
  return middle + linear(reference::quickGelu(up), w.mlp, w.mlpBias);
}

at::Tensor Gpt::head(const at::Tensor& h_BTD) const {
  const auto y = reference::rmsNorm(h_BTD, weights_.lnF).to(weights_.operands.scalar_type());
  return at::matmul(y, weights_.head.t()).to(at::kFloat);
}

at::Tensor Gpt::logits(const at::Tensor& tokens_Bn) const {
  const c10::InferenceMode valuesOnly;
  auto h = embed(tokens_Bn, 0, tokens_Bn.size(1));
  for (int64_t layer = 0; layer < shape().layers; ++layer) h = block(layer, h);
  return head(h);
}

at::Tensor Gpt::nats(const at::Tensor& tokens_Bn) const {
  const c10::InferenceMode valuesOnly;
  const auto logP = at::log_softmax(logits(tokens_Bn), -1);
  return -logP.gather(-1, tokens_Bn.unsqueeze(-1)).squeeze(-1).mean(-1);
}

at::Tensor Gpt::features(const at::Tensor& tokens_Bn) const {
  const c10::InferenceMode valuesOnly;
  std::vector<at::Tensor> means;
  auto h = embed(tokens_Bn, 0, tokens_Bn.size(1));
  for (int64_t layer = 0; layer < shape().layers; ++layer) {
    means.push_back(reference::rmsNorm(h, weights_.blocks[static_cast<size_t>(layer)].ln1).mean(1));
    h = block(layer, h);
  }
  means.push_back(reference::rmsNorm(h, weights_.lnF).mean(1));
  return at::stack(means, 1);
}

}  // namespace scanline
