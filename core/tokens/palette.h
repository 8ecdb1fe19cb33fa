#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/data/image.h"

namespace scanline {

/// A palette index. Palettes have at most 4096 colours.
using Token = uint16_t;

/// A colour in [-1, 1] per channel, the unit of palettes: value / 127.5 - 1 (paper section 3.2, released code).
using Colour = std::array<float, 3>;

/// The colours that tokens stand for. Immutable; any thread.
class Palette {
 public:
  /// 2..4096 colours within [-1, 1], all finite; throws Error otherwise.
  explicit Palette(std::vector<Colour> colours);

  int64_t size() const { return static_cast<int64_t>(colours_.size()); }
  std::span<const Colour> colours() const { return colours_; }
  /// Nearest colour by squared Euclidean distance of value / 127.5 - 1; ties go to the lower index.
  Token nearest(uint8_t red, uint8_t green, uint8_t blue) const;
  /// rint(127.5 (c + 1)), clamped to 0..255.
  std::array<uint8_t, 3> rgb(Token token) const;

  bool operator==(const Palette&) const = default;

 private:
  std::vector<Colour> colours_;
};

/// k-means with k-means++ start on `pixels` training pixels drawn by seed; multi-threaded, and the same for every
/// thread count. With no more different colours than `size`, those colours are the palette, darkest first. Throws
/// Error, and Stopped.
Palette fitPalette(const ImageSet& images, int64_t size, int64_t pixels, int64_t iterations, uint64_t seed, int threads,
                   const Control& control = {});

/// float32 [size, 3] .npy as OpenAI's kmeans_centers.npy. Throws Error.
void savePalette(const std::filesystem::path& file, const Palette& palette);
Palette loadPalette(const std::filesystem::path& file);
/// A palette of any program: [size, 3] of any type of numbers, within -1..1, 0..1 or 0..255. Other ranges are
/// scaled to it, and `warnings` says so. Colours from 0 to 1 are taken for 0..1: of a palette in -1..1 some are below
/// 0, unless no picture has anything darker than grey. Throws Error.
Palette loadForeignPalette(const std::filesystem::path& file, std::vector<std::string>& warnings);

}  // namespace scanline
