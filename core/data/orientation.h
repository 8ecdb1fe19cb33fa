#pragma once

#include <string_view>

#include "core/data/image.h"

namespace scanline {

/// The orientation, 1 to 8, in a block of EXIF data: a TIFF file of which only the first directory is looked at, with
/// or without "Exif\0\0" before it. 1 (as it lies) if there is none, or if the block is malformed.
int exifOrientation(std::string_view exif);

/// The picture as it is to be seen, of one that lies in its file by `orientation`: 2 mirrored, 3 turned by 180 degrees,
/// 4 upside down and mirrored, 6 and 8 turned by 90 degrees to the left and to the right, 5 and 7 these and mirrored.
Image upright(Image image, int orientation);

}  // namespace scanline
