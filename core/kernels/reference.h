#pragma once

#include <torch/torch.h>

namespace scanline {

/// Added to the mean square in every norm of the network (released code, src/model.py).
inline constexpr double kNormEpsilon = 1e-5;

/// The network's own functions in plain tensor operations: they run on any device, autograd differentiates them, and
/// tests hold the fused ones against them.
namespace reference {

/// x / sqrt(mean(x²) + 1e-5) g over the last dimension.
inline at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& gain) {
  return x * at::rsqrt(x.square().mean(-1, /*keepdim=*/true) + kNormEpsilon) * gain;
}

/// x sigmoid(1.702 x).
inline at::Tensor quickGelu(const at::Tensor& x) {
  return x * at::sigmoid(1.702 * x);
}

}  // namespace reference
}  // namespace scanline
