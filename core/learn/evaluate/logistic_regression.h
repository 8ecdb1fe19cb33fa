#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.h"

namespace scanline {

// N rows, D features, C classes.

/// Brings every feature to mean 0 and deviation 1 over the rows it was fitted on. A feature that is constant there
/// becomes 0.
class Standardizer {
 public:
  /// x_ND: floating point of any width, on the CPU. Sums in double. Throws Error if there are no rows, or features that
  /// are not finite or too large to square.
  explicit Standardizer(const at::Tensor& x_ND);
  /// [N, D] of any rows with as many features.
  at::Tensor apply(const at::Tensor& x_ND, at::ScalarType type = at::kDouble) const;
  int64_t varying() const;  ///< how many features are not constant

 private:
  at::Tensor mean_D_, scale_D_;  // scale 0 for a constant feature
};

struct LogisticOptions {
  int64_t maxIterations = 1000;
  double tolerance = 1e-6;  ///< converged when no entry of the gradient is larger
};

/// Minimiser of mean over rows of -log softmax(x W + b)[y] + lambda/2 |W|^2; the intercept b is not penalised.
struct LogisticModel {
  at::Tensor weights_DC;   ///< float64 [D, C]
  at::Tensor intercept_C;  ///< float64 [C]
  double objective = 0;
  int64_t iterations = 0;
  /// False: maxIterations reached, or no descent left within double precision above the tolerance.
  bool converged = false;
  double trainAccuracy = 0;  ///< share of the rows whose class is the likeliest, 0..1

  /// float64 [N, C].
  at::Tensor logits(const at::Tensor& x_ND) const;
};

/// Multinomial logistic regression by L-BFGS in double precision from W = 0, b = 0, once for each penalty of `l2`
/// (scikit-learn's C = 1 / (lambda N)), side by side: an iteration reads the features twice for all of them together.
/// The models are those of single fits up to rounding, in the order of `l2`. Deterministic for a given thread count.
/// x_ND: float32 or float64 on the CPU; labels: N of them, each in 0 .. classes - 1, at least two different ones.
/// Throws Error for input that cannot be fitted: no rows, labels out of range or not one a row, a single class,
/// features that are not finite or too large to square. Checks `control` in every iteration.
std::vector<LogisticModel> fitLogistic(const at::Tensor& x_ND, std::span<const int32_t> labels, int64_t classes,
                                       std::span<const double> l2, const LogisticOptions& options = {},
                                       const Control& control = {});

/// Throws Error as fitLogistic does; int64 [N].
at::Tensor checkedLabels(int64_t rows, std::span<const int32_t> labels, int64_t classes);

}  // namespace scanline
