#include "core/run/low_data_mean.h"

#include <cmath>
#include <map>

namespace scanline {

std::vector<LowDataMean> meansOf(std::span<const LowDataResult> results) {
  std::map<int64_t, std::vector<LowDataResult>> byLabels;
  for (const LowDataResult& result : results) byLabels[result.labelsPerClass].push_back(result);
  std::vector<LowDataMean> means;
  for (const auto& [labels, subsets] : byLabels) {
    LowDataMean all{.labelsPerClass = labels, .subsets = std::ssize(subsets), .layer = subsets.front().layer};
    const auto count = static_cast<double>(subsets.size());
    double squares = 0;
    for (const LowDataResult& each : subsets) all.mean += each.accuracy / count;
    for (const LowDataResult& each : subsets) squares += (each.accuracy - all.mean) * (each.accuracy - all.mean);
    if (all.subsets > 1) all.deviation = std::sqrt(squares / (count - 1));
    means.push_back(all);
  }
  return means;
}

}  // namespace scanline
