#pragma once

#include <cstdint>
#include <optional>

#include "core/learn/model/gpt_tensors.h"

namespace scanline {

// B images, n positions, T of them, D width, H heads, K = D / H, V colours, L layers.

/// Keys and values of the positions that a network has already seen, for drawing token by token.
struct KeyValueCache {
  /// Room for `positions` positions of `batch` images, in the type that `operands` of the weights have.
  KeyValueCache(const GptTensors& weights, int64_t batch, int64_t positions);

  std::vector<at::Tensor> keys, values;  ///< of each block: [B, H, positions, K], the first `length` filled
  /// Positions seen. The caller that runs all blocks over T new positions adds T afterwards.
  int64_t length = 0;

  /// The place of one new position, where the device alone knows it: every pass is the same to the host. `length` has
  /// no meaning then.
  struct Place {
    at::Tensor position_1;  ///< int64
    int64_t room = 0;       ///< it is below this, and so many entries are looked at
    at::Tensor hidden_R;    ///< in the type of the cache: 0 for entries up to the position, -infinity for others
  };
  std::optional<Place> place;
};

/// Neighbouring layers of a network.
struct LayerRange {
  int64_t first = 0, count = 1;
};

/// The source of the features of a layer (paper section 2.4).
struct FeatureOptions {
  bool normed = true;       ///< n^l: after ln_1 of block l, or ln_f for l = L; else h^l, the residual stream itself
  bool startVector = true;  ///< autoregressive: position 0 holds the start vector; else pixel i stands at position i
  at::Tensor keep_Bn;       ///< BERT: bool, true = visible; undefined: everything is visible
  std::optional<LayerRange> layers;  ///< which, of 0 .. L; blocks above them are not computed. None: all
};

/// The network of "Generative Pretraining From Pixels" (section 2; released code src/model.py): pre-norm, RMS norm
/// 1e-5, quick GELU, learned positions, untied output matrix. Autoregressive: the input begins with a learned start
/// vector, and attention is causal. BERT: no start vector, no shift and no causal mask; the token embeddings of masked
/// positions are zero, and `keep_Bn` (bool, true = visible; undefined = all) says which those are.
///
/// Computes values only and records no gradient: training has its own pass (core/learn/model/gpt_gradient.h), which
/// tests compare with this one. Products run in the type of the weights' operands; norms, the residual stream, softmax
/// and loss in float32. Const and without state: threads may share one as long as nobody changes the weights.
class Gpt {
 public:
  explicit Gpt(GptTensors weights) : weights_(std::move(weights)) {}

  const GptShape& shape() const { return weights_.shape; }
  const GptTensors& weights() const { return weights_; }

  /// tokens_Bn: int64, ids 0 .. V-1; n <= shape().positions. Position i is predicted from the start vector and tokens
  /// 0 .. i-1 (autoregressive), or from all that are visible (BERT). float32 [B, n, V].
  at::Tensor logits(const at::Tensor& tokens_Bn, const at::Tensor& keep_Bn = {}) const;
  /// float32 [B]: mean of -log p(token) over the n positions, or over the masked ones (BERT, which needs keep_Bn; 0 for
  /// an image without any).
  at::Tensor nats(const at::Tensor& tokens_Bn, const at::Tensor& keep_Bn = {}) const;
  /// float32 [B, layers, D]: means over positions.
  at::Tensor features(const at::Tensor& tokens_Bn, const FeatureOptions& options = {}) const;

  // The parts, for drawing token by token with an autoregressive model and for looking inside.

  /// float32 [B, n, D]: the input rows of whole images.
  at::Tensor input(const at::Tensor& tokens_Bn, const FeatureOptions& options) const;
  /// float32 [B, count, D]: input rows of positions first .. first + count - 1. Row p is the start vector for p = 0,
  /// else wte[tokens[p-1]]; plus wpe[p]. tokens_BT holds at least the tokens before the last of these positions.
  at::Tensor embed(const at::Tensor& tokens_BT, int64_t first, int64_t count) const;
  /// float32 [B, 1, D]: the row of position_1, on the device, above 0. token_B1: the token before it.
  at::Tensor embedAt(const at::Tensor& token_B1, const at::Tensor& position_1) const;
  /// The residual stream after block `layer`. Without a cache the rows are positions 0 .. T-1; with one they follow its
  /// cache->length positions, and their keys and values are written to it. More than one row needs an empty cache.
  at::Tensor block(int64_t layer, const at::Tensor& h_BTD, KeyValueCache* cache = nullptr) const;
  /// float32 [B, T, V] of the residual stream after the last block.
  at::Tensor head(const at::Tensor& h_BTD) const;

 private:
  bool isCausal() const { return shape().objective == Objective::Autoregressive; }
  at::Tensor meanOf(const at::Tensor& h_BnD, int64_t layer, bool normed) const;
  at::Tensor attention(int64_t layer, const at::Tensor& x_BTD, KeyValueCache* cache) const;

  GptTensors weights_;
};

}  // namespace scanline
