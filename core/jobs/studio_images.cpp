#include "core/jobs/studio_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/data/colour_map.h"
#include "core/jobs/canvas.h"

namespace scanline {

namespace {

constexpr int64_t kRim = 6, kLine = kLetterHeight + kRim;
constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

/// "0.35", "12", "1.2e+03": short enough for a scale.
std::string shortNumber(double value) {
  return fmt::format("{:.3g}", value);
}

Image withMargin(const Image& picture) {
  Image result = blankImage(picture.width + 2 * kRim, picture.height + 2 * kRim);
  paste(result, picture, kRim, kRim);
  return result;
}

/// A bar as high as the map, the highest value at its top.
Image scaleBar(const HeatScale& heat, int64_t height, const std::string& unit) {
  constexpr int64_t kBar = 12;
  const double middle = (heat.low + heat.high) / 2;
  const std::string high = fmt::format("{} {}", shortNumber(heat.high), unit);
  Image bar = blankImage(kBar + kRim + std::max(widthOfWords(high), widthOfWords("-0.000e+00")), height);
  for (int64_t y = 0; y < height; ++y) {
    const double share = height > 1 ? 1 - static_cast<double>(y) / static_cast<double>(height - 1) : 1;
    fillRectangle(bar, 0, y, kBar, 1, heat.colour(heat.low + share * (heat.high - heat.low)));
  }
  writeWords(bar, kBar + kRim, 0, high);
  if (height >= 5 * kLine) writeWords(bar, kBar + kRim, (height - kLetterHeight) / 2, shortNumber(middle));
  writeWords(bar, kBar + kRim, height - kLetterHeight, shortNumber(heat.low));
  return bar;
}

/// Okabe and Ito's colours and Tol's, light enough for the ground.
constexpr std::array<Rgb, 16> kClassColours{{{0x2f, 0x8a, 0xfb},
                                             {0xf0, 0x7f, 0x19},
                                             {0x32, 0xd5, 0x73},
                                             {0xf5, 0xaa, 0xe9},
                                             {0x61, 0xd6, 0xfc},
                                             {0xfc, 0xd0, 0x44},
                                             {0xc4, 0x69, 0xa4},
                                             {0x2d, 0x97, 0x87},
                                             {0x92, 0x6c, 0xdc},
                                             {0x18, 0x9a, 0x1e},
                                             {0xb7, 0xb6, 0x28},
                                             {0xfe, 0x67, 0xd0},
                                             {0x0a, 0xb4, 0xf9},
                                             {0xc0, 0x72, 0x6c},
                                             {0xbe, 0xe5, 0xff},
                                             {0xf1, 0xfa, 0x67}}};
constexpr Rgb kGrey{150, 150, 150};

}  // namespace

Rgb HeatScale::colour(double value) const {
  const double at = (value - low) / (high - low);
  return isDiverging ? divergingColour(at) : evenColour(at);
}

HeatScale heatScaleOf(std::span<const float> values, bool isDiverging) {
  double high = 0;
  for (const float value : values)
    if (std::isfinite(value)) high = std::max(high, static_cast<double>(isDiverging ? std::abs(value) : value));
  if (high <= 0) high = 1;
  return {.low = isDiverging ? -high : 0, .high = high, .isDiverging = isDiverging};
}

Image heatPixels(std::span<const float> values, int64_t across, const HeatScale& scale) {
  Image image = blankImage(across, std::ssize(values) / across);
  for (size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i])) std::ranges::copy(scale.colour(static_cast<double>(values[i])), &image.rgb[3 * i]);
  return image;
}

Image heatFigure(std::span<const float> values, int64_t across, const HeatScale& heat, int64_t scale,
                 const std::string& title, const std::string& unit) {
  const Image map = enlarged(heatPixels(values, across, heat), scale);
  const Image bar = scaleBar(heat, map.height, unit);
  const int64_t top = title.empty() ? 0 : kLine;
  Image figure = blankImage(std::max(map.width + 2 * kRim + bar.width, widthOfWords(title)), top + map.height);
  writeWords(figure, 0, 0, title);
  paste(figure, map, 0, top);
  paste(figure, bar, map.width + 2 * kRim, top);
  return withMargin(figure);
}

