#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/base/error.h"
#include "core/data/image_decoders.h"

namespace scanline {

namespace {

/// A file in memory, as libtiff reads it.
struct Source {
  std::string_view bytes;
  toff_t at = 0;
  std::array<char, 1024> reason{};  ///< libtiff's first message; its callers want so much room
};

Source& sourceOf(thandle_t handle) {
  return *static_cast<Source*>(handle);
}

tmsize_t onRead(thandle_t handle, void* to, tmsize_t count) {
  Source& source = sourceOf(handle);
  if (source.at >= source.bytes.size() || count <= 0) return 0;
  const size_t got = std::min<size_t>(static_cast<size_t>(count), source.bytes.size() - source.at);
  std::memcpy(to, source.bytes.data() + source.at, got);
  source.at += got;
  return static_cast<tmsize_t>(got);
}

tmsize_t onWrite(thandle_t, void*, tmsize_t) {
  return 0;
}

toff_t onSeek(thandle_t handle, toff_t offset, int whence) {
  Source& source = sourceOf(handle);
  source.at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? source.at + offset : source.bytes.size() + offset;
  return source.at;
}

int onClose(thandle_t) {
  return 0;
}

toff_t onSize(thandle_t handle) {
  return sourceOf(handle).bytes.size();
}

int onError(TIFF*, void* user, const char*, const char* format, va_list values) {
  auto& reason = static_cast<Source*>(user)->reason;
  if (reason[0] == '\0') std::vsnprintf(reason.data(), reason.size(), format, values);
  return 1;  // told; not on standard error as well
}

/// Ignored: warnings are about tags without use here.
int onWarning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

using Options = std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)>;
using Handle = std::unique_ptr<TIFF, void (*)(TIFF*)>;

Handle open(Source& source) {
  const Options options(TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  if (!options) return {nullptr, TIFFClose};
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(8 * kMostPixels));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), onError, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), onWarning, nullptr);
  return {
      TIFFClientOpenExt("", "rm", &source, onRead, onWrite, onSeek, onClose, onSize, nullptr, nullptr, options.get()),
      TIFFClose};
}

/// libtiff's picture in colours of 8 bits. It turns none, but says how it lies.
struct RgbaPicture {
  TIFFRGBAImage image{};
  bool begun = false;

  RgbaPicture() = default;
  RgbaPicture(const RgbaPicture&) = delete;
  RgbaPicture& operator=(const RgbaPicture&) = delete;
  ~RgbaPicture() {
    if (begun) TIFFRGBAImageEnd(&image);
  }
};

/// libtiff multiplies colours with their opacity.
uint8_t divided(uint32_t colour, uint32_t opacity) {
  return static_cast<uint8_t>(opacity == 0 ? 0 : std::min(255U, (colour * 255 + opacity / 2) / opacity));
}

/// The memory that a decoder needs, and whether the file can fill it.
void checkSizes(TIFF* tiff, std::string_view bytes, const std::string& source) {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, compression = COMPRESSION_NONE;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  checkPixels(width, height, source);
  constexpr uint64_t kBestRatio = 3000;  // of LZW; of CCITT, whose pixels have one bit, more, but these stay small
  if (compression != COMPRESSION_CCITTFAX3 && compression != COMPRESSION_CCITTFAX4)
    checkRatio(uint64_t{width} * height * samples * bits / 8, kBestRatio, bytes, source);
}

}  // namespace

Raster decodeTiff(std::string_view bytes, const std::string& source) {
  Source memory{.bytes = bytes};
  const auto fail = [&] {
    throw Error(fmt::format("{} does not decode as TIFF: {}. Convert it to PNG or fetch it again.", source,
                            memory.reason[0] ? memory.reason.data() : "it is cut off or damaged"));
  };
  const Handle tiff = open(memory);
  if (!tiff) fail();
  checkSizes(tiff.get(), bytes, source);
  RgbaPicture picture;
  if (!TIFFRGBAImageOK(tiff.get(), memory.reason.data()) ||
      !TIFFRGBAImageBegin(&picture.image, tiff.get(), 1, memory.reason.data()))
    fail();
  picture.begun = true;
  picture.image.req_orientation = picture.image.orientation;  // left as it lies: turned by our own code
  const uint32_t width = picture.image.width, height = picture.image.height;
  std::vector<uint32_t> pixels(size_t{width} * height);
  if (!TIFFRGBAImageGet(&picture.image, pixels.data(), width, height)) fail();

  Raster out{.width = width, .height = height, .channels = picture.image.alpha ? 4 : 3};
  out.pixels.reserve(static_cast<size_t>(out.channels) * pixels.size());
  for (const uint32_t pixel : pixels) {
    const uint32_t opacity = out.channels == 4 ? TIFFGetA(pixel) : 255;
    for (const uint32_t colour : {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)})
      out.pixels.push_back(divided(colour, opacity));
    if (out.channels == 4) out.pixels.push_back(static_cast<uint8_t>(opacity));
  }
  out.orientation = picture.image.orientation;
  return out;
}

}  // namespace scanline
