// libjpeg asks its error handler not to return. As in png_decoder.cpp it jumps, and all that owns memory lies outside.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>

// needs size_t and FILE from above
#include <jpeglib.h>

// has all its codes only after jpeglib.h
#include <jerror.h>

#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/data/orientation.h"

namespace scanline {

namespace {

struct Reader {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf jump{};
  char reason[JMSG_LENGTH_MAX] = "";
  std::string_view input;
  JSAMPROW line = nullptr;  ///< where the next row goes
  size_t lineBytes = 0;

  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { jpeg_destroy_decompress(&info); }
};

[[noreturn]] void onError(j_common_ptr info) {
  auto& reader = *static_cast<Reader*>(info->client_data);
  (*info->err->format_message)(info, reader.reason);
  std::longjmp(reader.jump, 1);
}

/// Most warnings are harmless. These mean that the decoder filled in missing pixels.
void onMessage(j_common_ptr info, int level) {
  constexpr std::array<int, 6> kLostPixels{JWRN_JPEG_EOF,       JWRN_HIT_MARKER,  JWRN_HUFF_BAD_CODE,
                                           JWRN_ARITH_BAD_CODE, JWRN_MUST_RESYNC, JWRN_BOGUS_PROGRESSION};
  if (level < 0 && std::ranges::find(kLostPixels, info->err->msg_code) != kLostPixels.end()) onError(info);
}

/// Calls step(reader); false if libjpeg gave up in it.
bool guarded(Reader& reader, void (*step)(Reader&)) {
  if (setjmp(reader.jump)) return false;
  step(reader);
  return true;
}

void readHeader(Reader& reader) {
  jpeg_create_decompress(&reader.info);
  reader.info.client_data = &reader;
  jpeg_save_markers(&reader.info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_mem_src(&reader.info, reinterpret_cast<const unsigned char*>(reader.input.data()), reader.input.size());
  jpeg_read_header(&reader.info, TRUE);
}

void readPixels(Reader& reader) {
  jpeg_start_decompress(&reader.info);
  while (reader.info.output_scanline < reader.info.output_height) {
    jpeg_read_scanlines(&reader.info, &reader.line, 1);
    reader.line += reader.lineBytes;
  }
  jpeg_finish_decompress(&reader.info);
}

/// Pillow's formula: the file holds 255 - ink (Adobe's convention), a * b / 255 rounded.
std::vector<uint8_t> cmykToRgb(const std::vector<uint8_t>& inverted) {
  std::vector<uint8_t> rgb;
  rgb.reserve(inverted.size() / 4 * 3);
  for (size_t i = 0; i < inverted.size(); i += 4) {
    const int light = inverted[i + 3];
    for (size_t c = 0; c < 3; ++c) {
      const int product = (255 - inverted[i + c]) * light + 128;
      rgb.push_back(static_cast<uint8_t>(std::max(0, light - ((product >> 8) + product) / 256)));
    }
  }
  return rgb;
}

/// Of the first EXIF block that names one.
int orientationOf(const jpeg_decompress_struct& info) {
  for (const jpeg_marker_struct* marker = info.marker_list; marker; marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (!data.starts_with("Exif")) continue;  // the same kind of block also holds XMP
    if (const int orientation = exifOrientation(data); orientation != 1) return orientation;
  }
  return 1;
}

}  // namespace

Raster decodeJpeg(std::string_view bytes, const std::string& source) {
  Reader reader;
  reader.input = bytes;
  reader.info.err = jpeg_std_error(&reader.errors);
  reader.info.client_data = &reader;
  reader.errors.error_exit = onError;
  reader.errors.emit_message = onMessage;
  const auto fail = [&] {
    throw Error(fmt::format("{} does not decode as JPEG: {}. Remove it or fetch it again.", source, reader.reason));
  };
  if (!guarded(reader, readHeader)) fail();
  auto& info = reader.info;
  checkPixels(info.image_width, info.image_height, source);
  const bool cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;

  Raster out{.width = info.image_width, .height = info.image_height};
  out.orientation = orientationOf(info);
  reader.lineBytes = static_cast<size_t>(info.image_width) * (cmyk ? 4 : 3);
  std::vector<uint8_t> pixels(reader.lineBytes * info.image_height);
  reader.line = pixels.data();
  if (!guarded(reader, readPixels)) fail();
  out.pixels = cmyk ? cmykToRgb(pixels) : std::move(pixels);
  return out;
}

}  // namespace scanline
