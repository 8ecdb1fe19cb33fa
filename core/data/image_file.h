#pragma once

#include <filesystem>

#include "core/data/image.h"

namespace scanline {

/// PNG or JPEG, told by content. Grey, palette, alpha (dropped), 16 bit (value // 257), CMYK become 8-bit RGB. At most
/// 64 megapixels. Throws Error naming the file if it does not decode; a truncated PNG is refused, never shown as whole.
Image readImage(const std::filesystem::path& file);
/// Whether its ending is that of a PNG or JPEG file, in either case of letters.
bool isPictureName(const std::filesystem::path& file);
/// Throws Error. The file appears whole or not at all.
void writePng(const std::filesystem::path& file, const Image& image);
/// The bytes of a PNG of `image`.
std::string encodePng(const Image& image);

}  // namespace scanline
