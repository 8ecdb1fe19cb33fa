#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string_view>

#include "core/spec/run_spec.h"

namespace scanline::direct {

// Attention on an accelerator by LibTorch's own kernels and their gradients, called without autograd.

/// Plain: the composite operation, its gradient by autograd; for sizes that no kernel takes.
enum class AttentionKernel { Plain, Flash, Cudnn, Efficient };
/// "flash", ...
std::string_view nameOf(AttentionKernel kernel);

/// The kernel for activations of this type and heads of this width: the first that the device takes, of flash, cuDNN
/// (Fast) or flash (Reproducible), then the memory-efficient one. It is tried the first time, on eight positions. Any
/// thread.
AttentionKernel attentionKernel(at::Device device, at::ScalarType type, int64_t headWidth, AttentionKernels wanted);

/// The results of a forward pass that the gradient needs, as the kernel gave them.
struct DeviceAttended {
  AttentionKernel kernel = AttentionKernel::Plain;
  at::Tensor out;  ///< [B, H, n, K], memory in the order [B, n, H, K]
  at::Tensor logSum, seed, offset;
};
/// q, k, v: [B, H, positions, K] with stride 1 in the last dimension; views of a wider tensor are taken as they are.
DeviceAttended attend(AttentionKernel kernel, const at::Tensor& q_BHTK, const at::Tensor& k_BHnK,
                      const at::Tensor& v_BHnK, bool causal);
/// The same forward alone, with `bias` [B, H, T, n] of q's type added to what the softmax takes. Flash and cuDNN take
/// none: it is the memory-efficient kernel, or the composite operation for Plain.
at::Tensor attendUnlessHidden(AttentionKernel kernel, const at::Tensor& q_BHTK, const at::Tensor& k_BHnK,
                              const at::Tensor& v_BHnK, const at::Tensor& bias_BHTn);
/// The gradient of qkv [B, n, 3 D] for dOut [B, n, D]. `kernels` is Reproducible: the same bits each time.
at::Tensor attendBackward(const DeviceAttended& attended, const at::Tensor& qkv_Bn3D, int64_t heads, bool causal,
                          const at::Tensor& dOut_BnD, AttentionKernels kernels);

/// q, k and v of qkv [B, n, 3 D]: [3, B, H, n, K].
at::Tensor headsOf(const at::Tensor& qkv_Bn3D, int64_t heads);

}  // namespace scanline::direct
