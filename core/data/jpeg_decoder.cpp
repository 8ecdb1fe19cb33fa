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

/// Most warnings speak of harmless oddities. These say that pixels were made up.
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

/// Whether the EXIF block (TIFF inside) has an Orientation other than 1. Anything malformed counts as no.
bool asksForTurn(std::string_view exif) {
  if (!exif.starts_with(std::string_view("Exif\0\0", 6))) return false;
  const std::string_view tiff = exif.substr(6);
  const bool little = tiff.starts_with("II");
  const auto number = [&](size_t at, size_t size) -> uint32_t {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t place = little ? at + size - 1 - i : at + i;
      value = value << 8 | (place < tiff.size() ? static_cast<unsigned char>(tiff[place]) : 0U);
    }
    return value;
  };
  const size_t directory = number(4, 4);
  if (directory >= tiff.size()) return false;
  const size_t entries = std::min<size_t>(number(directory, 2), tiff.size() / 12);
  for (size_t i = 0; i < entries; ++i) {
    constexpr uint32_t kOrientation = 0x0112;
    const size_t entry = directory + 2 + 12 * i;
    if (number(entry, 2) == kOrientation) return number(entry + 8, 2) > 1;
  }
  return false;
}

}  // namespace

Decoded decodeJpeg(std::string_view bytes, const std::string& source) {
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

  Decoded out{{info.image_width, info.image_height, {}}, false};
  for (const jpeg_marker_struct* marker = info.marker_list; marker; marker = marker->next)
    out.turned |= asksForTurn({reinterpret_cast<const char*>(marker->data), marker->data_length});
  reader.lineBytes = static_cast<size_t>(info.image_width) * (cmyk ? 4 : 3);
  std::vector<uint8_t> pixels(reader.lineBytes * info.image_height);
  reader.line = pixels.data();
  if (!guarded(reader, readPixels)) fail();
  out.image.rgb = cmyk ? cmykToRgb(pixels) : std::move(pixels);
  return out;
}

}  // namespace scanline
