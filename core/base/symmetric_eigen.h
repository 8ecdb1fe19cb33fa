#pragma once

#include <cstdint>
#include <vector>

#include "core/base/control.h"

namespace scanline {

/// Eigenvalues and eigenvectors of a symmetric matrix [n, n], by rising value.
struct SymmetricEigen {
  std::vector<double> values;   ///< [n]
  std::vector<double> vectors;  ///< [n, n]: row j is of length 1 and belongs to value j
};

/// All of them, to double precision: Householder's reduction to three diagonals, then QL with implicit shifts (the
/// procedures tred2 and tql2 of Bowdler, Martin, Reinsch and Wilkinson, Handbook for Automatic Computation II, as in
/// JAMA). `matrix` is [size, size], finite. About 9 n^3 operations. Throws Stopped.
SymmetricEigen symmetricEigen(std::vector<double> matrix, int64_t size, const Control& control = {});

}  // namespace scanline
