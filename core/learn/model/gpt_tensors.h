#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// Sizes of the tensors of a GPT. Heads do not change a shape but the meaning of the tensors. heads divides width.
struct GptShape {
  int64_t layers = 0;
  int64_t width = 0;                                ///< D
  int64_t heads = 0;                                ///< H
  int64_t paletteSize = 0;                          ///< V
  int64_t positions = 0;                            ///< n
  bool bias = false;                                ///< the paper's network has none; fine-tuned Hugging Face models do
  Objective objective = Objective::Autoregressive;  ///< BERT has no start vector
  int64_t classes = 0;                              ///< rows of a classifier that is trained with it; 0 = there is none

  bool operator==(const GptShape&) const = default;
};

/// One tensor set in the shape of a network: its weights, their gradients, or a moment of Adam.
///
/// Matrices are stored [in, out] (y = x W + b), as in the released weights. Names as named() lists them, with i = 0 ..
/// L-1:
///   h.i.attn.qkv [D, 3D]    columns q | k | v, heads outermost in each
///   h.i.attn.proj [D, D]    h.i.mlp.fc [D, 4D]    h.i.mlp.proj [4D, D]
///   head [V, D]             output matrix: logits = y headᵀ
///   wte [V, D]   wpe [n, D] token and position embedding
///   sos [D]                 input at position 0; not with BERT
///   h.i.ln_1.g [D]   h.i.ln_2.g [D]   ln_f.g [D]
///   h.i.attn.qkv.b [3D]   h.i.attn.proj.b [D]   h.i.mlp.fc.b [4D]   h.i.mlp.proj.b [D]   only with shape.bias
/// The classifier [classes, D] is no tensor of the network and not among named().
/// Copies share memory, as tensors do.
struct GptTensors {
  struct Block {
    at::Tensor qkv, proj, fc, mlp;
    at::Tensor ln1, ln2;
    at::Tensor qkvBias, projBias, fcBias, mlpBias;  ///< undefined without shape.bias
  };

  /// All zero, float32.
  explicit GptTensors(const GptShape& shape, at::Device device = at::kCPU);

  std::vector<std::pair<std::string, at::Tensor>> named() const;
  /// The same set with a copy of the operands of matrix products (qkv, proj, fc, mlp, head) in another type; everything
  /// else is shared.
  GptTensors withOperands(at::ScalarType type) const;
  /// A float32 set on a device: this one, if it lies there.
  GptTensors on(at::Device device) const;

  GptShape shape;
  /// All elements of all tensors (each starts at a multiple of 64 bytes; the gaps stay zero), so that an optimiser
  /// step, a norm or a change of type is one pass: first the operands of matrix products, then the other matrices, then
  /// vectors.
  at::Tensor flat;
  int64_t operandSize = 0;  ///< elements of `flat` before wte
  int64_t matrixSize = 0;   ///< elements of `flat` before the first vector
  at::Tensor operands;      ///< [operandSize]: the beginning of `flat`, or its copy in another type

  at::Tensor wte, wpe, sos, head, lnF;  ///< sos: undefined with BERT
  at::Tensor classifier;                ///< undefined without shape.classes
  std::vector<Block> blocks;
};

/// A new network's weights, a pure function of shape and seed. Normal with the standard deviations of the released
/// code: wte 0.02, wpe 0.01, sos 0.02, q k v 1/sqrt(D), attention projection 1/sqrt(D L), both MLP matrices 0.02; gains
/// 1, biases, head and classifier 0, so that the first loss is ln V.
GptTensors initialWeights(const GptShape& shape, uint64_t seed);

}  // namespace scanline
