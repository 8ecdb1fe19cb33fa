#include "core/learn/evaluate/attention_maps.h"

#include <algorithm>
#include <cmath>

#include "core/learn/kernels/fused.h"

namespace scanline {

namespace {

constexpr int64_t kKeptElements = int64_t{1} << 26;  // floats of all layers' mixing matrices: 256 MB
constexpr int64_t kRowElements = int64_t{1} << 22;   // of all heads' weights that are made at once: 16 MB

std::vector<float> valuesOf(const at::Tensor& tensor) {
  const auto values = tensor.cpu().contiguous();
  return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel()};
}

}  // namespace

AttentionMaps::AttentionMaps(const Gpt& model, const at::Tensor& tokens_1n, const at::Tensor& keep_1n)
    : n_(tokens_1n.size(1)),
      isCausal_(model.shape().objective == Objective::Autoregressive),
      mixing_nn_(static_cast<size_t>(model.shape().layers)) {
  const c10::InferenceMode valuesOnly;
  const int64_t H = model.shape().heads, K = model.shape().width / H;
  auto h_1nD = model.input(tokens_1n, {.keep_Bn = keep_1n});
  for (int64_t layer = 0; layer < model.shape().layers; ++layer) {
    const auto& block = model.weights().blocks[static_cast<size_t>(layer)];
    const auto x_1nD = fused::addRmsNorm(h_1nD.contiguous(), {}, block.ln1, model.weights().operands.scalar_type()).y;
    auto qkv = at::matmul(x_1nD, block.qkv).to(at::kFloat);
    if (block.qkvBias.defined()) qkv = qkv + block.qkvBias;
    const auto parts_3HnK = qkv.view({n_, 3, H, K}).permute({1, 2, 0, 3});
    queries_HnK_.push_back(parts_3HnK[0].contiguous());
    keys_HnK_.push_back(parts_3HnK[1].contiguous());
    if (layer + 1 < model.shape().layers) h_1nD = model.block(layer, h_1nD);
  }
}

at::Tensor AttentionMaps::weights(int64_t layer, int64_t first, int64_t count) const {
  const auto at = static_cast<size_t>(layer);
  const auto queries_HTK = queries_HnK_[at].narrow(1, first, count);
  auto scores_HTn = at::matmul(queries_HTK, keys_HnK_[at].transpose(1, 2));
  scores_HTn.mul_(1 / std::sqrt(static_cast<double>(queries_HTK.size(2))));
  if (isCausal_) {
    const auto later_Tn = at::ones({count, n_}, scores_HTn.options().dtype(at::kBool)).triu_(first + 1);
    scores_HTn.masked_fill_(later_Tn, -INFINITY);
  }
  return at::softmax(scores_HTn, -1);
}

std::vector<float> AttentionMaps::row(int64_t position) const {
  const c10::InferenceMode valuesOnly;
  std::vector<at::Tensor> rows_Hn;
  for (int64_t layer = 0; layer < std::ssize(keys_HnK_); ++layer)
    rows_Hn.push_back(weights(layer, position, 1).squeeze(1));
  return valuesOf(at::stack(rows_Hn));
}

at::Tensor AttentionMaps::mixing(int64_t layer) const {
  const auto at = static_cast<size_t>(layer);
  const std::scoped_lock lock(mutex_);  // another thread would compute the same
  if (mixing_nn_[at].defined()) return mixing_nn_[at];
  const int64_t H = keys_HnK_[at].size(0), some = std::clamp<int64_t>(kRowElements / (H * n_), 1, n_);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < n_; first += some)
    parts.push_back(weights(layer, first, std::min(some, n_ - first)).mean(0));
  auto mixing_nn = at::cat(parts).mul_(0.5);
  mixing_nn.diagonal().add_(0.5);
  if (std::ssize(mixing_nn_) * n_ * n_ <= kKeptElements) mixing_nn_[at] = mixing_nn;
  return mixing_nn;
}

std::vector<float> AttentionMaps::rollout(int64_t position) const {
  const c10::InferenceMode valuesOnly;
  const int64_t L = std::ssize(keys_HnK_);
  auto rows_Ln = at::zeros({L, n_}, keys_HnK_[0].options());
  rows_Ln.select(1, position).fill_(1);
  // The row of a layer's product goes down from it through all below, so each layer's matrix is needed once.
  for (int64_t layer = L - 1; layer >= 0; --layer) {
    const auto above = rows_Ln.narrow(0, layer, L - layer);
    above.copy_(at::matmul(above, mixing(layer)));
  }
  return valuesOf(rows_Ln);
}

std::vector<float> AttentionMaps::layer(int64_t layer) const {
  const c10::InferenceMode valuesOnly;
  return valuesOf(weights(layer, 0, n_));
}

}  // namespace scanline
