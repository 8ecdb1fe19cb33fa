#pragma once

#include <filesystem>
#include <string>

#include "core/store/run_store.h"
#include "core/train/engine.h"

namespace scanline {

/// A new run that starts from this checkpoint, which is one of a run of `store`, or a file of its own. `spec` is of a
/// kind that needsModel(). Throws Error.
RunId makeRunFrom(RunStore& store, const std::filesystem::path& checkpoint, const CheckpointInfo& info,
                  const RunSpec& spec);

/// A spec of `kind` that starts from a checkpoint: all but the model's settings from `specName` (see readSpec), or if
/// that is empty, the settings that the model was trained with. Throws Error.
RunSpec specFrom(const CheckpointInfo& info, const std::filesystem::path& checkpoint, RunKind kind,
                 const std::string& specName);

}  // namespace scanline
