#include "core/run/low_data_mean.h"

#include <map>

#include "core/base/statistics.h"

namespace scanline {

std::vector<LowDataMean> meansOf(std::span<const LowDataResult> results) {
  std::map<int64_t, std::vector<LowDataResult>> byLabels;
  for (const LowDataResult& result : results) byLabels[result.labelsPerClass].push_back(result);
  std::vector<LowDataMean> means;
  for (const auto& [labels, subsets] : byLabels) {
    std::vector<double> accuracies;
    for (const LowDataResult& each : subsets) accuracies.push_back(each.accuracy);
    const auto all = meanDeviation(accuracies);
    means.push_back({.labelsPerClass = labels,
                     .subsets = std::ssize(subsets),
                     .layer = subsets.front().layer,
                     .mean = all.mean,
                     .deviation = all.deviation});
  }
  return means;
}

}  // namespace scanline
