#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/data/image.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// The header of a checkpoint of a VQ-VAE.
struct VqvaeInfo {
  std::string specToml;
  int64_t step = 0;
  int64_t side = 0;    ///< pixels of the images it was trained on, squared
  int64_t stride = 0;  ///< pixels a code, each way
  int64_t codes = 0;   ///< K
};

/// Images to tokens and back, where tokens are the codes of a trained VQ-VAE (first version of the paper). Immutable;
/// every call computes on its caller's thread, with the number of CPU threads that the codec was opened with.
class VqvaeCodec {
 public:
  virtual ~VqvaeCodec() = default;
  virtual const VqvaeInfo& info() const = 0;
  /// Codes in raster order, ids 0 .. codes - 1; labels are handed on. The sides of the images are multiples of the
  /// stride; throws Error otherwise. Reports images; throws Stopped.
  virtual TokenSet encode(const ImageSet& images, const Control& control = {}) const = 0;
  /// The picture of each row of codes: RGB as in Image, stride * width pixels across. Every row holds the same number
  /// of codes, a multiple of `width`. Throws Error for a code that is not in the codebook.
  virtual std::vector<std::vector<uint8_t>> decode(const std::vector<std::vector<Token>>& codes,
                                                   int64_t width) const = 0;
  /// One colour a code, for views that show tokens: that of the middle of a decoded area of this code alone.
  virtual Palette colours() const = 0;
};

/// The VQ-VAE whose codes are the tokens of an image GPT's checkpoint with these settings (CheckpointInfo::specToml):
/// kVqvaeFile in its run's folder. Empty if its tokens are colours. Throws Error if the file is not there.
std::filesystem::path vqvaeOf(const std::filesystem::path& checkpoint, const std::string& specToml);

}  // namespace scanline
