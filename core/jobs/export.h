#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/store/run_store.h"

namespace scanline {

/// The network of a checkpoint as a Hugging Face folder that transformers loads as ImageGPTForCausalImageModeling:
/// config.json, model.safetensors, generation_config.json, and preprocessor_config.json with its palette. `folder` is
/// made on demand. Returns a sentence for everything that had to stay behind (a classifier). Throws Error if the folder
/// holds one of these files already, none of which is replaced, and for a BERT model, whose attention is not causal, as
/// Hugging Face's always is.
std::vector<std::string> exportHuggingFace(const std::filesystem::path& checkpoint,
                                           const std::filesystem::path& folder);

/// Everything that the store knows of a run but its checkpoints and its log, as one file that importPath() makes an
/// equal run of. Whole or not at all. NaN and infinities are the texts "nan", "inf" and "-inf".
void exportJson(const RunStore& store, RunId run, const std::filesystem::path& file);

/// The same as tables for other programs: series.csv, probes.csv, low_data.csv and samples.csv (nats, no pictures) as
/// far as the run has such rows, and spec.toml, in a new folder inside `parent` that is named after the run. Returns
/// that folder, which importPath() takes, as it takes its series.csv. Nothing that was there is touched.
std::filesystem::path exportCsv(const RunStore& store, RunId run, const std::filesystem::path& parent);

}  // namespace scanline
