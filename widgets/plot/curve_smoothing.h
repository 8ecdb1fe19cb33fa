#pragma once

namespace scanline {

/// How a curve is smoothed. All points count, shown or not, so the result is the same at every zoom.
struct Smoothing {
  enum class Method {
    Exponential,   ///< TensorBoard's: an average over points, at any distance
    TimeWeighted,  ///< the same over x: twice as many points give the same curve
    Gaussian,      ///< centred, bell-shaped weights over x
    Median,        ///< centred, the middle value of all points near in x
  };
  Method method = Method::Exponential;
  /// 0: none. Exponential: the weight, below 1. The others, in units of x as given: the time constant, the standard
  /// deviation, and half the window.
  double amount = 0;

  bool isOn() const { return amount > 0; }
  /// A smoothed value depends on later ones.
  bool isCentred() const { return method == Method::Gaussian || method == Method::Median; }
  bool operator==(const Smoothing&) const = default;
};

/// TensorBoard's smoothing of a series, one value after the other: an exponential moving average whose start at zero is
/// divided out (tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts). NaN and infinities pass through
/// uncounted, and a series passes through unchanged while all its values are equal. Later values never change the
/// smoothed values before them, so a growing curve is smoothed at its end alone.
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

/// The average of all values so far, each counted for the stretch of x since the one before it and with weights that
/// fall by e over `scale`: sum of v_j (exp(-(x - x_j) / s) - exp(-(x - x_(j-1)) / s)), divided by the sum of those
/// weights. The first value counts for as long a stretch as the second. NaN and infinities pass through uncounted.
class TimeWeightedAverage {
 public:
  /// scale > 0, in units of x.
  explicit TimeWeightedAverage(double scale = 1);

  /// x ascends from call to call.
  double next(double x, double value);

 private:
  double scale_;
  double sum_ = 0, weight_ = 0;
  double x_ = 0, first_ = 0;
  int counted_ = 0;  ///< values, up to two
};

/// One of the two methods that look back only.
class RunningSmoothing {
 public:
  explicit RunningSmoothing(const Smoothing& how = {});
  double next(double x, double value) {
    return method_ == Smoothing::Method::TimeWeighted ? overX_.next(x, value) : overPoints_.next(value);
  }

 private:
  Smoothing::Method method_;
  CurveSmoothing overPoints_;
  TimeWeightedAverage overX_;
};

}  // namespace scanline
