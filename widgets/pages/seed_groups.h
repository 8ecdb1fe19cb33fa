#pragma once

#include <QPointF>
#include <vector>

#include "widgets/plot/chart_series.h"
#include "widgets/plot/chart_types.h"

namespace scanline {

/// How runs that differ in nothing but their seed are drawn.
enum class SeedView { Each, MeanAndRange, MeanAndDeviation };

/// A curve for several runs: their mean, with the edges of a band. A run counts at every x between its first and its
/// last point, read off between its points; x where any of them has a point.
struct MeanCurve {
  std::vector<QPointF> mean, low, high;
};
/// The band: from the least to the greatest value, or one standard deviation (n - 1) to either side.
MeanCurve meanCurve(const std::vector<const ChartSeries*>& runs, SeedView view);

/// The shown runs that go together, by their places in `runs`: those of one seedGroup, two or more.
std::vector<std::vector<size_t>> seedGroups(const std::vector<ChartRun>& runs);

}  // namespace scanline
