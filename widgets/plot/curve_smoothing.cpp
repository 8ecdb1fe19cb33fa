#include "widgets/plot/curve_smoothing.h"

#include <cassert>
#include <cmath>
#include <limits>

namespace scanline {

namespace {

constexpr double kNoBias = std::numeric_limits<double>::epsilon() / 4;  // taken from 1, it leaves 1

}  // namespace

CurveSmoothing::CurveSmoothing(double weight) : weight_(weight) {
  assert(weight >= 0 && weight < 1);
}

double CurveSmoothing::next(double value) {
  if (!std::isfinite(value)) return value;
  if (!any_) first_ = value;
  any_ = true;
  average_ = average_ * weight_ + (1 - weight_) * value;
  bias_ *= weight_;
  if (bias_ < kNoBias) bias_ = 0;  // else it comes to the smallest numbers that there are, which are slow to multiply
  // TensorBoard looks at the whole series first; the average of equal values differs from them by rounding only, so
  // deciding at each value gives the same curve to a few units in the last place.
  constant_ = constant_ && value == first_;
  return constant_ ? value : average_ / (1 - bias_);
}

TimeWeightedAverage::TimeWeightedAverage(double scale) : scale_(scale) {
  assert(scale > 0);
}

double TimeWeightedAverage::next(double x, double value) {
  if (!std::isfinite(value)) return value;
  if (counted_ == 0) {
    counted_ = 1;
    x_ = x;
    first_ = value;
    return value;
  }
  const double fade = std::exp((x_ - x) / scale_);
  if (counted_ == 1) {
    counted_ = 2;
    sum_ = (1 - fade) * first_;
    weight_ = 1 - fade;
  }
  x_ = x;
  sum_ = fade * sum_ + (1 - fade) * value;
  weight_ = fade * weight_ + (1 - fade);
  return weight_ > 0 ? sum_ / weight_ : value;
}

RunningSmoothing::RunningSmoothing(const Smoothing& how)
    : method_(how.method),
      overPoints_(how.method == Smoothing::Method::Exponential ? how.amount : 0),
      overX_(how.method == Smoothing::Method::TimeWeighted && how.isOn() ? how.amount : 1) {}

}  // namespace scanline
