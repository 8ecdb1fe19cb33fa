#include "experiments/picture_grid.h"

#include <algorithm>

#include "core/tokens/tokens.h"

namespace scanline {
namespace {

constexpr uint8_t kBackground = 38;  // dark grey: black and white pictures both stand out from it

/// A canvas that pictures are put on, by row and column.
class Sheet {
 public:
  Sheet(int64_t rows, int64_t columns, const PictureSize& size, const GridLayout& layout)
      : size_(size), layout_(layout) {
    sheet_.width = columns * size.width * layout.scale + (columns - 1) * layout.gap;
    sheet_.height = rows * size.height * layout.scale + (rows - 1) * layout.gap;
    sheet_.rgb.assign(static_cast<size_t>(3 * sheet_.width * sheet_.height), kBackground);
  }

  /// Shows the first `pixels` of a picture.
  void put(int64_t row, int64_t column, const std::vector<uint8_t>& rgb, int64_t pixels) {
    const int64_t left = column * (size_.width * layout_.scale + layout_.gap);
    const int64_t top = row * (size_.height * layout_.scale + layout_.gap);
    for (int64_t i = 0; i < pixels; ++i)
      fill(left + i % size_.width * layout_.scale, top + i / size_.width * layout_.scale,
           &rgb[static_cast<size_t>(3 * i)]);
  }

  Image take() { return std::move(sheet_); }

 private:
  void fill(int64_t x, int64_t y, const uint8_t* rgb) {
    for (int64_t dy = 0; dy < layout_.scale; ++dy) {
      for (int64_t dx = 0; dx < layout_.scale; ++dx) {
        std::copy_n(rgb, 3, sheet_.rgb.begin() + 3 * ((y + dy) * sheet_.width + x + dx));
      }
    }
  }

  PictureSize size_;
  GridLayout layout_;
  Image sheet_;
};

/// The pictures of a set as RGB, whatever its tokens are.
class Pictures {
 public:
  Pictures(const SampleSet& set, const Palette& palette) : set_(set), palette_(palette) {}

  std::vector<uint8_t> original(int64_t index) const { return picture(set_.originals, set_.originalPixels, index); }
  std::vector<uint8_t> sample(int64_t index) const { return picture(set_.samples, set_.samplePixels, index); }

 private:
  std::vector<uint8_t> picture(const std::vector<std::vector<Token>>& tokens,
                               const std::vector<std::vector<uint8_t>>& pixels, int64_t index) const {
    const auto i = static_cast<size_t>(index);
    return set_.pixelWidth > 0 ? pixels[i] : toImage(tokens[i], palette_, set_.width).rgb;
  }

  const SampleSet& set_;
  const Palette& palette_;
};

struct Cells {
  int64_t columns, rows;
};

Cells cellsFor(int64_t count, const GridLayout& layout) {
  const int64_t columns = std::clamp<int64_t>(layout.columns, 1, std::max<int64_t>(1, count));
  return {columns, std::min((count + columns - 1) / columns, layout.rows)};
}

Image wholeImages(const SampleSet& set, const Pictures& pictures, const PictureSize& size, const GridLayout& layout) {
  const auto count = std::ssize(set.samples);
  const auto [columns, rows] = cellsFor(count, layout);
  Sheet sheet(rows, columns, size, layout);
  for (int64_t i = 0; i < std::min(count, rows * columns); ++i)
    sheet.put(i / columns, i % columns, pictures.sample(i), size.width * size.height);
  return sheet.take();
}

Image reconstructions(const SampleSet& set, const Pictures& pictures, const PictureSize& size, GridLayout layout) {
  const auto count = std::ssize(set.originals);
  layout.rows = std::max<int64_t>(1, layout.rows / 2);
  const auto [columns, rows] = cellsFor(count, layout);
  Sheet sheet(2 * rows, columns, size, layout);
  for (int64_t i = 0; i < std::min(count, rows * columns); ++i) {
    sheet.put(i / columns * 2, i % columns, pictures.original(i), size.width * size.height);
    sheet.put(i / columns * 2 + 1, i % columns, pictures.sample(i), size.width * size.height);
  }
  return sheet.take();
}

}  // namespace

PictureSize pictureSize(const SampleSet& set) {
  return set.pixelWidth > 0 ? PictureSize{set.pixelWidth, set.pixelHeight} : PictureSize{set.width, set.height};
}

bool areReconstructions(const SampleSet& set) {
  return !set.originals.empty() && set.given >= set.width * set.height;
}

Image pictureGrid(const SampleSet& set, const Palette& palette, const GridLayout& layout) {
  const PictureSize size = pictureSize(set);
  const Pictures pictures(set, palette);
  if (set.originals.empty()) return wholeImages(set, pictures, size, layout);
  if (areReconstructions(set)) return reconstructions(set, pictures, size, layout);
  const int64_t pixels = size.width * size.height;
  const int64_t given = set.pixelWidth > 0 ? set.given / set.width * (size.height / set.height) * size.width : set.given;
  const int64_t rows = std::min<int64_t>(std::ssize(set.originals), layout.rows);
  Sheet sheet(rows, 2 + set.perPrompt, size, layout);
  for (int64_t row = 0; row < rows; ++row) {
    const auto original = pictures.original(row);
    sheet.put(row, 0, original, pixels);
    sheet.put(row, 1, original, given);
    for (int64_t k = 0; k < set.perPrompt; ++k) sheet.put(row, 2 + k, pictures.sample(row * set.perPrompt + k), pixels);
  }
  return sheet.take();
}

}  // namespace scanline
