#pragma once

#include <filesystem>

#include "core/data/image.h"

namespace scanline {

/// PNG, JPEG, WebP, TIFF, GIF (its first picture) or BMP, told by content. Grey, palette, 16 bit (value // 257), CMYK
/// become 8-bit RGB. First the picture is turned as its EXIF orientation says; transparent pixels are laid over
/// `background`. At most 64 megapixels. Throws Error naming the file if it does not decode; a truncated PNG is refused,
/// never shown as whole.
Image readImage(const std::filesystem::path& file, Rgb background = kWhite);
/// Whether its ending is one of the formats that readImage() reads, in either case of letters.
bool isPictureName(const std::filesystem::path& file);
/// Whether its ending is one of these or, with another ending or none, its content is that of such a format.
bool isPictureFile(const std::filesystem::path& file);
/// Throws Error. The file appears whole or not at all.
void writePng(const std::filesystem::path& file, const Image& image);
/// The bytes of a PNG of `image`.
std::string encodePng(const Image& image);

}  // namespace scanline
