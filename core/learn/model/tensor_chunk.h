#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "core/base/control.h"
#include "core/learn/model/gpt.h"
#include "core/learn/model/sampling.h"

namespace scanline {

/// The random number of a position of a picture of a request.
double uniformAt(const SampleRequest& request, int64_t position, int64_t picture);
/// Throws Diverged with the sentence that the model's output for a position is not finite.
[[noreturn]] void throwDiverged(int64_t position);

/// Pictures first .. first + count - 1 of a request, drawn together with tensors, on any device: the host waits for it
/// at the end alone, and on an accelerator every position is the same work to it.
class TensorChunk {
 public:
  /// Model and request outlive this.
  TensorChunk(const Gpt& model, const SampleRequest& request, int64_t first, int64_t count);

  void draw(const Control& control);
  /// The drawn pictures; throws Diverged.
  void addTo(SampleSet& set) &&;

 private:
  /// Rows first .. first + count - 1 through the network; the logits [B, V] of the last.
  at::Tensor forward(int64_t first, int64_t count, KeyValueCache& cache, const at::Tensor& tokens) const;
  /// float64 [n, B, 1]: one for each position that is drawn of each picture, made before the first is drawn.
  at::Tensor uniformNumbers() const;
  /// The given tokens in one causal pass, once a prompt; its pictures share the cache that it fills.
  at::Tensor prefill();
  /// Draws the token [B, 1] of every picture at the position that the device is at.
  at::Tensor place();
  /// On to the next position, and to its logits. On an accelerator `position` is not looked at.
  void advance(const at::Tensor& token_B1, int64_t position, int64_t room);
  void tell(const std::string& problem) const;

  const Gpt& model_;
  const SampleRequest& request_;
  int64_t first_, count_;
  at::Device device_;
  KeyValueCache cache_;
  at::Tensor uniform_nB1_;
  // The state that a position leaves to the next, in places that stay.
  at::Tensor position_1_, entries_n_;  ///< int64: that is to be drawn; 0, 1, 2, ...
  at::Tensor logits_BV_;               ///< of that position
  at::Tensor tokens_Bn_;               ///< int64
  at::Tensor nats_B_;                  ///< float64, summed over the drawn positions
  at::Tensor isFinite_n_;              ///< whether the model's output was, at each position
};

}  // namespace scanline
