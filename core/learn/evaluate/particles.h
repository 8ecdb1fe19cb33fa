#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace scanline {

/// The particles of one picture in sequential Monte Carlo (Gordon, Salmond and Smith, "Novel approach to
/// nonlinear/non-Gaussian Bayesian state estimation", 1993): drawn forward by the model, weighted by the probability of
/// the given pixels. Weights are kept as logarithms.
class Particles {
 public:
  explicit Particles(int64_t count) : logWeights_(static_cast<size_t>(count)) {}

  /// Multiplies each particle's weight by a probability, -nats [count] of it.
  void weigh(std::span<const double> nats);
  /// The effective sample size (sum w)^2 / sum w^2 as a share of the particles, 1 / count .. 1.
  double effectiveShare() const;
  /// Systematic resampling (Kitagawa, 1996): particle i of weight share w_i gets floor or ceil of count * w_i places.
  /// `uniform` in [0, 1). The particle that each place goes on as, [count]; one that goes on keeps its own place.
  /// Afterwards all weigh the same.
  std::vector<int32_t> resample(double uniform);
  /// One of them, drawn by weight.
  int64_t choose(double uniform) const;
  /// The one of the largest weight, ties to the lower index.
  int64_t heaviest() const;
  /// Estimate of the logarithm of the probability of all that was given. Its exponential has no bias.
  double logEvidence() const;

 private:
  /// [count], sum 1.
  std::vector<double> shares() const;
  double logMeanWeight() const;

  std::vector<double> logWeights_;  ///< since the last resampling
  double evidence_ = 0;             ///< up to it
};

}  // namespace scanline
