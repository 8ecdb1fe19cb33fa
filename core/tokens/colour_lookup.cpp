#include "core/tokens/colour_lookup.h"

#include "core/base/parallel.h"

namespace scanline {

namespace {

std::vector<ColourPoint> pointsOf(const Palette& palette) {
  std::vector<ColourPoint> points;
  for (const Colour& colour : palette.colours()) points.push_back({colour[0], colour[1], colour[2]});
  return points;
}

}  // namespace

ColourLookup::ColourLookup(const Palette& palette, int threads)
    : centres_(pointsOf(palette)), cells_(kCells * kCells * kCells) {
  prepare(std::vector<char>(cells_.size(), 1), threads);
}

ColourLookup::ColourLookup(const Palette& palette, std::span<const uint8_t> rgb, int threads)
    : centres_(pointsOf(palette)), cells_(kCells * kCells * kCells) {
  std::vector<char> touched(cells_.size());
  for (size_t i = 0; i + 2 < rgb.size(); i += 3) touched[cellOf(&rgb[i])] = 1;
  prepare(touched, threads);
}

void ColourLookup::prepare(const std::vector<char>& touched, int threads) {
  constexpr int64_t kPlane = kCells * kCells;
  inParallel(kCells, threads, [&](int64_t plane) {
    std::vector<double> scratch;
    for (int64_t cell = plane * kPlane; cell < (plane + 1) * kPlane; ++cell)
      if (touched[static_cast<size_t>(cell)])
        candidatesFor(box(static_cast<int>(cell)), centres_, cells_[static_cast<size_t>(cell)], scratch);
  });
}

Box ColourLookup::box(int cell) {
  const std::array<int, 3> index{cell / (kCells * kCells), cell / kCells % kCells, cell % kCells};
  Box box{};
  for (size_t c = 0; c < 3; ++c) {
    box.low[c] = channel(index[c] * kCellSide);
    box.high[c] = channel(index[c] * kCellSide + kCellSide - 1);
  }
  return box;
}

}  // namespace scanline
