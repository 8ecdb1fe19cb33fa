#pragma once

#include <QColor>
#include <QImage>
#include <optional>
#include <vector>

#include "core/tokens/tokens.h"

namespace scanline {

/// A picture of n = across * down tokens in raster order, and the colours in which it is seen. A value; copies share
/// the pixels.
struct StudioPicture {
  int across = 0, down = 0;        ///< tokens
  std::vector<Token> tokens;       ///< [n]; empty = no picture
  std::optional<Palette> palette;  ///< of tokens that are colours; none of codes of a VQ-VAE
  QImage pixels;                   ///< decoded from codes, across * stride x down * stride; else null
  int stride = 1;                  ///< pixels a token, each way; 1 where tokens are colours

  bool isEmpty() const { return tokens.empty(); }
  bool isCodes() const { return !palette; }
  qint64 count() const { return static_cast<qint64>(across) * down; }
  QSize size() const { return {across * stride, down * stride}; }  ///< pixels
  /// RGB32, size() pixels: the tokens' colours, or the decoded codes; grey where neither is known.
  QImage image() const;
  /// The colour of a token of the palette; grey where there is no palette, or the token is not in it.
  QColor colourOf(Token token) const;
  /// Row and column of a position, and back; -1 outside.
  QPoint cellOf(qint64 position) const;
  qint64 positionOf(QPoint cell) const;
};

/// "row 3, column 7", counted from 1.
QString placeWords(const StudioPicture& picture, qint64 position);

/// RGB32 of a picture of the data, and back.
QImage toQImage(const Image& image);
Image toImage(const QImage& image);

}  // namespace scanline
