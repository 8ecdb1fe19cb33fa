#pragma once

#include <cstdint>

#include "core/model/gpt_tensors.h"

namespace scanline {

// B images, n positions, T of them, D width, H heads, K = D / H, V colours, L layers.

/// Keys and values of the positions that a network has already seen, for drawing token by token.
struct KeyValueCache {
  /// Room for `positions` positions of `batch` images, in the type that `operands` of the weights have.
  KeyValueCache(const GptTensors& weights, int64_t batch, int64_t positions);

  std::vector<at::Tensor> keys, values;  ///< of each block: [B, H, positions, K], the first `length` filled
  /// Positions seen. Whoever runs all blocks over T new positions adds T afterwards.
  int64_t length = 0;
};

/// The network of "Generative Pretraining From Pixels" (section 2; released code src/model.py): autoregressive,
/// pre-norm, RMS norm 1e-5, quick GELU, learned positions and start vector, untied output matrix.
///
/// Computes values only and records no gradient: training has its own pass (core/model/gpt_pass.h), which tests compare
/// with this one. Products run in the type of the weights' operands; norms, the residual stream, softmax and loss in
/// float32. Const and without state: threads may share one as long as nobody changes the weights.
class Gpt {
 public:
  explicit Gpt(GptTensors weights) : weights_(std::move(weights)) {}

  const GptShape& shape() const { return weights_.shape; }
  const GptTensors& weights() const { return weights_; }

  /// tokens_Bn: int64, ids 0 .. V-1. Position i is predicted from the start vector and tokens 0 .. i-1. n <=
  /// shape().positions.
  at::Tensor logits(const at::Tensor& tokens_Bn) const;  ///< float32 [B, n, V]
  at::Tensor nats(const at::Tensor& tokens_Bn) const;    ///< float32 [B]: mean over the n positions of -log p(token)
  /// float32 [B, L+1, D]: mean over positions of ln_1 of block l applied to its input, l = 0 .. L-1; last of ln_f
  /// (section 2.4).
  at::Tensor features(const at::Tensor& tokens_Bn) const;

  // The parts, for drawing token by token.

  /// float32 [B, count, D]: input rows of positions first .. first + count - 1. Row p is the start vector for p = 0,
  /// else wte[tokens[p-1]]; plus wpe[p]. tokens_BT holds at least the tokens before the last of these positions.
  at::Tensor embed(const at::Tensor& tokens_BT, int64_t first, int64_t count) const;
  /// The residual stream after block `layer`. Without a cache the rows are positions 0 .. T-1; with one they follow its
  /// cache->length positions, and their keys and values are written to it. More than one row needs an empty cache.
  at::Tensor block(int64_t layer, const at::Tensor& h_BTD, KeyValueCache* cache = nullptr) const;
  /// float32 [B, T, V] of the residual stream after the last block.
  at::Tensor head(const at::Tensor& h_BTD) const;

 private:
  at::Tensor attention(int64_t layer, const at::Tensor& x_BTD, KeyValueCache* cache) const;

  GptTensors weights_;
};

}  // namespace scanline
