#include "widgets/pages/seed_groups.h"

#include <QMap>
#include <algorithm>
#include <cmath>
#include <limits>

namespace scanline {

namespace {

/// Reads a series off at ascending x.
class Reader {
 public:
  explicit Reader(const ChartSeries* series) : series_(series) {}

  double nextX() const {
    return at_ < series_->size() ? series_->givenX(at_) : std::numeric_limits<double>::infinity();
  }

  /// At x, not above nextX(); NaN outside the series and where a neighbour is not finite.
  double read(double x) {
    if (nextX() == x) return series_->raw()[at_++];
    if (at_ == 0 || at_ == series_->size()) return std::nan("");
    const double left = series_->givenX(at_ - 1), share = (x - left) / (nextX() - left);
    return (1 - share) * series_->raw()[at_ - 1] + share * series_->raw()[at_];
  }

 private:
  const ChartSeries* series_;
  size_t at_ = 0;
};

}  // namespace

MeanCurve meanCurve(const std::vector<const ChartSeries*>& runs, SeedView view) {
  std::vector<Reader> readers;
  for (const ChartSeries* run : runs) readers.emplace_back(run);
  MeanCurve curve;
  std::vector<double> values;
  while (true) {
    double x = std::numeric_limits<double>::infinity();
    for (const Reader& reader : readers) x = std::min(x, reader.nextX());
    if (!std::isfinite(x)) return curve;
    values.clear();
    for (Reader& reader : readers)
      if (const double value = reader.read(x); std::isfinite(value)) values.push_back(value);
    if (values.empty()) continue;
    double mean = 0, squares = 0;
    for (const double value : values) mean += value / double(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double by = values.size() > 1 ? std::sqrt(squares / double(values.size() - 1)) : 0;
    const auto [least, greatest] = std::ranges::minmax(values);
    const bool isRange = view == SeedView::MeanAndRange;
    curve.mean.emplace_back(x, mean);
    curve.low.emplace_back(x, isRange ? least : mean - by);
    curve.high.emplace_back(x, isRange ? greatest : mean + by);
  }
}

std::vector<std::vector<size_t>> seedGroups(const std::vector<ChartRun>& runs) {
  QMap<QString, std::vector<size_t>> byGroup;
  for (size_t at = 0; at < runs.size(); ++at)
    if (!runs[at].seedGroup.isEmpty()) byGroup[runs[at].seedGroup].push_back(at);
  std::vector<std::vector<size_t>> groups;
  for (auto& members : byGroup)
    if (members.size() > 1) groups.push_back(members);
  return groups;
}

}  // namespace scanline
