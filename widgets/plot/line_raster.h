#pragma once

#include <QImage>
#include <QPointF>
#include <cstdint>
#include <span>

#include "widgets/plot/line_columns.h"

namespace scanline {

// Lines of many points a pixel, as curves over a common x are: each column of pixels is drawn once, however many points
// it has. QPainter strokes from point to point, which costs a hundred times as much.
//
// `points`: in pixels, ascending in x; one whose y is no number breaks the line. `image`: Format_ARGB32_Premultiplied.
// `colour` is opaque. A point alone draws nothing. `left`: the place on the line's grid at the left of the picture.

/// Where heights stand in a picture.
struct RasterHeights {
  double origin = 0;   ///< row of height 0
  double perUnit = 1;  ///< rows; negative: greater heights are farther up
};

/// One pixel wide, without antialiasing: in each column from the lowest to the highest place where the line runs.
void drawHair(QImage& image, std::span<const QPointF> points, QRgb colour);
/// The same of hairColumns(), one a pixel.
void drawHair(QImage& image, const LineColumns& line, int64_t left, const RasterHeights& heights, QRgb colour);

struct RasterStroke {
  QRgb colour = 0xff000000;
  double width = 1;                ///< pixels
  std::span<const double> dashes;  ///< pixels along x, on and off in turn; empty: the line is whole
  double origin = 0;               ///< x where a first dash begins
};
/// The same with antialiasing: the pixels that a round pen of this width covers, to a quarter of their columns.
void drawStroke(QImage& image, std::span<const QPointF> points, const RasterStroke& stroke);
/// The same of strokeColumns(), kStrokeParts a pixel; strokeReach() of them outside of the picture count, too.
void drawStroke(QImage& image, const LineColumns& line, int64_t left, const RasterHeights& heights,
                const RasterStroke& stroke);
inline constexpr int kStrokeParts = 4;
/// Columns of strokeColumns() left and right of a place that a pen of this width, in pixels, covers.
int strokeReach(double width);

}  // namespace scanline
