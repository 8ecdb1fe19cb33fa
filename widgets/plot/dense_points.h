#pragma once

#include <QPointF>
#include <cstdint>
#include <span>
#include <vector>

#include "widgets/plot/chart_plot.h"
#include "widgets/plot/line_columns.h"

namespace scanline {

/// The points of a line that are worth drawing at one scale along x, in the stretch that is shown or somewhat around
/// it, and the columns of pixels that it crosses. Both are kept while the view moves along x or changes its height.
class DensePoints {
 public:
  /// `margin`: so many widths of the frame left and right of it, too.
  DensePoints(const ChartSeries& series, const MinMaxPyramid& values, const ChartFrame& frame, int width,
              double margin);

  /// They are of this line as it is now, at the scale of this frame.
  bool isOf(const ChartSeries& series, const ChartFrame& frame, int width) const;
  /// All that this frame shows is among them.
  bool covers(const ChartFrame& frame) const;

  /// Those that the frame shows, with one on either side so that the line leaves the picture. Where it is interrupted
  /// or has no place, y is no number.
  std::span<const QPointF> shown(const ChartFrame& frame) const;
  /// How far the line goes up and down in the frame, in units of y, or of its natural logarithm.
  double travel(const ChartFrame& frame) const;
  /// Of what the frame shows, for pixels of so many to a unit of x, or of its natural logarithm; as hairColumns(), or
  /// as strokeColumns() with so many more on either side. Heights are y, or its natural logarithm.
  const LineColumns& columns(const ChartFrame& frame, double pixelsPerUnit, bool isStroke, int reach) const;
  /// Pixels that columns() was made with: those asked for, to a fraction of a pixel anywhere on the line.
  double pixelsPerUnit() const { return made_.pixelsPerUnit; }

 private:
  struct Made {
    double pixelsPerUnit = 0;
    bool isStroke = false;
    int reach = 0;
    Span stretch;  ///< of x, or of its natural logarithm, that the columns are of
    LineColumns columns;
  };
  std::pair<size_t, size_t> indices(const ChartFrame& frame) const;

  uint64_t revision_;
  bool logX_, logY_;
  double pixel_;  ///< units of x, or of its natural logarithm, to a pixel
  Span stretch_;  ///< of x, or of its natural logarithm, that is covered
  std::vector<QPointF> points_;
  std::vector<double> travel_;  ///< up to each point, from the first
  mutable Made made_;
};

/// Where a value stands on an axis that is linear in pixels.
double onAxis(double value, bool isLogarithmic);

}  // namespace scanline
