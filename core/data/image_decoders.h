#pragma once

#include <string>
#include <string_view>

#include "core/data/image.h"

namespace scanline {

// The decoders behind readImage(), from memory. `source` names the file in messages. All throw Error.

inline constexpr uint64_t kMostPixels = 64'000'000;

/// Throws Error unless 1 <= width * height <= kMostPixels.
void checkPixels(uint64_t width, uint64_t height, const std::string& source);

struct Decoded {
  Image image;
  bool turned = false;  ///< the file's EXIF data ask for a turn or mirroring, which is not applied
};

Decoded decodePng(std::string_view bytes, const std::string& source);
Decoded decodeJpeg(std::string_view bytes, const std::string& source);
/// By the first bytes of the content, whatever the file's name.
Decoded decodeImage(std::string_view bytes, const std::string& source);
/// The file's content by decodeImage().
Decoded decodeFile(const std::string& file);

}  // namespace scanline
