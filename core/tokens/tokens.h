#pragma once

#include <span>
#include <string_view>

#include "core/tokens/palette.h"

namespace scanline {

/// Images as rows of palette indices in raster order, in memory or, of a set that may be larger than it, in a file.
/// image() reads either.
struct TokenSet {
  int64_t count = 0;
  int64_t length = 0;           ///< n = width * height
  std::vector<Token> ids;       ///< ids[image * length + position]; empty if they lie in `file`
  std::vector<int32_t> labels;  ///< [count], or empty
  MappedRows file;              ///< [count] rows of `length` tokens

  std::span<const Token> image(int64_t index) const {
    if (!file.isNone()) return {reinterpret_cast<const Token*>(file.row(index).data()), static_cast<size_t>(length)};
    return std::span(ids).subspan(static_cast<size_t>(index * length), static_cast<size_t>(length));
  }
};

/// The largest of them, or -1 of none.
int64_t largestToken(std::span<const Token> tokens);

/// Throws Error that names the image and the token if one of `tokens` is not below `paletteSize`. `set` names their
/// images: "the training images". Reads all of them, also those of a set that lies in a file.
void checkTokens(const TokenSet& tokens, int64_t paletteSize, std::string_view set);
/// The same of one image, number `index` of them.
void checkTokens(std::span<const Token> image, int64_t index, int64_t paletteSize, std::string_view set);

/// Every pixel to its nearest colour, `threads` at a time. The result does not depend on `threads`.
TokenSet tokenize(const ImageSet& images, const Palette& palette, int threads = 1);

/// Palette indices back to a picture. tokens.size() is a multiple of width.
Image toImage(std::span<const Token> tokens, const Palette& palette, int64_t width);

}  // namespace scanline
