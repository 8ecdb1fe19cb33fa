#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "core/learn/model/gpt.h"

namespace scanline {

/// The attention of one picture: softmax weights of each layer and head. One pass over the picture keeps queries and
/// keys, from which rows and maps are made as they are asked for. Any thread. The model is not needed afterwards.
class AttentionMaps {
 public:
  /// tokens_1n: int64 [1, n] on the CPU; keep_1n as FeatureOptions::keep_Bn.
  AttentionMaps(const Gpt& model, const at::Tensor& tokens_1n, const at::Tensor& keep_1n = {});

  /// [L, H, n]: row `position` of each.
  std::vector<float> row(int64_t position) const;
  /// [L, n]: row `position` of the product of the layers' matrices up to each layer (attention rollout: Abnar and
  /// Zuidema, "Quantifying attention flow in transformers", 2020), each the mean over heads, half of it the identity.
  std::vector<float> rollout(int64_t position) const;
  /// [H, n, n] of one layer.
  std::vector<float> layer(int64_t layer) const;

 private:
  /// Rows first .. first + count - 1 of one layer: [H, count, n].
  at::Tensor weights(int64_t layer, int64_t first, int64_t count) const;
  /// [n, n]: mean over heads, half identity. Kept where all layers' fit into memory easily.
  at::Tensor mixing(int64_t layer) const;

  std::vector<at::Tensor> queries_HnK_, keys_HnK_;  ///< of each layer
  int64_t n_;
  bool isCausal_;
  mutable std::mutex mutex_;                   ///< of mixing_
  mutable std::vector<at::Tensor> mixing_nn_;  ///< of each layer; undefined where it was not asked for
};

}  // namespace scanline
