#include <fmt/format.h>
#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/base/error.h"
#include "core/data/image_decoders.h"

namespace scanline {

namespace {

int onRead(GifFileType* gif, GifByteType* to, int count) {
  auto& rest = *static_cast<std::string_view*>(gif->UserData);
  const size_t got = std::min(rest.size(), static_cast<size_t>(std::max(count, 0)));
  std::memcpy(to, rest.data(), got);
  rest.remove_prefix(got);
  return static_cast<int>(got);
}

/// Reads up to the first picture; the number of the colour that lets the background through, or -1. False if the file
/// ends before.
bool findPicture(GifFileType* gif, int& transparent) {
  for (GifRecordType record{}; DGifGetRecordType(gif, &record) == GIF_OK && record != TERMINATE_RECORD_TYPE;) {
    if (record == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) == GIF_OK;
    if (record != EXTENSION_RECORD_TYPE) continue;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) != GIF_OK) return false;
    if (GraphicsControlBlock control{};
        code == GRAPHICS_EXT_FUNC_CODE && block && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      transparent = control.TransparentColor;
    while (block)
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) return false;
  }
  return false;
}

/// The rows of a picture in the order in which the file holds them.
std::vector<int> rowsOf(const GifImageDesc& picture) {
  std::vector<int> rows;
  const auto add = [&](int first, int step) {
    for (int row = first; row < picture.Height; row += step) rows.push_back(row);
  };
  if (!picture.Interlace) add(0, 1);
  for (const auto& [first, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}})
    if (picture.Interlace) add(first, step);
  return rows;
}

}  // namespace

Raster decodeGif(std::string_view bytes, const std::string& source) {
  std::string_view rest = bytes;
  int code = 0;
  const std::unique_ptr<GifFileType, void (*)(GifFileType*)> gif(DGifOpen(&rest, onRead, &code),
                                                                 [](GifFileType* g) { DGifCloseFile(g, nullptr); });
  const auto fail = [&] {
    const char* reason = GifErrorString(gif ? gif->Error : code);
    throw Error(fmt::format("{} does not decode as GIF: {}. Remove it or fetch it again.", source,
                            reason ? reason : "it is cut off or damaged"));
  };
  if (!gif) fail();
  int transparent = NO_TRANSPARENT_COLOR;
  if (!findPicture(gif.get(), transparent)) fail();
  const GifImageDesc& picture = gif->Image;
  const ColorMapObject* colours = picture.ColorMap ? picture.ColorMap : gif->SColorMap;
  if (!colours) fail();

  Raster out{.width = std::max<int64_t>(gif->SWidth, picture.Left + picture.Width),
             .height = std::max<int64_t>(gif->SHeight, picture.Top + picture.Height),
             .channels = 4};
  checkPixels(static_cast<uint64_t>(picture.Width), static_cast<uint64_t>(picture.Height), source);
  checkPixels(static_cast<uint64_t>(out.width), static_cast<uint64_t>(out.height), source);
  constexpr uint64_t kBestRatio = 3000;  // of LZW with codes of 12 bits
  checkRatio(static_cast<uint64_t>(out.width * out.height), kBestRatio, bytes, source);
  out.pixels.resize(static_cast<size_t>(4 * out.width * out.height));  // transparent where the first picture is not
  std::vector<GifPixelType> line(static_cast<size_t>(picture.Width));
  for (const int row : rowsOf(picture)) {
    if (DGifGetLine(gif.get(), line.data(), picture.Width) != GIF_OK) fail();
    uint8_t* to = &out.pixels[static_cast<size_t>(4 * ((picture.Top + row) * out.width + picture.Left))];
    for (const GifPixelType number : line) {
      if (number != transparent && number < colours->ColorCount) {
        const GifColorType& colour = colours->Colors[number];
        to[0] = colour.Red, to[1] = colour.Green, to[2] = colour.Blue, to[3] = 255;
      }
      to += 4;
    }
  }
  return out;
}

}  // namespace scanline
