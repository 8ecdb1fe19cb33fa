#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "core/learn/kernels/decode_kernels.h"
#include "core/learn/kernels/kernel_table.h"
#include "core/learn/model/decoder.h"

namespace scanline {

/// A matrix [in, out] as panels (kPanelColumns) of float or Bf16, and its bias.
struct PackedMatrix {
  const void* data = nullptr;
  int64_t in = 0, out = 0;
  const float* bias = nullptr;  ///< [out], null: none
  int64_t tiles = 0;            ///< bytes before its panels in Weights::tiles()

  int64_t panels() const { return (out + kPanelColumns - 1) / kPanelColumns; }
};

struct PackedGpt::Weights {
  struct Block {
    PackedMatrix qkv, proj, fc, mlp;
    const float *ln1, *ln2;
  };

  Weights(const GptTensors& tensors, const KernelTable& kernels);

  /// All panels again, rounded to Bf16, for the processor's matrix unit, which there is. Made at the first call; any
  /// thread.
  const uint8_t* tiles() const;

  GptShape shape;
  const KernelTable& kernels;
  bool isBf16;
  at::Tensor packed;   ///< all panels, block by block in the order of Block, then the head's
  at::Tensor vectors;  ///< a copy of all that stays float32
  std::vector<Block> blocks;
  PackedMatrix head;
  int64_t tileBytes = 0;  ///< of tiles()
  const float *wte, *wpe, *sos, *lnF;

 private:
  void addTiles(const PackedMatrix& matrix) const;

  mutable std::once_flag tiling_;
  mutable at::Tensor tiled_;
};

}  // namespace scanline
