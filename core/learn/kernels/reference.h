#pragma once

#include <torch/torch.h>

#include <cmath>

namespace scanline {

/// Added to the mean square in every norm of the network (released code, src/model.py).
inline constexpr double kNormEpsilon = 1e-5;

/// The quick GELU is x sigmoid(1.702 x).
inline constexpr double kGeluSlope = 1.702;

/// The network's own functions in plain tensor operations. They run on any device and autograd differentiates them; the
/// fused ones (core/learn/kernels/fused.h) are held against them by tests and fall back on them where there is no
/// kernel.
namespace reference {

/// x / sqrt(mean(x²) + 1e-5) g over the last dimension.
inline at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& gain) {
  return x * at::rsqrt(x.square().mean(-1, /*keepdim=*/true) + kNormEpsilon) * gain;
}

/// x sigmoid(1.702 x).
inline at::Tensor quickGelu(const at::Tensor& x) {
  return x * at::sigmoid(kGeluSlope * x);
}

/// qkv [B, n, 3 D], heads outermost in q, k and v; [B, n, D].
inline at::Tensor attention(const at::Tensor& qkv, int64_t heads, bool causal) {
  const int64_t B = qkv.size(0), n = qkv.size(1), D = qkv.size(2) / 3;
  const auto parts = qkv.view({B, n, 3, heads, D / heads}).permute({2, 0, 3, 1, 4});
  return at::scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0.0, causal)
      .transpose(1, 2)
      .reshape({B, n, D});
}

/// float32 [rows]: -log softmax(logits)[target].
inline at::Tensor crossEntropy(const at::Tensor& logits, const at::Tensor& targets) {
  return at::cross_entropy_loss(logits.to(at::kFloat), targets, {}, at::Reduction::None);
}

}  // namespace reference
}  // namespace scanline
