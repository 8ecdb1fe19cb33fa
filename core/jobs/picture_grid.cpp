#include "experiments/picture_grid.h"

#include <algorithm>

#include "core/tokens/tokens.h"

namespace scanline {
namespace {

constexpr uint8_t kBackground = 38;  // dark grey: black and white pictures both stand out from it

/// A canvas that pictures are put on, by row and column.
class Sheet {
 public:
  Sheet(int64_t rows, int64_t columns, const SampleSet& set, const Palette& palette, const GridLayout& layout)
      : set_(set), palette_(palette), layout_(layout) {
    sheet_.width = columns * set.width * layout.scale + (columns - 1) * layout.gap;
    sheet_.height = rows * set.height * layout.scale + (rows - 1) * layout.gap;
    sheet_.rgb.assign(static_cast<size_t>(3 * sheet_.width * sheet_.height), kBackground);
  }

  /// Shows the first `tokens` of a picture.
  void put(int64_t row, int64_t column, const std::vector<Token>& picture, int64_t tokens) {
    const int64_t left = column * (set_.width * layout_.scale + layout_.gap);
    const int64_t top = row * (set_.height * layout_.scale + layout_.gap);
    for (int64_t i = 0; i < tokens; ++i) {
      const auto rgb = palette_.rgb(picture[static_cast<size_t>(i)]);
      fill(left + i % set_.width * layout_.scale, top + i / set_.width * layout_.scale, rgb);
    }
  }

  Image take() { return std::move(sheet_); }

 private:
  void fill(int64_t x, int64_t y, const std::array<uint8_t, 3>& rgb) {
    for (int64_t dy = 0; dy < layout_.scale; ++dy) {
      for (int64_t dx = 0; dx < layout_.scale; ++dx) {
        std::ranges::copy(rgb, sheet_.rgb.begin() + 3 * ((y + dy) * sheet_.width + x + dx));
      }
    }
  }

  const SampleSet& set_;
  const Palette& palette_;
  const GridLayout& layout_;
  Image sheet_;
};

}  // namespace

Image pictureGrid(const SampleSet& set, const Palette& palette, const GridLayout& layout) {
  const int64_t pixels = set.width * set.height;
  const auto count = std::ssize(set.samples);
  if (set.originals.empty()) {
    const int64_t columns = std::clamp<int64_t>(layout.columns, 1, std::max<int64_t>(1, count));
    const int64_t rows = std::min((count + columns - 1) / columns, layout.rows);
    Sheet sheet(rows, columns, set, palette, layout);
    for (int64_t i = 0; i < std::min(count, rows * columns); ++i) {
      sheet.put(i / columns, i % columns, set.samples[static_cast<size_t>(i)], pixels);
    }
    return sheet.take();
  }
  const int64_t rows = std::min<int64_t>(std::ssize(set.originals), layout.rows);
  Sheet sheet(rows, 2 + set.perPrompt, set, palette, layout);
  for (int64_t row = 0; row < rows; ++row) {
    const auto& original = set.originals[static_cast<size_t>(row)];
    sheet.put(row, 0, original, pixels);
    sheet.put(row, 1, original, set.given);
    for (int64_t k = 0; k < set.perPrompt; ++k) {
      sheet.put(row, 2 + k, set.samples[static_cast<size_t>(row * set.perPrompt + k)], pixels);
    }
  }
  return sheet.take();
}

}  // namespace scanline
