#pragma once

#include <QString>
#include <QStringList>
#include <span>
#include <vector>

#include "widgets/plot/chart_types.h"

namespace scanline {

/// From values to shares of an axis (0 at its low end, 1 at its high end) and back.
class AxisScale {
 public:
  AxisScale() = default;
  AxisScale(Span range, bool logarithmic, bool whole = false)
      : range_(range), logarithmic_(logarithmic), whole_(whole) {}
  /// All values that it can show, with a little room at both ends.
  static AxisScale fitted(std::span<const double> values, bool logarithmic);

  const Span& range() const { return range_; }
  bool isLogarithmic() const { return logarithmic_; }
  /// All its values are whole numbers, such as layers: there is nothing to name between them.
  bool isWhole() const { return whole_; }
  /// Finite; above 0 on a logarithmic axis.
  bool shows(double value) const;
  /// NaN for a value that it cannot show.
  double share(double value) const;
  double value(double share) const;
  /// From one share of this axis to another.
  AxisScale part(double low, double high) const;
  bool operator==(const AxisScale&) const = default;

 private:
  Span range_;
  bool logarithmic_ = false, whole_ = false;
};

struct AxisTick {
  double share = 0;
  QString label;
};
/// About `count` round values; or one for each of `texts` that lies inside, which stand at 0, 1, 2, ...
std::vector<AxisTick> ticksOf(const AxisScale& scale, int count, const QStringList& texts = {});

}  // namespace scanline
