#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace scanline {

/// Mean and standard deviation (n - 1) of values; those that are not finite are left out.
struct MeanDeviation {
  int64_t count = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();  ///< NaN of no value
  double deviation = 0;                                    ///< 0 of one value
};
MeanDeviation meanDeviation(std::span<const double> values);

/// "1.5570 ± 0.0029": two significant digits of the deviation, and the mean to the same decimal place. Whole numbers
/// for deviations above 10; "1.5 ± 0" for one of 0. Numbers too small or too large for that: "1.050e-12 ± 2.0e-14".
std::string spreadText(double mean, double deviation);
/// "60.0 ± 14.1 %": of shares, 0..1, in per cent with the one decimal that they have everywhere.
std::string shareSpreadText(double mean, double deviation);

/// Of an even number of values the mean of the two in the middle; NaN of none. NaN must not be among them.
double medianOf(std::span<const double> values);

/// Ranks from 1 in ascending order; equal values share the mean of their ranks. Infinities have ranks, NaN must not be
/// among the values.
std::vector<double> midRanks(std::span<const double> values);

/// Spearman's rank correlation over the pairs without a NaN: Pearson's correlation of their mid-ranks.
struct RankCorrelation {
  double rho = std::numeric_limits<double>::quiet_NaN();  ///< -1..1; NaN below three pairs, or if one side never varies
  int64_t count = 0;                                      ///< pairs
};
/// `x` and `y` are of one length.
RankCorrelation rankCorrelation(std::span<const double> x, std::span<const double> y);

}  // namespace scanline
