#include "core/data/orientation.h"

#include <algorithm>

namespace scanline {

int exifOrientation(std::string_view exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  const std::string_view tiff = exif.starts_with(kPrefix) ? exif.substr(kPrefix.size()) : exif;
  const bool little = tiff.starts_with("II");
  if (!little && !tiff.starts_with("MM")) return 1;
  const auto number = [&](size_t at, size_t size) -> uint32_t {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t place = little ? at + size - 1 - i : at + i;
      value = value << 8 | (place < tiff.size() ? static_cast<unsigned char>(tiff[place]) : 0U);
    }
    return value;
  };
  const size_t directory = number(4, 4);
  if (directory >= tiff.size()) return 1;
  const size_t entries = std::min<size_t>(number(directory, 2), tiff.size() / 12);
  for (size_t i = 0; i < entries; ++i) {
    constexpr uint32_t kOrientation = 0x0112, kLong = 4;
    const size_t entry = directory + 2 + 12 * i;
    if (number(entry, 2) != kOrientation) continue;
    const uint32_t value = number(entry + 8, number(entry + 2, 2) == kLong ? 4 : 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const bool lies = orientation >= 5;  // rows of the file are columns of the picture
  const bool fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool fromBelow = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out{lies ? image.height : image.width, lies ? image.width : image.height, {}};
  out.rgb.resize(image.rgb.size());
  uint8_t* to = out.rgb.data();
  for (int64_t y = 0; y < out.height; ++y)
    for (int64_t x = 0; x < out.width; ++x, to += 3) {
      const int64_t column = lies ? y : x, row = lies ? x : y;
      const int64_t fromX = fromRight ? image.width - 1 - column : column;
      const int64_t fromY = fromBelow ? image.height - 1 - row : row;
      std::copy_n(&image.rgb[static_cast<size_t>(3 * (fromY * image.width + fromX))], 3, to);
    }
  return out;
}

}  // namespace scanline
