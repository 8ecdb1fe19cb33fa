#pragma once

#include <torch/torch.h>

#include "core/learn/kernels/device_attention.h"

namespace scanline::fused {

// The network's own functions, forward and backward, each in one or two passes over memory. Activations are float32 or
// bfloat16; the residual stream h, gains and everything summed is float32. On a CPU they run own kernels
// (core/learn/kernels/simd_*.h) on all of the thread's cores and do not depend on their number; on an accelerator
// LibTorch's kernels (device_kernels.h, device_attention.h); for other types the plain operations of reference.h. All
// tensors are contiguous. None of these records a gradient.

struct Normed {
  at::Tensor h;        ///< float32 [rows, D]: the residual stream
  at::Tensor y;        ///< [rows, D]: its norm
  at::Tensor inverse;  ///< float32 [rows], or [rows, 1]: 1 / sqrt(mean(h²) + 1e-5)
};
/// h + delta and its norm, as `type`. Without delta (undefined) h itself is kept.
Normed addRmsNorm(const at::Tensor& h, const at::Tensor& delta, const at::Tensor& gain, at::ScalarType type);
/// dh += the gradient of the norm for dy, dGain += its gradient. Returns the new dh in dy's type (dh itself if that is
/// float32).
at::Tensor rmsNormBackward(const Normed& normed, const at::Tensor& gain, const at::Tensor& dy, at::Tensor& dh,
                           at::Tensor& dGain);

/// c, such that products hand c u to the quick GELU and take c quickGelu(u) from it: an accelerator has a kernel of
/// silu(c u) = c quickGelu(u) with c = 1.702, and a product has its factor for nothing. 1 on a CPU.
double geluFactor(const at::Device& device);
/// c quickGelu(u), for c u.
at::Tensor quickGelu(const at::Tensor& u);
/// d, the gradient of the former, becomes that of the latter.
void quickGeluBackward_(const at::Tensor& u, at::Tensor& d);

/// alpha x W + beta b, x [rows, in], W [in, out]; b is left out where it is undefined. Other factors than 1 on
/// accelerators alone.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double alpha = 1,
                  double beta = 1);
/// dWeight += alpha xᵀ dy, dWeight float32.
void addWeightGradient(at::Tensor& dWeight, const at::Tensor& x, const at::Tensor& dy, double alpha = 1);

/// y W in the type in which crossEntropy_() is to have it: float32 on an accelerator, else y's.
at::Tensor logits(const at::Tensor& y, const at::Tensor& weight);
/// float32 [rows]: -log softmax(logits)[target]; logits [rows, V] become their gradient times `scale` and, where it is
/// defined, times rowScale (float32 [rows]), rounded once. targets: int64 [rows].
at::Tensor crossEntropy_(at::Tensor& logits, const at::Tensor& targets, double scale, const at::Tensor& rowScale = {});

struct Attended {
  at::Tensor out;                 ///< [B, n, D]
  at::Tensor logSum;              ///< float32 [B, H, n], for the backward pass; undefined where there is no kernel
  direct::DeviceAttended device;  ///< on an accelerator
};
/// Attention over qkv [B, n, 3 D], heads outermost in each of q, k, v: causal, or every position to all. `kernels`: on
/// an accelerator, in both passes the same.
Attended attention(const at::Tensor& qkv, int64_t heads, bool causal,
                   AttentionKernels kernels = AttentionKernels::Reproducible);
/// The gradient of qkv.
at::Tensor attentionBackward(const at::Tensor& qkv, int64_t heads, bool causal, const Attended& attended,
                             const at::Tensor& dOut, AttentionKernels kernels = AttentionKernels::Reproducible);
/// Attention of new positions over all that a cache holds: q [B, H, T, K], keys and values [B, H, n, K]; [B, T, D].
/// `hidden` [n], of q's type: 0, or -infinity for entries that are not looked at; may be undefined.
at::Tensor attendTo(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                    const at::Tensor& hidden = {});

}  // namespace scanline::fused
