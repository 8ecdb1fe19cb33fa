#include "core/tokens/tokens.h"

#include <algorithm>
#include <cassert>

#include "core/base/parallel.h"
#include "core/tokens/nearest.h"

namespace scanline {

namespace {

// Colour space in cells of 8 x 8 x 8 colours, each with the palette entries that can be nearest to one of them.
constexpr int kCellBits = 3;
constexpr int kCellSide = 1 << kCellBits;
constexpr int kCells = 256 / kCellSide;
constexpr int64_t kChunk = 1 << 16;  ///< pixels

double channel(int value) {
  return value / 127.5 - 1;
}

size_t cellOf(const uint8_t* rgb) {
  return (static_cast<size_t>(rgb[0] >> kCellBits) * kCells + (rgb[1] >> kCellBits)) * kCells + (rgb[2] >> kCellBits);
}

class Lookup {
 public:
  /// Prepares the cells that `rgb` touches, and no others: a single picture needs few.
  Lookup(const Palette& palette, std::span<const uint8_t> rgb, int threads) : cells_(kCells * kCells * kCells) {
    for (const Colour& colour : palette.colours()) centres_.push_back({colour[0], colour[1], colour[2]});
    std::vector<char> touched(cells_.size());
    for (size_t i = 0; i + 2 < rgb.size(); i += 3) touched[cellOf(&rgb[i])] = 1;
    constexpr int64_t kRow = kCells * kCells;
    inParallel(kCells, threads, [&](int64_t plane) {
      std::vector<double> scratch;
      for (int64_t cell = plane * kRow; cell < (plane + 1) * kRow; ++cell)
        if (touched[static_cast<size_t>(cell)])
          candidatesFor(box(static_cast<int>(cell)), centres_, cells_[static_cast<size_t>(cell)], scratch);
    });
  }

  Token nearest(const uint8_t* rgb) const {
    return nearestOf({channel(rgb[0]), channel(rgb[1]), channel(rgb[2])}, centres_, cells_[cellOf(rgb)]);
  }

 private:
  static Box box(int cell) {
    const std::array<int, 3> index{cell / (kCells * kCells), cell / kCells % kCells, cell % kCells};
    Box box{};
    for (size_t c = 0; c < 3; ++c) {
      box.low[c] = channel(index[c] * kCellSide);
      box.high[c] = channel(index[c] * kCellSide + kCellSide - 1);
    }
    return box;
  }

  std::vector<ColourPoint> centres_;
  std::vector<std::vector<uint16_t>> cells_;
};

}  // namespace

TokenSet tokenize(const ImageSet& images, const Palette& palette, int threads) {
  TokenSet tokens{images.count, images.width * images.height, {}, images.labels};
  const int64_t pixels = tokens.count * tokens.length;
  assert(static_cast<int64_t>(images.rgb.size()) == 3 * pixels);
  tokens.ids.resize(static_cast<size_t>(pixels));
  const Lookup lookup(palette, images.rgb, threads);
  inParallel((pixels + kChunk - 1) / kChunk, threads, [&](int64_t chunk) {
    const int64_t end = std::min(pixels, (chunk + 1) * kChunk);
    for (auto i = static_cast<size_t>(chunk * kChunk); i < static_cast<size_t>(end); ++i)
      tokens.ids[i] = lookup.nearest(&images.rgb[3 * i]);
  });
  return tokens;
}

Image toImage(std::span<const Token> tokens, const Palette& palette, int64_t width) {
  assert(width > 0 && std::ssize(tokens) % width == 0);
  Image image{width, std::ssize(tokens) / width, {}};
  image.rgb.reserve(3 * tokens.size());
  for (const Token token : tokens)
    for (const uint8_t value : palette.rgb(token)) image.rgb.push_back(value);
  return image;
}

}  // namespace scanline
