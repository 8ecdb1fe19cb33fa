#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/pages/results_view.h"
#include "widgets/pages/search_view.h"

namespace scanline {

/// The data of a run that its results are read from.
struct RunFacts {
  const RunDetails& details;
  const RunSpec& spec;
  const std::map<std::string, std::vector<Point>>& points;  ///< by series
  const std::vector<ProbeResult>& probes;
  const std::vector<LowDataResult>& lowData;
};

/// The numbers that a run of its kind is judged by, the most important first. Empty while there are none.
std::vector<ResultRow> resultRows(const RunFacts& facts);
/// The trials of a search, in the order tried: those that ended.
std::vector<SearchTrial> searchTrials(const std::map<std::string, std::vector<Point>>& points);
/// The name of a search's losses, with their unit.
QString searchLossName(const RunSpec& spec);

}  // namespace scanline
