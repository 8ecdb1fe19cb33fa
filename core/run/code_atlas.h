#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/run/vqvae_codec.h"

namespace scanline {

/// The looks of the codes of a VQ-VAE, and the places in pictures that hold them. A value, immutable once it is shared.
struct CodeAtlas {
  /// A picture that holds a code, and where.
  struct Use {
    int64_t picture = 0;             ///< of `images`
    std::vector<int64_t> positions;  ///< raster order, ascending
  };

  int64_t step = 0;    ///< of the checkpoint
  int64_t stride = 0;  ///< pixels a code, each way
  int64_t across = 0;  ///< codes a row of a picture
  ImageSet patches;    ///< [codes] stride x stride pixels: the middle of a decoded area of the code alone
  ImageSet images;     ///< [count]
  TokenSet grids;      ///< [count] their codes

  /// How many of the pictures hold the code.
  int64_t picturesWith(Token code) const;
  /// The `most` pictures that hold it most often; of equals the first.
  std::vector<Use> uses(Token code, int64_t most) const;
};
using SharedCodeAtlas = std::shared_ptr<const CodeAtlas>;

/// CodeAtlas::patches. Throws Error as the codec does; Stopped.
ImageSet codePatchesOf(const VqvaeCodec& codec, const Control& control);

/// Encodes these images, whose sides are multiples of the stride. Reports images. Throws Error as the codec does;
/// Stopped.
CodeAtlas codeAtlasOf(const VqvaeCodec& codec, ImageSet images, const Control& control);

}  // namespace scanline
