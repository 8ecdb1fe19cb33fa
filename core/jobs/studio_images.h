#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/run/open_model.h"
#include "core/run/paint_mask.h"

namespace scanline {

// Answers of a model as pictures: figures of a paper, sheets and frames of films. Plain functions of their arguments;
// any thread.

/// Colours of values: from `low` to `high`, or diverging about 0.
struct HeatScale {
  double low = 0, high = 1;
  bool isDiverging = false;  ///< low = -high

  /// Not for a value that is not finite.
  Rgb colour(double value) const;
};
/// From 0 to the highest finite value (1 if there is none above 0); diverging: as far below 0 as above it.
HeatScale heatScaleOf(std::span<const float> values, bool isDiverging = false);

/// One screen pixel a value, `values` [down, across] in raster order. A value that is not finite has the ground's
/// colour.
Image heatPixels(std::span<const float> values, int64_t across, const HeatScale& scale);
/// The same in `scale` screen pixels a value, with a title above it, and at its right a bar of the colours with its
/// numbers and their unit.
Image heatFigure(std::span<const float> values, int64_t across, const HeatScale& heat, int64_t scale,
                 const std::string& title, const std::string& unit);

/// How many screen pixels a pixel of a picture `across` wide has by default: figures of about 256.
int64_t figureScale(int64_t across);

/// The picture with a chequered ground where the model paints. `mask` has `across` x n / across tokens, each of which
/// stands for one pixel or, of codes, for a square of them.
Image withHoles(const Image& picture, const PaintMask& mask, int64_t across);

/// Pictures beside each other in rows of `columns`, with a caption each or none (`captions` empty); all of one size.
Image pictureSheet(std::span<const Image> pictures, std::span<const std::string> captions, int64_t columns,
                   int64_t scale);
/// The pictures of a set.
std::vector<Image> imagesOf(const ImageSet& set);

/// Where one row of attention weights [n] looks, by pixel: [n], NaN for pixels that the model does not see at
/// `position`. Autoregressive: the start vector's share, column 0, is no pixel's.
std::vector<float> weightsByPixel(const ModelFacts& facts, std::span<const float> weights, int64_t position);
/// The usual pattern of a head: of its map [n, n] the mean weight by where the pixel lies from the one that is
/// predicted, up to `radius` away: [2 radius + 1, 2 radius + 1], the predicted one in the middle; NaN where no pixel is
/// seen from anywhere.
std::vector<float> typicalPattern(const ModelFacts& facts, std::span<const float> map, int64_t radius);

/// Small maps of one size: a row a layer, with the layer's name at its left, a column a head, with its name above it.
/// Each has a scale of its own, from 0 to its highest value.
struct MapRow {
  std::string name;
  std::vector<std::vector<float>> maps;
};
Image mapSheet(std::span<const MapRow> rows, std::span<const std::string> columns, int64_t across, int64_t scale,
               const std::string& title);

/// Points [n, 2] in a square of `side` screen pixels, in the colours of their classes; those without one are grey.
/// `labels` is [n] or empty; `names` are the classes' for a legend, of at most 16 classes.
Image pointFigure(std::span<const float> places, std::span<const int32_t> labels, std::span<const std::string> names,
                  int64_t side, const std::string& title);

}  // namespace scanline
