#include "core/run/paint_mask.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/base/random.h"

namespace scanline {

namespace {

constexpr std::array<std::string_view, 7> kPresets{"lower",  "upper",  "left",        "right",
                                                   "centre", "random", "checkerboard"};

/// `share` of `count`, rounded, at least 1.
int64_t partOf(int64_t count, double share) {
  return std::clamp<int64_t>(std::llround(share * static_cast<double>(count)), 1, count);
}

/// Rows top .. bottom - 1 of the columns left .. right - 1.
PaintMask rectangle(int64_t across, int64_t down, int64_t left, int64_t top, int64_t right, int64_t bottom) {
  PaintMask mask(static_cast<size_t>(across * down));
  for (int64_t y = top; y < bottom; ++y) std::fill_n(mask.begin() + y * across + left, right - left, uint8_t{1});
  return mask;
}

PaintMask centre(int64_t across, int64_t down, double share) {
  const int64_t width = partOf(across, share), height = partOf(down, share);
  const int64_t left = (across - width) / 2, top = (down - height) / 2;
  return rectangle(across, down, left, top, left + width, top + height);
}

PaintMask randomPixels(int64_t count, double share, uint64_t seed) {
  RandomStream random(seed, Purpose::MaskPixels);
  PaintMask mask(static_cast<size_t>(count));
  for (const int64_t row : drawRows(count, partOf(count, share), random)) mask[static_cast<size_t>(row)] = 1;
  return mask;
}

PaintMask checkerboard(int64_t across, int64_t down) {
  if (across * down == 1) return {1};
  PaintMask mask(static_cast<size_t>(across * down));
  for (int64_t y = 0; y < down; ++y)
    for (int64_t x = 0; x < across; ++x) mask[static_cast<size_t>(y * across + x)] = (x + y) % 2 == 1;
  return mask;
}

}  // namespace

std::span<const std::string_view> maskPresets() {
  return kPresets;
}

PaintMask presetMask(std::string_view name, int64_t across, int64_t down, double share, uint64_t seed) {
  if (!(share > 0 && share <= 1))
    throw Error(
        fmt::format("A mask over {} of the picture is not possible: give a share above 0, and at most 1.", share));
  if (name == "lower") return rectangle(across, down, 0, down - partOf(down, share), across, down);
  if (name == "upper") return rectangle(across, down, 0, 0, across, partOf(down, share));
  if (name == "left") return rectangle(across, down, 0, 0, partOf(across, share), down);
  if (name == "right") return rectangle(across, down, across - partOf(across, share), 0, across, down);
  if (name == "centre") return centre(across, down, share);
  if (name == "random") return randomPixels(across * down, share, seed);
  if (name == "checkerboard") return checkerboard(across, down);
  throw Error(fmt::format("There is no mask \"{}\". Take one of {}.", name, fmt::join(kPresets, ", ")));
}

int64_t paintedPixels(std::span<const uint8_t> mask) {
  return std::ranges::count_if(mask, [](uint8_t value) { return value != 0; });
}

int64_t givenAfterPainted(std::span<const uint8_t> mask) {
  const auto first = std::ranges::find_if(mask, [](uint8_t value) { return value != 0; });
  return std::count(first, mask.end(), uint8_t{0});
}

void checkMask(std::span<const uint8_t> mask, int64_t positions) {
  if (std::ssize(mask) != positions)
    throw Error(fmt::format("The mask has {} pixels, and the picture has {}. Give one of the picture's size.",
                            mask.size(), positions));
  if (paintedPixels(mask) == 0)
    throw Error("The mask has nothing to paint: all pixels are given. Mark the pixels that the model is to paint.");
}

}  // namespace scanline