int64_t figureScale(int64_t across) {
  constexpr int64_t kWidth = 256;
  return std::clamp<int64_t>(kWidth / std::max<int64_t>(1, across), 1, 32);
}

Image withHoles(const Image& picture, const PaintMask& mask, int64_t across) {
  constexpr Rgb kDark{70, 70, 70}, kLight{110, 110, 110};
  const int64_t down = std::ssize(mask) / across;
  Image result = picture;
  for (int64_t y = 0; y < picture.height; ++y)
    for (int64_t x = 0; x < picture.width; ++x)
      if (mask[static_cast<size_t>(y * down / picture.height * across + x * across / picture.width)] != 0)
        std::ranges::copy((x + y) % 2 == 0 ? kDark : kLight, result.rgb.begin() + 3 * (y * picture.width + x));
  return result;
}

Image pictureSheet(std::span<const Image> pictures, std::span<const std::string> captions, int64_t columns,
                   int64_t scale) {
  constexpr int64_t kMostPixels = 100'000'000;
  const auto count = std::ssize(pictures);
  if (count == 0) return blankImage(2 * kRim, 2 * kRim);
  columns = std::clamp<int64_t>(columns, 1, count);
  const int64_t rows = (count + columns - 1) / columns;
  int64_t width = pictures[0].width * scale;
  for (const std::string& caption : captions) width = std::max(width, widthOfWords(caption));
  const int64_t line = captions.empty() ? 0 : kLine, height = pictures[0].height * scale + line;
  if ((width + kRim) * columns > kMostPixels / std::max<int64_t>(1, (height + kRim) * rows))
    throw Error("The sheet would be larger than 100 megapixels. Show fewer pictures, or a smaller scale.");
  Image sheet = blankImage(columns * (width + kRim) - kRim, rows * (height + kRim) - kRim);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t left = i % columns * (width + kRim), top = i / columns * (height + kRim);
    const auto place = static_cast<size_t>(i);
    if (place < captions.size()) writeWords(sheet, left, top, captions[place]);
    paste(sheet, enlarged(pictures[place], scale), left, top + line);
  }
  return withMargin(sheet);
}

std::vector<Image> imagesOf(const ImageSet& set) {
  std::vector<Image> images;
  for (int64_t i = 0; i < set.count; ++i) {
    const auto rgb = set.image(i);
    images.push_back({.width = set.width, .height = set.height, .rgb = {rgb.begin(), rgb.end()}});
  }
  return images;
}

std::vector<float> weightsByPixel(const ModelFacts& facts, std::span<const float> weights, int64_t position) {
  if (facts.objective == Objective::Bert) return {weights.begin(), weights.end()};
  std::vector<float> seen(weights.size(), kNothing);
  std::copy_n(weights.begin() + 1, position, seen.begin());
  return seen;
}

std::vector<float> typicalPattern(const ModelFacts& facts, std::span<const float> map, int64_t radius) {
  const int64_t n = facts.across * facts.down, side = 2 * radius + 1;
  std::vector<double> sums(static_cast<size_t>(side * side));
  std::vector<int64_t> counts(sums.size());
  for (int64_t i = 0; i < n; ++i) {
    const auto seen = weightsByPixel(facts, map.subspan(static_cast<size_t>(i * n), static_cast<size_t>(n)), i);
    const int64_t x = i % facts.across, y = i / facts.across;
    for (int64_t dy = std::max(-radius, -y); dy <= std::min(radius, facts.down - 1 - y); ++dy)
      for (int64_t dx = std::max(-radius, -x); dx <= std::min(radius, facts.across - 1 - x); ++dx) {
        const float weight = seen[static_cast<size_t>((y + dy) * facts.across + x + dx)];
        if (!std::isfinite(weight)) continue;
        const auto place = static_cast<size_t>((dy + radius) * side + dx + radius);
        sums[place] += static_cast<double>(weight);
        ++counts[place];
      }
  }
  std::vector<float> pattern;
  for (size_t i = 0; i < sums.size(); ++i)
    pattern.push_back(counts[i] > 0 ? static_cast<float>(sums[i] / static_cast<double>(counts[i])) : kNothing);
  return pattern;
}

