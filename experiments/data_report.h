#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/spec/run_spec.h"
#include "core/tokens/palette_use.h"
#include "experiments/progress_line.h"

namespace scanline {

/// A data set in the colours of a palette, and what can be said of it.
struct PreparedDataset {
  Palette palette;
  TokenSet train, validation, test;
  int64_t side = 0;
  std::vector<std::string> classNames, warnings;
  PaletteUse use;         ///< of the training images; without pixels the error is 0
  bool hasPixels = true;  ///< else the set comes as tokens
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
