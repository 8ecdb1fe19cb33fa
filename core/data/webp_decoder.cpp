#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/data/orientation.h"

namespace scanline {

namespace {

/// The first picture of a file; later ones belong to an animation.
struct Frame {
  explicit Frame(const WebPDemuxer* demuxer) : found(WebPDemuxGetFrame(demuxer, 1, &at) != 0) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { WebPDemuxReleaseIterator(&at); }

  WebPIterator at{};
  bool found;
};

int orientationOf(const WebPDemuxer* demuxer) {
  WebPChunkIterator chunk{};
  int orientation = 1;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk))
    orientation = exifOrientation({reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

Raster decodeWebp(std::string_view bytes, const std::string& source) {
  const auto fail = [&](const char* reason) {
    throw Error(fmt::format("{} does not decode as WebP: {}. Remove it or fetch it again.", source, reason));
  };
  const WebPData data{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&data), WebPDemuxDelete);
  if (!demuxer) fail("it is cut off or damaged");
  Raster out{.width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
             .height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT),
             .channels = 4};
  checkPixels(static_cast<uint64_t>(out.width), static_cast<uint64_t>(out.height), source);
  const Frame frame(demuxer.get());
  const WebPIterator& at = frame.at;
  if (!frame.found || at.width < 1 || at.height < 1 || at.x_offset + at.width > out.width ||
      at.y_offset + at.height > out.height)
    fail("it holds no whole picture");
  // One colour compresses without end in this format, so the file's size says nothing of a picture's; but the canvas
  // around a small picture is nothing but a number.
  constexpr uint64_t kBestRatio = 3000;
  if (at.width < out.width || at.height < out.height)
    checkRatio(static_cast<uint64_t>(4 * out.width * out.height), kBestRatio, bytes, source);
  int width = 0, height = 0;
  const std::unique_ptr<uint8_t, void (*)(void*)> pixels(
      WebPDecodeRGBA(at.fragment.bytes, at.fragment.size, &width, &height), WebPFree);
  if (!pixels || width != at.width || height != at.height) fail("its picture is cut off or damaged");
  out.pixels.resize(static_cast<size_t>(4 * out.width * out.height));
  for (int64_t y = 0; y < height; ++y)
    std::copy_n(pixels.get() + 4 * y * width, 4 * width,
                &out.pixels[static_cast<size_t>(4 * ((at.y_offset + y) * out.width + at.x_offset))]);
  out.orientation = orientationOf(demuxer.get());
  return out;
}

}  // namespace scanline
