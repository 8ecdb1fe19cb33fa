#pragma once

#include <string>
#include <string_view>

#include "core/data/image.h"

namespace scanline {

// The decoders behind readImage(), from memory. `source` names the file in messages. All throw Error.

inline constexpr uint64_t kMostPixels = 64'000'000;

/// Throws Error unless 1 <= width * height <= kMostPixels.
void checkPixels(uint64_t width, uint64_t height, const std::string& source);
/// Throws Error if a picture of so many bytes is more than `ratio` times as large as its file: no compression of its
/// format reaches that, so the file is cut off, or its sizes are made up.
void checkRatio(uint64_t pictureBytes, uint64_t ratio, std::string_view file, const std::string& source);

/// A picture as its file holds it: not yet turned, and with its opacity.
struct Raster {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 3;         ///< 3, or 4 with the opacity last
  std::vector<uint8_t> pixels;  ///< [height, width, channels]
  int orientation = 1;          ///< as EXIF counts them, 1 to 8
};

Raster decodePng(std::string_view bytes, const std::string& source);
Raster decodeJpeg(std::string_view bytes, const std::string& source);
/// Of an animation the first picture.
Raster decodeWebp(std::string_view bytes, const std::string& source);
/// The first picture of the file.
Raster decodeTiff(std::string_view bytes, const std::string& source);
Raster decodeGif(std::string_view bytes, const std::string& source);
/// 1 to 32 bits a pixel, not compressed.
Raster decodeBmp(std::string_view bytes, const std::string& source);

/// A picture as it is seen.
struct Decoded {
  Image image;               ///< turned as its EXIF orientation says, and laid over the background
  bool turned = false;       ///< it lay in the file in another way
  bool transparent = false;  ///< some of its pixels let the background through
};

/// The format is known by the first bytes of the content, not by the file's name.
Decoded decodeImage(std::string_view bytes, const std::string& source, Rgb background = kWhite);
/// The file's content by decodeImage().
Decoded decodeFile(const std::string& file, Rgb background = kWhite);

/// Whether a file that begins so is a picture that can be decoded. `first`: 32 bytes, or the whole of a shorter file.
bool isPicture(std::string_view first);

}  // namespace scanline
