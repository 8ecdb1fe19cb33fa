#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.h"

namespace scanline {

/// Principal components of rows: the directions in which they vary most, at right angles to each other. Exact: from all
/// eigenvectors of the rows' covariance, or where there are fewer rows than columns, of their inner products.
struct Pca {
  int64_t width = 0;               ///< D, numbers a row
  std::vector<double> mean;        ///< [D]
  std::vector<double> directions;  ///< [k, D], each of length 1 with a positive largest entry, by falling variance
  std::vector<double> variances;   ///< [k] of the rows along each (n - 1)
  double variance = 0;             ///< of the rows along all D directions together

  int64_t count() const { return static_cast<int64_t>(variances.size()); }
  /// [n, k]: where rows [n, D] lie along the directions.
  std::vector<float> project(std::span<const float> rows) const;
};

/// The first `count` of `rows` [n, width]; fewer, if the rows vary along fewer directions. Reports rows. Takes about n
/// D^2 + D^3 operations, D the smaller of rows and width. Throws Error if there are fewer than two rows, or a number is
/// not finite; Stopped.
Pca principalComponents(std::span<const float> rows, int64_t width, int64_t count, const Control& control = {});

}  // namespace scanline
