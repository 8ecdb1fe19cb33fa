#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <optional>

namespace scanline {

/// A smooth function as minimize() walks it: it keeps the present point and a line through it. Tensors are float64 of
/// one shape.
class LineObjective {
 public:
  struct Value {
    double value = 0;
    double slope = 0;  ///< derivative along the direction
  };
  virtual ~LineObjective() = default;
  virtual double value() = 0;  ///< of the present point
  virtual void startLine(const at::Tensor& direction) = 0;
  virtual Value at(double step) = 0;     ///< of point + step * direction
  virtual void accept(double step) = 0;  ///< the step last asked for: moves the point there
  virtual at::Tensor gradient() = 0;     ///< where value() or at() was last asked for
  /// Roughly the inverse of the second derivative times `gradient`; symmetric and positive definite.
  virtual at::Tensor precondition(const at::Tensor& gradient) const = 0;
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
/// conditions (Nocedal and Wright, "Numerical Optimization", algorithms 7.4, 3.5 and 3.6). Starts at the objective's
/// present point. `keepGoing` may be empty; nullopt once it says no.
std::optional<LbfgsEnd> minimize(LineObjective& objective, const LbfgsOptions& options,
                                 const std::function<bool()>& keepGoing);

}  // namespace scanline
