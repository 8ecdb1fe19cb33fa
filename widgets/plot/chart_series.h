#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "widgets/plot/curve_smoothing.h"
#include "widgets/plot/decimation.h"

namespace scanline {

/// The points of one line in ascending x, raw and smoothed, each with its pyramid. Grows at its end.
class ChartSeries {
 public:
  /// A point that does not lie right of the last one first drops all points from its x on, as a resumed run overwrites
  /// steps.
  void append(double x, double y);
  /// Forgets points right of x.
  void truncateAfter(double x);
  /// 0 = none, else TensorBoard's weight, below 1. All points are smoothed, not only those shown.
  void setSmoothing(double weight);

  bool empty() const { return x_.empty(); }
  size_t size() const { return x_.size(); }
  double x(size_t at) const { return x_[at]; }
  bool isSmoothed() const { return weight_ > 0; }
  const MinMaxPyramid& raw() const { return raw_; }
  const MinMaxPyramid& shown() const { return isSmoothed() ? smoothed_ : raw_; }

  /// Index of the point nearest in x; O(log n).
  std::optional<size_t> nearest(double x) const;
  /// Indices [first, last) of the points with x in [low, high]; O(log n).
  std::pair<size_t, size_t> inside(double low, double high) const;
  /// Index of the first point right of x; O(log n).
  size_t after(double x) const;

 private:
  void smoothAgain();

  std::vector<double> x_;
  MinMaxPyramid raw_, smoothed_;
  double weight_ = 0;
  CurveSmoothing smoothing_{0};
};

}  // namespace scanline
