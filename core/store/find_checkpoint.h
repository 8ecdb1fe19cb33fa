#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/store/run_types.h"

namespace scanline {

class RunStore;

/// A checkpoint file (or a folder with a model), or the newest checkpoint of a run of this workspace given as RUN, or
/// the one of a step given as RUN@STEP; RUN is a name or the beginning of a uuid. Throws Error, saying what there is,
/// if it is none of these.
std::filesystem::path findCheckpoint(const std::filesystem::path& workspace, const std::string& text);

/// The best checkpoint of a run: that of the highest validation accuracy where a classifier learns, else of the lowest
/// validation loss; of equals, the first; if none was ever measured, the newest. Nothing if the run has no checkpoint.
std::optional<CheckpointRow> bestCheckpoint(const RunStore& store, RunId run);
/// The checkpoint of `step`, or with -1 the best. Throws Error if there is none.
CheckpointRow chooseCheckpoint(const RunStore& store, RunId run, int64_t step);

}  // namespace scanline
