// Windows' bitmaps without compression. No library of Debian reads these alone, and those that read dozens of formats
// are larger than all others together.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "core/base/error.h"
#include "core/data/image_decoders.h"

namespace scanline {

namespace {

/// Little-endian numbers at places that are checked.
class Fields {
 public:
  Fields(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  uint32_t number(size_t at, size_t size) const {
    if (at + size > bytes_.size()) fail("it is cut off");
    uint32_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(fmt::format("{} does not decode as BMP: {}. Convert it to PNG or fetch it again.", source_, reason));
  }
  size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  const std::string& source_;
};

struct Header {
  size_t pixels = 0, palette = 0, entryBytes = 4;  ///< places in the file; bytes of a palette's colour
  int64_t width = 0, height = 0;
  bool fromAbove = false;
  uint32_t bits = 0, colours = 0;
  std::array<uint32_t, 4> masks{};  ///< of red, green, blue and opacity, with 16 and 32 bits
};

void readMasks(const Fields& file, uint32_t headerSize, uint32_t compression, Header& header) {
  constexpr uint32_t kPlain = 0, kMasks = 3, kMasksWithOpacity = 6;
  if (compression == kPlain && header.bits == 16) header.masks = {0x7C00, 0x3E0, 0x1F, 0};
  if (compression == kPlain && header.bits == 32) header.masks = {0xFF0000, 0xFF00, 0xFF, 0};
  if (compression == kPlain) return;
  if ((compression != kMasks && compression != kMasksWithOpacity) || header.bits < 16)
    file.fail(fmt::format("its compression {} is not read", compression));
  constexpr size_t kFirstMask = 54;
  const size_t count = compression == kMasksWithOpacity || headerSize >= 56 ? 4 : 3;
  for (size_t i = 0; i < count; ++i) header.masks.at(i) = file.number(kFirstMask + 4 * i, 4);
}

Header readHeader(const Fields& file) {
  Header header{.pixels = file.number(10, 4)};
  const uint32_t size = file.number(14, 4);
  header.palette = 14 + size_t{size};
  if (size == 12) {  // of OS/2 and Windows 2
    header.width = file.number(18, 2);
    header.height = file.number(20, 2);
    header.bits = file.number(24, 2);
    header.entryBytes = 3;
  } else {
    header.width = static_cast<int32_t>(file.number(18, 4));
    header.height = static_cast<int32_t>(file.number(22, 4));
    header.fromAbove = header.height < 0;
    if (header.fromAbove) header.height = -header.height;
    header.bits = file.number(28, 2);
    header.colours = file.number(46, 4);
    readMasks(file, size, file.number(30, 4), header);
  }
  constexpr std::array<uint32_t, 6> kBits{1, 4, 8, 16, 24, 32};
  if (std::ranges::find(kBits, header.bits) == kBits.end())
    file.fail(fmt::format("it has {} bits a pixel; 1, 4, 8, 16, 24 and 32 are read", header.bits));
  return header;
}

/// One of the fields of a pixel, spread over 0..255.
uint8_t level(uint32_t pixel, uint32_t mask) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const uint64_t most = mask >> shift;
  return static_cast<uint8_t>((uint64_t{(pixel & mask) >> shift} * 255 + most / 2) / most);
}

class Decoder {
 public:
  Decoder(const Fields& file, const Header& header) : file_(file), header_(header) {
    const uint32_t most = 1U << std::min(header.bits, 8U);
    colours_ = header.bits > 8 ? 0 : header.colours == 0 ? most : std::min(header.colours, most);
  }

  /// The pixel in column x of the row that begins at `line`.
  std::array<uint8_t, 4> pixel(size_t line, size_t x) const {
    const uint32_t bits = header_.bits;
    if (bits == 24) return colour(line + 3 * x);
    if (bits > 8) {
      const uint32_t value = file_.number(line + x * bits / 8, bits / 8);
      const auto& masks = header_.masks;
      return {level(value, masks[0]), level(value, masks[1]), level(value, masks[2]),
              masks[3] == 0 ? uint8_t{255} : level(value, masks[3])};
    }
    const uint32_t byte = file_.number(line + x * bits / 8, 1);
    const uint32_t number = byte >> (8 - bits - x * bits % 8) & ((1U << bits) - 1);
    if (number >= colours_) file_.fail(fmt::format("it uses colour {} of {}", number, colours_));
    return colour(header_.palette + number * header_.entryBytes);
  }

 private:
  /// Files hold blue first.
  std::array<uint8_t, 4> colour(size_t at) const {
    const uint32_t value = file_.number(at, 3);
    return {static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value), 255};
  }

  const Fields& file_;
  const Header& header_;
  uint32_t colours_ = 0;
};

}  // namespace

Raster decodeBmp(std::string_view bytes, const std::string& source) {
  const Fields file(bytes, source);
  const Header header = readHeader(file);
  if (header.width < 1 || header.height < 1)
    file.fail(fmt::format("it declares {} x {} pixels", header.width, header.height));
  checkPixels(static_cast<uint64_t>(header.width), static_cast<uint64_t>(header.height), source);
  const size_t width = static_cast<size_t>(header.width), height = static_cast<size_t>(header.height);
  const size_t line = (header.bits * width + 31) / 32 * 4;
  if (header.pixels + line * height > file.size()) file.fail("it is cut off");

  const bool opaque = header.masks[3] == 0;
  const Decoder decoder(file, header);
  Raster out{.width = header.width, .height = header.height, .channels = opaque ? 3 : 4};
  out.pixels.reserve(static_cast<size_t>(out.channels) * width * height);
  bool anything = false;
  for (size_t y = 0; y < height; ++y) {
    const size_t from = header.pixels + line * (header.fromAbove ? y : height - 1 - y);
    for (size_t x = 0; x < width; ++x) {
      const auto pixel = decoder.pixel(from, x);
      out.pixels.insert(out.pixels.end(), pixel.begin(), pixel.begin() + out.channels);
      anything |= pixel[3] != 0;
    }
  }
  if (!anything)  // the mask is there, but the program that wrote the file filled in nothing
    for (size_t i = 3; i < out.pixels.size(); i += 4) out.pixels[i] = 255;
  return out;
}

}  // namespace scanline