Image mapSheet(std::span<const MapRow> rows, std::span<const std::string> columns, int64_t across, int64_t scale,
               const std::string& title) {
  if (rows.empty() || rows[0].maps.empty() || columns.empty()) throw Error("There are no maps to show.");
  int64_t names = 0, width = across * scale;
  for (const MapRow& row : rows) names = std::max(names, widthOfWords(row.name) + kRim);
  for (const std::string& name : columns) width = std::max(width, widthOfWords(name));
  const int64_t height = std::ssize(rows[0].maps[0]) / across * scale, top = 2 * kLine;
  Image sheet = blankImage(std::max(names + std::ssize(columns) * (width + kRim) - kRim, widthOfWords(title)),
                           top + std::ssize(rows) * (height + kRim) - kRim);
  writeWords(sheet, 0, 0, title);
  const auto leftOf = [&](size_t column) { return names + static_cast<int64_t>(column) * (width + kRim); };
  for (size_t column = 0; column < columns.size(); ++column) writeWords(sheet, leftOf(column), kLine, columns[column]);
  for (size_t row = 0; row < rows.size(); ++row) {
    const int64_t y = top + static_cast<int64_t>(row) * (height + kRim);
    writeWords(sheet, 0, y + std::max<int64_t>(0, (height - kLetterHeight) / 2), rows[row].name);
    for (size_t column = 0; column < rows[row].maps.size(); ++column) {
      const auto& map = rows[row].maps[column];
      paste(sheet, enlarged(heatPixels(map, across, heatScaleOf(map)), scale), leftOf(column), y);
    }
  }
  return withMargin(sheet);
}

Image pointFigure(std::span<const float> places, std::span<const int32_t> labels, std::span<const std::string> names,
                  int64_t side, const std::string& title) {
  constexpr int64_t kDot = 3;
  const bool hasLegend = !labels.empty() && !names.empty() && names.size() <= kClassColours.size();
  int64_t legend = 0;
  for (const std::string& name : names)
    if (hasLegend) legend = std::max(legend, widthOfWords(name) + 4 * kRim);
  Image figure = blankImage(std::max(side + legend, widthOfWords(title)), side + kLine);
  writeWords(figure, 0, 0, title);
  std::array<float, 2> low{}, high{};
  for (size_t i = 0; i < places.size(); ++i) {
    low[i % 2] = i < 2 ? places[i] : std::min(low[i % 2], places[i]);
    high[i % 2] = i < 2 ? places[i] : std::max(high[i % 2], places[i]);
  }
  const auto at = [&](size_t point, size_t axis) {
    const float range = high[axis] - low[axis];
    const float share = range > 0 ? (places[2 * point + axis] - low[axis]) / range : 0.5F;
    return std::lround(static_cast<double>(share) * static_cast<double>(side - kDot));
  };
  for (size_t point = 0; 2 * point < places.size(); ++point) {
    const bool isKnown = !labels.empty() && labels[point] >= 0;
    const Rgb colour = isKnown ? kClassColours[static_cast<size_t>(labels[point]) % kClassColours.size()] : kGrey;
    fillRectangle(figure, at(point, 0), kLine + side - kDot - at(point, 1), kDot, kDot, colour);
  }
  for (size_t i = 0; i < names.size() && hasLegend; ++i) {
    const int64_t y = kLine + static_cast<int64_t>(i) * kLine;
    fillRectangle(figure, side + kRim, y, kLetterHeight, kLetterHeight, kClassColours[i]);
    writeWords(figure, side + 3 * kRim, y, names[i]);
  }
  return withMargin(figure);
}

}  // namespace scanline
