#pragma once

namespace scanline {

/// TensorBoard's smoothing of a series, one value after the other: an exponential moving average whose start at zero is
/// divided out (tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts). NaN and infinities pass through
/// uncounted, and a series passes through unchanged while all its values are equal. What comes later never changes what
/// came before, so a growing curve is smoothed at its tail alone.
class CurveSmoothing {
 public:
  /// weight in [0, 1): 0 passes everything through, TensorBoard's default is 0.6.
  explicit CurveSmoothing(double weight = 0.6);

  /// The smoothed value beside `value`.
  double next(double value);

 private:
  double weight_;
  double average_ = 0;  ///< biased towards its start, zero
  double bias_ = 1;     ///< weight ^ (values counted)
  double first_ = 0;
  bool any_ = false, constant_ = true;
};

}  // namespace scanline
