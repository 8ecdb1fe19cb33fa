#include "core/jobs/picture_grid.h"

#include <algorithm>
#include <cassert>

#include "core/tokens/tokens.h"

namespace scanline {
namespace {

constexpr uint8_t kBackground = 38;  // dark grey: black and white pictures both stand out from it

/// The pictures of a set as pixels, whether it holds these or tokens.
class Pictures {
 public:
  Pictures(const SampleSet& set, const std::optional<Palette>& palette)
      : set_(set), palette_(palette), hasPixels_(!set.samplePixels.empty()) {
    assert(hasPixels_ || palette);
  }

  int64_t width() const { return hasPixels_ ? set_.pixelWidth : set_.width; }
  int64_t height() const { return hasPixels_ ? set_.pixelHeight : set_.height; }
  Image original(int64_t index) const { return at(set_.originals, set_.originalPixels, index); }
  /// The pictures a row of completions has before the drawn ones, in order, and how many pixels of each are shown.
  std::vector<std::pair<Image, int64_t>> before(int64_t prompt) const {
    const int64_t whole = width() * height();
    std::vector<std::pair<Image, int64_t>> pictures;
    if (hasTruth())
      pictures.emplace_back(Image{width(), height(), set_.truePixels[static_cast<size_t>(prompt)]}, whole);
    pictures.emplace_back(original(prompt), whole);
    pictures.emplace_back(original(prompt), given());
    return pictures;
  }
  bool hasTruth() const { return hasPixels_ && set_.truePixels.size() == set_.originals.size(); }
  Image sample(int64_t index) const { return at(set_.samples, set_.samplePixels, index); }
  /// Pixels, in raster order, that the given tokens cover.
  int64_t given() const { return set_.given * width() * height() / std::max<int64_t>(1, set_.width * set_.height); }

 private:
  Image at(const std::vector<std::vector<Token>>& tokens, const std::vector<std::vector<uint8_t>>& pixels,
           int64_t index) const {
    const auto place = static_cast<size_t>(index);
    if (hasPixels_) return {width(), height(), pixels[place]};
    return toImage(tokens[place], *palette_, set_.width);
  }

  const SampleSet& set_;
  const std::optional<Palette>& palette_;
  bool hasPixels_;
};

/// A canvas that pictures of one size are put on, by row and column.
class Sheet {
 public:
  Sheet(int64_t rows, int64_t columns, const Pictures& pictures, const SheetLayout& layout)
      : width_(pictures.width()), height_(pictures.height()), layout_(layout) {
    sheet_.width = columns * width_ * layout.scale + (columns - 1) * layout.gap;
    sheet_.height = rows * height_ * layout.scale + (rows - 1) * layout.gap;
    sheet_.rgb.assign(static_cast<size_t>(3 * sheet_.width * sheet_.height), kBackground);
  }

  /// Shows the first `pixels` of a picture.
  void put(int64_t row, int64_t column, const Image& picture, int64_t pixels) {
    const int64_t left = column * (width_ * layout_.scale + layout_.gap);
    const int64_t top = row * (height_ * layout_.scale + layout_.gap);
    for (int64_t i = 0; i < pixels; ++i) {
      const auto rgb = std::span(picture.rgb).subspan(static_cast<size_t>(3 * i), 3);
      fill(left + i % width_ * layout_.scale, top + i / width_ * layout_.scale, rgb);
    }
  }

  Image take() { return std::move(sheet_); }

 private:
  void fill(int64_t x, int64_t y, std::span<const uint8_t> rgb) {
    for (int64_t dy = 0; dy < layout_.scale; ++dy) {
      for (int64_t dx = 0; dx < layout_.scale; ++dx) {
        std::ranges::copy(rgb, sheet_.rgb.begin() + 3 * ((y + dy) * sheet_.width + x + dx));
      }
    }
  }

  int64_t width_, height_;
  SheetLayout layout_;
  Image sheet_;
};

/// Rows of originals, and below each the row of pictures made of them.
Image reconstructionGrid(const Pictures& pictures, int64_t count, const SheetLayout& layout) {
  const int64_t columns = std::clamp<int64_t>(layout.columns, 1, count);
  const int64_t rows = std::min((count + columns - 1) / columns, std::max<int64_t>(1, layout.rows / 2));
  const int64_t whole = pictures.width() * pictures.height();
  Sheet sheet(2 * rows, columns, pictures, layout);
  for (int64_t i = 0; i < std::min(count, rows * columns); ++i) {
    sheet.put(i / columns * 2, i % columns, pictures.original(i), whole);
    sheet.put(i / columns * 2 + 1, i % columns, pictures.sample(i), whole);
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

Image pictureGrid(const SampleSet& set, const std::optional<Palette>& palette, const SheetLayout& layout) {
  const Pictures pictures(set, palette);
  const int64_t whole = pictures.width() * pictures.height();
  const auto count = std::ssize(set.samples);
  if (set.originals.empty()) {
    const int64_t columns = std::clamp<int64_t>(layout.columns, 1, std::max<int64_t>(1, count));
    const int64_t rows = std::min((count + columns - 1) / columns, layout.rows);
    Sheet sheet(rows, columns, pictures, layout);
    for (int64_t i = 0; i < std::min(count, rows * columns); ++i)
      sheet.put(i / columns, i % columns, pictures.sample(i), whole);
    return sheet.take();
  }
  if (areReconstructions(set)) return reconstructionGrid(pictures, count, layout);
  const int64_t rows = std::min<int64_t>(std::ssize(set.originals), layout.rows);
  const int64_t columns = (pictures.hasTruth() ? 3 : 2) + set.perPrompt;
  Sheet sheet(rows, columns, pictures, layout);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t column = 0;
    for (const auto& [picture, shown] : pictures.before(row)) sheet.put(row, column++, picture, shown);
    for (int64_t k = 0; k < set.perPrompt; ++k)
      sheet.put(row, column++, pictures.sample(row * set.perPrompt + k), whole);
  }
  return sheet.take();
}

}  // namespace scanline
