#include "widgets/plot/chart_series.h"

#include <algorithm>

namespace scanline {

void ChartSeries::append(double x, double y) {
  if (!x_.empty() && x <= x_.back()) {
    const auto from = size_t(std::lower_bound(x_.begin(), x_.end(), x) - x_.begin());
    x_.resize(from);
    raw_.truncate(from);
    smoothAgain();
  }
  x_.push_back(x);
  raw_.append(y);
  if (isSmoothed()) smoothed_.append(smoothing_.next(y));
}

void ChartSeries::truncateAfter(double x) {
  const size_t keep = after(x);
  if (keep == size()) return;
  x_.resize(keep);
  raw_.truncate(keep);
  smoothAgain();
}

void ChartSeries::setSmoothing(double weight) {
  if (weight == weight_) return;
  weight_ = weight;
  smoothAgain();
}

void ChartSeries::smoothAgain() {
  smoothing_ = CurveSmoothing(weight_);
  smoothed_ = {};
  if (!isSmoothed()) return;
  for (size_t at = 0; at < raw_.size(); ++at) smoothed_.append(smoothing_.next(raw_[at]));
}

std::optional<size_t> ChartSeries::nearest(double x) const {
  if (x_.empty()) return {};
  const auto above = std::lower_bound(x_.begin(), x_.end(), x);
  if (above == x_.end()) return size() - 1;
  const auto at = size_t(above - x_.begin());
  return at > 0 && x - x_[at - 1] <= x_[at] - x ? at - 1 : at;
}

std::pair<size_t, size_t> ChartSeries::inside(double low, double high) const {
  return {size_t(std::lower_bound(x_.begin(), x_.end(), low) - x_.begin()), after(high)};
}

size_t ChartSeries::after(double x) const {
  return size_t(std::upper_bound(x_.begin(), x_.end(), x) - x_.begin());
}

}  // namespace scanline
