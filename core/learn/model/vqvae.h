#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/data/image.h"
#include "core/spec/run_spec.h"

namespace scanline {

// B images, S pixels and G = S / stride codes a side, K codes of C dimensions, W channels, N = B G G vectors.

/// Sizes of the tensors of a VQ-VAE.
struct VqvaeShape {
  int64_t stride = 0;     ///< pixels a code; a power of 2, one convolution of stride 2 for each factor 2
  int64_t codes = 0;      ///< K
  int64_t codeWidth = 0;  ///< C
  int64_t width = 0;      ///< W
  int64_t blocks = 0;     ///< residual blocks of encoder and decoder, each

  bool operator==(const VqvaeShape&) const = default;
};
VqvaeShape vqvaeShape(const VqvaeSpec& spec);

/// The network of "Neural Discrete Representation Learning" (van den Oord et al., 2017, section 4.1), with any number
/// of stages: the encoder has a 4 x 4 convolution of stride 2 and ReLU a stage, residual blocks (ReLU, 3 x 3, ReLU, 1 x
/// 1), ReLU and a 1 x 1 convolution to the code's width; the decoder mirrors it with transposed convolutions. That of
/// the first version of the image GPT paper is not known. All float32. Const functions are safe for several threads
/// while nobody changes the tensors; they record gradients where the caller's mode and the tensors ask for it.
class Vqvae {
 public:
  struct Convolution {
    at::Tensor weight, bias;
  };
  struct Block {
    Convolution wide, narrow;
  };

  /// All zero.
  explicit Vqvae(const VqvaeShape& shape, at::Device device = at::kCPU);

  /// All but the codebook, in a fixed order; these learn by gradient. They share memory with the network's.
  std::vector<std::pair<std::string, at::Tensor>> layers() const;

  at::Tensor encode(const at::Tensor& x_B3SS) const;    ///< pixels in [-1, 1] -> [B, C, G, G]
  at::Tensor decode(const at::Tensor& e_BCGG) const;    ///< -> [B, 3, S, S], about -1 .. 1 and not clamped
  at::Tensor nearest(const at::Tensor& z_NC) const;     ///< int64 [N]: nearest codes by Euclidean distance
  at::Tensor embed(const at::Tensor& codes_BGG) const;  ///< int64 -> their vectors, [B, C, G, G]

  VqvaeShape shape;
  std::vector<Convolution> down, up;
  std::vector<Block> encoderBlocks, decoderBlocks;
  Convolution toCode, fromCode;
  at::Tensor codebook;  ///< [K, C]
};

/// Convolutions start uniform within 1 / sqrt(inputs of an output), a pure function of shape and seed; the codebook is
/// left as it is, for it starts at outputs of this encoder.
void initialise(Vqvae& model, uint64_t seed);

/// [B, C, G, G] -> [N, C] and back.
at::Tensor toVectors(const at::Tensor& z_BCGG);
at::Tensor toGrid(const at::Tensor& z_NC, int64_t gridHeight, int64_t gridWidth);

/// Some pictures of a set as float32 [B, 3, height, width] in [-1, 1]: value / 127.5 - 1, as palettes count.
at::Tensor pixelsOf(const ImageSet& images, std::span<const int64_t> rows, at::Device device = at::kCPU);
/// The way back, clamped: RGB as in Image for each.
std::vector<std::vector<uint8_t>> toRgb(const at::Tensor& x_B3SS);

}  // namespace scanline
