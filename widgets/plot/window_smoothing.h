#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "widgets/plot/curve_smoothing.h"

namespace scanline {

/// The smoothed values of a whole curve; x ascends, as many y. NaN and infinities pass through uncounted. Any thread;
/// 10^6 points take some 10 ms (a median a quarter of a second). Empty once `cancelled`.
std::vector<double> smoothed(const Smoothing& how, std::span<const double> x, std::span<const double> y,
                             const std::atomic<bool>& cancelled);

/// Weighted by exp(-dx^2 / (2 deviation^2)) over four deviations to either side, and divided by the weights. Where many
/// points lie within a deviation they are first gathered on a grid of an eighth of it, which changes the curve by less
/// than a thousandth of its range.
std::vector<double> gaussianSmoothed(double deviation, std::span<const double> x, std::span<const double> y,
                                     const std::atomic<bool>& cancelled);

/// The median of the values at most `reach` away in x; of an even number, the mean of the two in the middle.
std::vector<double> medianSmoothed(double reach, std::span<const double> x, std::span<const double> y,
                                   const std::atomic<bool>& cancelled);

/// The last value of a curve smoothed by a centred method, which no later point can change: in time proportional to the
/// points in its window.
double smoothedEnd(const Smoothing& how, std::span<const double> x, std::span<const double> y);

}  // namespace scanline
