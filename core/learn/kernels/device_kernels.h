#pragma once

#include <torch/torch.h>

namespace scanline::direct {

// The network's functions on an accelerator, forward and backward: operations that LibTorch has a kernel for, called
// one by one without autograd. Nothing is computed twice. Tensors are those of core/learn/kernels/fused.h.

/// y in float32 and 1 / sqrt(mean(h²) + 1e-5), [rows, 1].
std::pair<at::Tensor, at::Tensor> rmsNorm(const at::Tensor& h, const at::Tensor& gain);
/// The gradients of h and of the gain for dy; all of them float32.
std::pair<at::Tensor, at::Tensor> rmsNormBackward(const at::Tensor& h, const at::Tensor& inverse,
                                                  const at::Tensor& gain, const at::Tensor& dy);

/// alpha x W + beta b, or without b; in x's type, rounded once but for b's part.
at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double alpha, double beta);
/// x W in float32.
at::Tensor productInFloat(const at::Tensor& x, const at::Tensor& weight);
/// sum [in, out] += alpha xᵀ dy, in float32 whatever the type of x and dy.
void addWeightGradient(at::Tensor& sum, const at::Tensor& x, const at::Tensor& dy, double alpha);

/// float32 [rows] -log softmax(logits)[target], and (softmax(logits) - [colour == target]) * scale * rowScale, float32
/// [rows, V].
std::pair<at::Tensor, at::Tensor> crossEntropy(const at::Tensor& logits, const at::Tensor& targets, double scale,
                                               const at::Tensor& rowScale);

}  // namespace scanline::direct
