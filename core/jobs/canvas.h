#pragma once

#include <cstdint>
#include <string_view>

#include "core/data/image.h"

namespace scanline {

// Pieces of sheets, films and figures that are made of pixels.

/// The ground between pictures, dark grey: black and white pictures both stand out from it. And the colour of words.
inline constexpr Rgb kSheetGround{38, 38, 38}, kSheetInk{230, 230, 230};

/// Of one colour.
Image blankImage(int64_t width, int64_t height, Rgb colour = kSheetGround);
/// Cut where it has no room. `left` and `top` may be negative.
void paste(Image& onto, const Image& picture, int64_t left, int64_t top);
/// Every pixel as scale x scale of them. `scale` is 1 or more.
Image enlarged(const Image& picture, int64_t scale);
void fillRectangle(Image& onto, int64_t left, int64_t top, int64_t width, int64_t height, Rgb colour);

/// Letters of 5 x 7 pixels, `scale` screen pixels each, one between them. ASCII letters, digits and most signs; others
/// are blanks. Cut where they have no room.
void writeWords(Image& onto, int64_t left, int64_t top, std::string_view words, int64_t scale = 1, Rgb ink = kSheetInk);
int64_t widthOfWords(std::string_view words, int64_t scale = 1);
inline constexpr int64_t kLetterHeight = 7;  ///< times the scale

/// A sheet with a line above it: "step 1200".
Image withCaption(const Image& sheet, std::string_view words);

}  // namespace scanline
