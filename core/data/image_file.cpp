#include "core/data/image_file.h"

#include <fmt/format.h>

#include <png.h>
#include <algorithm>

#include <cassert>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image_decoders.h"

namespace scanline {

void checkPixels(uint64_t width, uint64_t height, const std::string& source) {
  if (width == 0 || height == 0 || width > kMostPixels / height)
    throw Error(fmt::format("{} declares {} x {} pixels; images of 1 to {} million pixels are read.", source, width,
                            height, kMostPixels / 1'000'000));
}

Decoded decodeImage(std::string_view bytes, const std::string& source) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return decodePng(bytes, source);
  if (bytes.starts_with("\xff\xd8\xff")) return decodeJpeg(bytes, source);
  throw Error(fmt::format("{} is {}, neither PNG nor JPEG. Remove it or convert it.", source,
                          bytes.empty() ? "empty" : "another kind of file"));
}

Decoded decodeFile(const std::string& file) {
  constexpr uint64_t kLargestFile = 512 << 20;
  return decodeImage(readFile(file, kLargestFile), file);
}

Image readImage(const std::filesystem::path& file) {
  return decodeFile(file.string()).image;
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
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

void writePng(const std::filesystem::path& file, const Image& image) {
  writeFileAtomically(file, encodePng(image));
}

}  // namespace scanline
