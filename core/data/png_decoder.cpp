// libpng reports errors by longjmp, which must not leave a frame that has something to destroy. So everything that owns
// memory lies in Reader, outside of the jump, and libpng is called from plain functions behind guarded() alone.
#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/data/orientation.h"

namespace scanline {

namespace {

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string_view rest;  ///< input not yet read
  std::vector<png_bytep> rows;
  char reason[100] = "out of memory";

  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void onError(png_structp png, png_const_charp reason) {
  auto& reader = *static_cast<Reader*>(png_get_error_ptr(png));
  std::strncpy(reader.reason, reason, sizeof(reader.reason) - 1);
  png_longjmp(png, 1);
}

/// Ignored: warnings are about properties without use here, such as unknown colour profiles.
void onWarning(png_structp, png_const_charp) {}

void onRead(png_structp png, png_bytep to, size_t count) {
  auto& reader = *static_cast<Reader*>(png_get_io_ptr(png));
  if (count > reader.rest.size()) png_error(png, "the file ends too early");
  std::memcpy(to, reader.rest.data(), count);
  reader.rest.remove_prefix(count);
}

/// Calls step(reader); false if libpng gave up in it.
bool guarded(Reader& reader, void (*step)(Reader&)) {
  if (setjmp(png_jmpbuf(reader.png))) return false;
  step(reader);
  return true;
}

void readHeader(Reader& reader) {
  png_set_read_fn(reader.png, &reader, onRead);
  png_set_user_limits(reader.png, kMostPixels, kMostPixels);
  png_read_info(reader.png, reader.info);
}

/// Every kind of pixel becomes RGB of 8 or 16 bits, with its opacity if it has any.
void askForRgb(Reader& reader) {
  png_set_expand_gray_1_2_4_to_8(reader.png);
  png_set_palette_to_rgb(reader.png);
  png_set_gray_to_rgb(reader.png);
  if (png_get_valid(reader.png, reader.info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(reader.png);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
}

void readPixels(Reader& reader) {
  png_read_image(reader.png, reader.rows.data());
  png_read_end(reader.png, reader.info);  // a file that is cut off behind its pixels is still cut off
}

int orientationOf(const Reader& reader) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (!png_get_eXIf_1(reader.png, reader.info, &size, &exif)) return 1;
  return exifOrientation({reinterpret_cast<const char*>(exif), size});
}

}  // namespace

Raster decodePng(std::string_view bytes, const std::string& source) {
  Reader reader;
  reader.rest = bytes;
  const auto fail = [&] {
    throw Error(fmt::format("{} does not decode as PNG: {}. Remove it or fetch it again.", source, reader.reason));
  };
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, onError, onWarning);
  if (!reader.png) fail();
  reader.info = png_create_info_struct(reader.png);
  if (!reader.info || !guarded(reader, readHeader)) fail();

  const uint64_t width = png_get_image_width(reader.png, reader.info);
  const uint64_t height = png_get_image_height(reader.png, reader.info);
  checkPixels(width, height, source);
  constexpr uint64_t kBestRatio = 1032;  // of deflate
  checkRatio(png_get_rowbytes(reader.png, reader.info) * height, kBestRatio, bytes, source);
  if (!guarded(reader, askForRgb)) fail();

  const size_t line = png_get_rowbytes(reader.png, reader.info);
  std::vector<uint8_t> pixels(line * height);
  for (size_t y = 0; y < height; ++y) reader.rows.push_back(&pixels[y * line]);
  if (!guarded(reader, readPixels)) fail();

  if (png_get_bit_depth(reader.png, reader.info) == 16) {  // big-endian; // 257 takes 65535 to 255 and 0 to 0
    for (size_t i = 0; i < pixels.size() / 2; ++i)
      pixels[i] = static_cast<uint8_t>((pixels[2 * i] << 8 | pixels[2 * i + 1]) / 257);
    pixels.resize(pixels.size() / 2);
  }
  return {.width = static_cast<int64_t>(width),
          .height = static_cast<int64_t>(height),
          .channels = png_get_channels(reader.png, reader.info),
          .pixels = std::move(pixels),
          .orientation = orientationOf(reader)};
}

}  // namespace scanline
