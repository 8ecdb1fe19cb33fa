#pragma once

#include <functional>
#include <optional>

#include "core/model/gpt_tensors.h"

namespace scanline {

/// One pass forward and back: gradients += scale * gradient of the sum of all nats (one a pixel) of these images.
/// Returns float32 [B n], the nats of each pixel.
///
/// Written out by hand rather than recorded by autograd: every activation is then kept once, in the type that the next
/// product needs, and the gradients of all tensors land in one flat buffer. Gpt (core/model/gpt.h) computes the same
/// values; tests hold these gradients against autograd's. `keepGoing` is asked before each block, forward and back;
/// when it says no the result is nullopt and `gradients` is of no use. tokens_Bn: int64, contiguous, on the weights'
/// device.
std::optional<at::Tensor> addGradient(const GptTensors& weights, const at::Tensor& tokens_Bn, double scale,
                                      GptTensors& gradients, const std::function<bool()>& keepGoing);

/// Floating-point operations of that pass for one image: 6 for each weight and pixel, and attention's (12 L D n²
/// halved, as it is causal).
double gradientFlops(const GptShape& shape);

}  // namespace scanline
