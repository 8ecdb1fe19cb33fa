#include "core/tokens/palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "core/tokens/nearest.h"

namespace scanline {

namespace {

constexpr size_t kMostColours = 4096;

void checkColours(const std::vector<Colour>& colours, std::string_view source) {
  if (colours.size() < 2 || colours.size() > kMostColours)
    throw Error(fmt::format("{} has {} colours; 2 to {} can be used.", source, colours.size(), kMostColours));
  for (size_t i = 0; i < colours.size(); ++i)
    for (const float value : colours[i])
      if (!(std::abs(value) <= 1.0F))  // false for NaN too
        throw Error(fmt::format(
            "{} has the value {} in colour {}; each channel must lie within -1 and 1 (value / 127.5 - 1 of 0..255).",
            source, value, i));
}

ColourPoint toPoint(const Colour& colour) {
  return {colour[0], colour[1], colour[2]};
}

std::vector<Colour> coloursOf(const std::vector<double>& values) {
  std::vector<Colour> colours(values.size() / 3);
  for (size_t i = 0; i < values.size(); ++i) colours[i / 3][i % 3] = static_cast<float>(values[i]);
  return colours;
}

}  // namespace

Palette::Palette(std::vector<Colour> colours) : colours_(std::move(colours)) {
  checkColours(colours_, "The palette");
}

Token Palette::nearest(uint8_t red, uint8_t green, uint8_t blue) const {
  const ColourPoint pixel{red / 127.5 - 1, green / 127.5 - 1, blue / 127.5 - 1};
  size_t best = 0;
  double least = squaredDistance(pixel, toPoint(colours_[0]));
  for (size_t i = 1; i < colours_.size(); ++i) {
    const double distance = squaredDistance(pixel, toPoint(colours_[i]));
    if (distance < least) {
      least = distance;
      best = i;
    }
  }
  return static_cast<Token>(best);
}

std::array<uint8_t, 3> Palette::rgb(Token token) const {
  const Colour& colour = colours_.at(token);
  std::array<uint8_t, 3> out{};
  for (size_t c = 0; c < 3; ++c)
    out[c] = static_cast<uint8_t>(std::clamp(std::rint(127.5F * (colour[c] + 1.0F)), 0.0F, 255.0F));
  return out;
}

void savePalette(const std::filesystem::path& file, const Palette& palette) {
  static_assert(sizeof(Colour) == 3 * sizeof(float));
  writeNpy(file, NpyType::Float32, std::array<int64_t, 2>{palette.size(), 3}, std::as_bytes(palette.colours()));
}

Palette loadPalette(const std::filesystem::path& file) {
  const NpyArray array = readNpy(file);
  if (array.shape.size() != 2 || array.shape[1] != 3 ||
      (array.type != NpyType::Float32 && array.type != NpyType::Float64))
    throw Error(fmt::format("{} holds {}; a palette is float32 [colours, 3] with values within -1 and 1.", array.source,
                            array.describe()));
  std::vector<Colour> colours = coloursOf(array.toDoubles());
  checkColours(colours, array.source);
  return Palette(std::move(colours));
}

Palette loadForeignPalette(const std::filesystem::path& file, std::vector<std::string>& warnings) {
  const NpyArray array = readNpy(file);
  if (array.shape.size() != 2 || array.shape[1] != 3 || array.shape[0] == 0)
    throw Error(
        fmt::format("{} holds {}; a palette is [colours, 3] with values within -1 and 1, 0 and 1, or 0 and 255.",
                    array.source, array.describe()));
  std::vector<double> values = array.toDoubles();
  const auto [least, most] = std::ranges::minmax(values);
  const bool finite = std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
  if (finite && least >= 0 && most <= 255) {
    const double white = most <= 1 ? 1 : 255;
    for (double& value : values) value = std::min(2 * value / white - 1, 1.0);
    warnings.push_back(fmt::format(
        "The colours of {} run from {:g} to {:g} and are taken for 0 (black) to {:g}. Palettes of image GPT run from -1 to 1.",
        array.source, least, most, white));
  }
  std::vector<Colour> colours = coloursOf(values);
  checkColours(colours, array.source);
  return Palette(std::move(colours));
}

}  // namespace scanline
