#pragma once

#include <torch/torch.h>

namespace scanline::fused {

// The network's own functions, forward and backward, each in one or two passes over memory. Activations are float32 or
// bfloat16; the residual stream h, gains and everything summed is float32. On a CPU they run own kernels
// (core/learn/kernels/simd_*.h) on all of the thread's cores and do not depend on their number; elsewhere, or for other
// types, the plain operations of reference.h. All tensors are contiguous. None of these records a gradient.

struct Normed {
  at::Tensor h;        ///< float32 [rows, D]: the residual stream
  at::Tensor y;        ///< [rows, D]: its norm
  at::Tensor inverse;  ///< float32 [rows]: 1 / sqrt(mean(h²) + 1e-5)
};
/// h + delta and its norm, as `type`. Without delta (undefined) h itself is kept.
Normed addRmsNorm(const at::Tensor& h, const at::Tensor& delta, const at::Tensor& gain, at::ScalarType type);
/// dh += the gradient of the norm for dy, dGain += its gradient. Returns the new dh in dy's type (dh itself if that is
/// float32).
at::Tensor rmsNormBackward(const Normed& normed, const at::Tensor& gain, const at::Tensor& dy, at::Tensor& dh,
                           at::Tensor& dGain);

at::Tensor quickGelu(const at::Tensor& u);
/// d becomes the gradient for u.
void quickGeluBackward_(const at::Tensor& u, at::Tensor& d);

/// float32 [rows]: -log softmax(logits)[target]; logits [rows, V] become their gradient times `scale` and, where it is
/// defined, times rowScale (float32 [rows]), rounded once. targets: int64 [rows].
at::Tensor crossEntropy_(at::Tensor& logits, const at::Tensor& targets, double scale, const at::Tensor& rowScale = {});

struct Attended {
  at::Tensor out;     ///< [B, n, D]
  at::Tensor logSum;  ///< float32 [B, H, n], for the backward pass; undefined where there is no kernel
};
/// Attention over qkv [B, n, 3 D], heads outermost in each of q, k, v: causal, or every position to all.
Attended attention(const at::Tensor& qkv, int64_t heads, bool causal);
/// The gradient of qkv.
at::Tensor attentionBackward(const at::Tensor& qkv, int64_t heads, bool causal, const Attended& attended,
                             const at::Tensor& dOut);

}  // namespace scanline::fused
