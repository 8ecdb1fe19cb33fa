#pragma once

#include <optional>

#include "core/base/control.h"
#include "core/learn/model/gpt_tensors.h"

namespace scanline {

/// Images to learn from. All on the weights' device.
struct GradientBatch {
  at::Tensor tokens_Bn;  ///< int64, contiguous
  at::Tensor keep_Bn;    ///< BERT: bool, true = visible; some position of every image should be masked
  at::Tensor masked_M;   ///< BERT: maskedPlaces(keep_Bn), int64
  at::Tensor labels_B;   ///< int64; where a classifier learns
};

/// How gradients are computed. The loss that is minimised: the generative one, a classifier's, or their sum (paper
/// section 2.3).
struct GradientTask {
  bool generative = true;
  /// The classifier reads the mean over positions of this layer's features, 0 .. L (n^l of section 2.4); none: no
  /// classifier learns. Without the generative loss the blocks from this layer on are neither computed nor changed.
  std::optional<int64_t> classifierLayer;
  AttentionKernels attention = AttentionKernels::Reproducible;  ///< on an accelerator
};

/// float64 [B] each; undefined for losses that the task does not have.
struct PassLosses {
  at::Tensor nats_B;       ///< mean over the pixels that are scored: all, or the masked ones (BERT)
  at::Tensor classNats_B;  ///< of the image's class
};

/// One pass forward and back: gradients += scale * gradient of the sum of all losses of these images.
///
/// Written out by hand rather than recorded by autograd: every activation is then kept once, in the type that the next
/// product needs, and the gradients of all tensors land in one flat buffer. Gpt (core/learn/model/gpt.h) computes the
/// same values; tests hold these gradients against autograd's. Checks `control` before each block, forward and
/// back; after Stopped `gradients` is of no use.
PassLosses addGradient(const GptTensors& weights, const GradientBatch& batch, const GradientTask& task, double scale,
                       GptTensors& gradients, const Control& control);

/// Floating-point operations of a generative pass for one image: 6 for each weight and pixel, and attention's (12 L D
/// n², halved where it is causal).
double gradientFlops(const GptShape& shape);

/// Bytes that such a pass needs on an accelerator for each image: the values that all blocks keep, and
/// the working memory of one block. `elementSize`: bytes of an element of the products, 2 or 4. An estimate from above.
int64_t gradientBytes(const GptShape& shape, int64_t elementSize);

}  // namespace scanline
