#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/jobs/prepare_data.h"
#include "core/spec/run_spec.h"
#include "core/tokens/quantisation.h"
#include "experiments/cli/progress_line.h"

namespace scanline {

/// A data set in the colours of a palette, and facts about it.
struct DataReport {
  PreparedData data;
  std::vector<std::string> warnings;
  std::vector<int64_t> colourUses;         ///< [palette] pixels of the training images, if they were measured
  std::optional<QuantisationError> error;  ///< of the training images, if measured; a set that comes as tokens has none
};

/// Reads as a run of `spec` would. Throws Error if the tokens of such a run are no colours, and as prepareData() does.
DataReport reportData(const RunSpec& spec, const std::filesystem::path& paletteFile, bool measure, ProgressLine& line);

/// The text of `data list`.
nlohmann::ordered_json registryJson();
std::string registryText();
/// The text of `data info`.
nlohmann::ordered_json datasetJson(const RunSpec& spec, const DataReport& report);
std::string datasetText(const RunSpec& spec, const DataReport& report);

}  // namespace scanline
