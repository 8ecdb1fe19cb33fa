#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/spec/run_spec.h"
#include "core/tokens/quantisation.h"
#include "experiments/cli/progress_line.h"

namespace scanline {

/// A data set in the colours of a palette, and what can be said of it.
struct PreparedDataset {
  Palette palette;
  TokenSet train, validation, test;
  int64_t side = 0;
  std::vector<std::string> classNames, warnings;
  std::vector<int64_t> colourUses;         ///< [palette] pixels of the training images, if they were measured
  std::optional<QuantisationError> error;  ///< of the training images, if measured; a set that comes as tokens has none
};

/// Reads as a run of `spec` would. `kept`: a palette to take in place of spec.palette's; null: that. Throws Error.
PreparedDataset prepareDataset(const RunSpec& spec, const Palette* kept, bool measure, ProgressLine& line);

/// What `data list` prints.
nlohmann::ordered_json registryJson();
std::string registryText();
/// What `data info` prints.
nlohmann::ordered_json datasetJson(const RunSpec& spec, const PreparedDataset& data);
std::string datasetText(const RunSpec& spec, const PreparedDataset& data);

}  // namespace scanline
