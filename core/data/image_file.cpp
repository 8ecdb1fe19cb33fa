#include "core/data/image_file.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/file_bytes.h"
#include "core/base/text.h"
#include "core/data/image_decoders.h"
#include "core/data/orientation.h"

namespace scanline {

namespace {

constexpr uint64_t kLargestFile = 512 << 20;  ///< bytes of a picture's file

struct Format {
  bool (*begins)(std::string_view bytes);
  Raster (*decode)(std::string_view bytes, const std::string& source);
};

/// "BM" alone begins many a text, so the fields behind it are looked at as well.
bool isBmp(std::string_view bytes) {
  constexpr std::array<int, 7> kHeaderSizes{12, 40, 52, 56, 64, 108, 124};
  return bytes.starts_with("BM") && bytes.size() >= 18 && bytes.substr(6, 4) == std::string_view("\0\0\0\0", 4) &&
         bytes.substr(15, 3) == std::string_view("\0\0\0", 3) &&
         std::ranges::find(kHeaderSizes, int{static_cast<unsigned char>(bytes[14])}) != kHeaderSizes.end();
}

constexpr std::array<Format, 6> kFormats{
    {{[](std::string_view b) { return b.starts_with("\x89PNG\r\n\x1a\n"); }, decodePng},
     {[](std::string_view b) { return b.starts_with("\xff\xd8\xff"); }, decodeJpeg},
     {[](std::string_view b) { return b.starts_with("RIFF") && b.size() >= 12 && b.substr(8, 4) == "WEBP"; },
      decodeWebp},
     {[](std::string_view b) {
        return b.starts_with(std::string_view("II*\0", 4)) || b.starts_with(std::string_view("MM\0*", 4)) ||
               b.starts_with(std::string_view("II+\0", 4)) || b.starts_with(std::string_view("MM\0+", 4));
      },
      decodeTiff},
     {[](std::string_view b) { return b.starts_with("GIF87a") || b.starts_with("GIF89a"); }, decodeGif},
     {isBmp, decodeBmp}}};

const Format* formatOf(std::string_view bytes) {
  const auto format = std::ranges::find_if(kFormats, [&](const Format& f) { return f.begins(bytes); });
  return format == kFormats.end() ? nullptr : format;
}

/// A name for the content of a file that is none of the formats.
std::string_view kindOf(std::string_view bytes) {
  if (bytes.empty()) return "empty";
  if (bytes.size() >= 12 && bytes.substr(4, 4) == "ftyp") return "a HEIC or AVIF picture or a film";
  if (bytes.starts_with("<")) return "a web page or an SVG drawing";
  return "another kind of file";
}

/// The colours of a raster, over `background` where they let it through.
Image laidOver(Raster raster, Rgb background, bool& transparent) {
  Image image{raster.width, raster.height, std::move(raster.pixels)};
  if (raster.channels == 3) return image;
  auto& bytes = image.rgb;
  const size_t pixels = bytes.size() / 4;
  for (size_t i = 0; i < pixels; ++i) {
    const int opacity = bytes[4 * i + 3];
    transparent |= opacity < 255;
    for (size_t c = 0; c < 3; ++c)
      bytes[3 * i + c] =
          static_cast<uint8_t>((bytes[4 * i + c] * opacity + background[c] * (255 - opacity) + 127) / 255);
  }
  bytes.resize(3 * pixels);
  return image;
}

}  // namespace

void checkPixels(uint64_t width, uint64_t height, const std::string& source) {
  if (width == 0 || height == 0 || width > kMostPixels / height)
    throw Error(fmt::format("{} declares {} x {} pixels; images of 1 to {} million pixels are read.", source, width,
                            height, kMostPixels / 1'000'000));
}

void checkRatio(uint64_t pictureBytes, uint64_t ratio, std::string_view file, const std::string& source) {
  if (pictureBytes > ratio * file.size())
    throw Error(
        fmt::format("{} declares a picture of {} bytes, which its {} bytes cannot hold. It is cut off; fetch it again.",
                    source, pictureBytes, file.size()));
}

Decoded decodeImage(std::string_view bytes, const std::string& source, Rgb background) {
  refuseLfsPointer(source, bytes);
  const Format* format = formatOf(bytes);
  if (!format)
    throw Error(
        fmt::format("{} is {}, neither PNG, JPEG, WebP, TIFF, GIF nor BMP. Remove it or convert it to one of these.",
                    source, kindOf(bytes)));
  Raster raster = format->decode(bytes, source);
  Decoded decoded;
  const int orientation = raster.orientation;
  decoded.turned = orientation != 1;
  decoded.image = upright(laidOver(std::move(raster), background, decoded.transparent), orientation);
  return decoded;
}

Decoded decodeFile(const std::string& file, Rgb background) {
  return decodeImage(readFile(file, kLargestFile), file, background);
}

bool isPicture(std::string_view first) {
  return formatOf(first) != nullptr;
}

Image readImage(const std::filesystem::path& file, Rgb background) {
  return decodeFile(file.string(), background).image;
}

std::string encodePng(const Image& image) {
  assert(std::ssize(image.rgb) == 3 * image.width * image.height && image.width > 0 && image.height > 0);
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&header, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr))
    throw Error(fmt::format("A PNG of {} x {} pixels cannot be made: {}.", image.width, image.height, header.message));
  bytes.resize(size);
  return bytes;
}

bool isPictureName(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 14> kEndings{".png",  ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp",
                                                      ".webp", ".tif", ".tiff", ".gif", ".bmp",  ".dib",   ".apng"};
  return std::ranges::find(kEndings, lowerCase(file.extension().string())) != kEndings.end();
}

bool isPictureFile(const std::filesystem::path& file) {
  if (isPictureName(file)) return true;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;  // a pipe would be waited for
  std::array<char, 32> first{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(first.data(), first.size());
  return isPicture({first.data(), static_cast<size_t>(stream.gcount())});
}

void writePng(const std::filesystem::path& file, const Image& image) {
  writeFileAtomically(file, encodePng(image));
}

}  // namespace scanline
