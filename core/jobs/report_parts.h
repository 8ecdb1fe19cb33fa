#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_store.h"

namespace scanline {

/// A run as its report needs it.
struct ReportedRun {
  RunDetails details;
  std::optional<RunSpec> spec;  ///< nothing: its settings are of a later version
  std::vector<SeriesSummary> series;
  std::vector<ProbeResult> probes;  ///< of the newest probed step
  std::vector<LowDataResult> lowData;
};

// The sections of a report, each HTML, or empty if the runs have nothing of the kind.

std::string resultsSection(std::span<const ReportedRun> runs);
std::string settingsSection(std::span<const ReportedRun> runs);
std::string curvesSection(const RunStore& store, std::span<const ReportedRun> runs);
std::string probesSection(std::span<const ReportedRun> runs);
std::string lowDataSection(std::span<const ReportedRun> runs);
std::string samplesSection(const RunStore& store, std::span<const ReportedRun> runs);
std::string specsSection(std::span<const ReportedRun> runs);

}  // namespace scanline
