#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "core/base/control.h"

namespace scanline {

/// K smooth functions of points of one shape, which minimize() minimises side by side: each keeps its present point and
/// a line through it. Members that compute for all K at once can read their common data once. Tensors are float64
/// [K, ...].
class LineObjectives {
 public:
  struct Value {
    double value = 0;
    double slope = 0;  ///< derivative along the direction
  };
  virtual ~LineObjectives() = default;
  virtual int64_t count() const = 0;    ///< K, of those not yet finished
  virtual double value(int64_t k) = 0;  ///< of the present point, before the first line
  virtual void startLines(const at::Tensor& directions) = 0;
  virtual Value at(int64_t k, double step) = 0;     ///< of point k + step * direction k
  virtual void accept(int64_t k, double step) = 0;  ///< the step last asked for: moves the point there
  /// Of the present points. A point is one where value(k) or at(k) was last asked for; the rows of others mean nothing.
  virtual at::Tensor gradients() = 0;
  /// Each roughly the inverse of its second derivative times its gradient; symmetric and positive definite.
  virtual at::Tensor precondition(const at::Tensor& gradients) const = 0;
  /// Continues only with `which` (ascending), which then are 0 .. which.size() - 1. The others keep their points.
  virtual void keep(const std::vector<int64_t>& which) = 0;
};

struct LbfgsOptions {
  int64_t maxIterations = 1000;
  double tolerance = 1e-6;  ///< of the largest entry of the gradient
};

struct LbfgsEnd {
  double value = 0;
  int64_t iterations = 0;
  bool converged = false;  ///< false: out of iterations, or rounding leaves no descent
};

/// L-BFGS with a history of 10, started from the objective's own preconditioner, and a line search to the strong Wolfe
/// conditions (Nocedal and Wright, "Numerical Optimization", algorithms 7.4, 3.5 and 3.6), of all functions in step;
/// those that are done leave. Starts at the present points. Checks `control` in every iteration.
std::vector<LbfgsEnd> minimize(LineObjectives& objectives, const LbfgsOptions& options, const Control& control);

}  // namespace scanline
