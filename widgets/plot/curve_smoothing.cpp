#include "widgets/plot/curve_smoothing.h"

#include <cassert>
#include <cmath>

namespace scanline {

CurveSmoothing::CurveSmoothing(double weight) : weight_(weight) {
  assert(weight >= 0 && weight < 1);
}

double CurveSmoothing::next(double value) {
  if (!std::isfinite(value)) return value;
  if (!any_) first_ = value;
  any_ = true;
  average_ = average_ * weight_ + (1 - weight_) * value;
  bias_ *= weight_;
  // TensorBoard looks at the whole series first; the average of equal values differs from them by rounding only, so
  // deciding at each value gives the same curve to a few units in the last place.
  constant_ = constant_ && value == first_;
  return constant_ ? value : average_ / (1 - bias_);
}

}  // namespace scanline
