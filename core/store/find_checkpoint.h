#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/run_types.h"

namespace scanline {

class RunStore;

/// Is told a sentence on the choice where several were possible. May be empty.
using TakenNews = std::function<void(const std::string& sentence)>;

/// The run with this name or beginning of a uuid, for work that goes on from a checkpoint: of several runs of the name
/// the newest that has a checkpoint, and its file, and says so to `taken` if newer ones have none. Runs in the trash
/// count only where there are no others. Nothing if there is no such run; the newest if none has a checkpoint.
std::optional<RunId> findTrainedRun(const RunStore& store, std::string_view uuidOrName, const TakenNews& taken = {});

struct FoundCheckpoint {
  RunId run;
  CheckpointRow row;
};
/// The best checkpoint of a run given as RUN, or the one of a step given as RUN@STEP; RUN as for findTrainedRun().
/// Throws Error, which lists those that exist.
FoundCheckpoint findStoredCheckpoint(const RunStore& store, const std::string& text, const TakenNews& taken = {});
/// A checkpoint file (or a folder with a model), or the result of findStoredCheckpoint() here. Where a folder
/// is called like a run that has a checkpoint, the run is meant, and `taken` is told; a path with a slash is never a
/// run. Throws Error, which lists those that exist.
std::filesystem::path findCheckpoint(const std::filesystem::path& workspace, const std::string& text,
                                     const TakenNews& taken = {});

/// The merit (meritOf) of each of these checkpoints of a run.
std::vector<double> checkpointMerits(const RunStore& store, RunId run, std::span<const CheckpointRow> rows);
/// The best checkpoint of a run: that of the highest validation accuracy where a classifier learns, else of the lowest
/// validation loss; of equals, the first; if none was ever measured, the newest. Nothing if the run has no checkpoint.
std::optional<CheckpointRow> bestCheckpoint(const RunStore& store, RunId run);
/// The checkpoint of `step`, or with -1 the best. Throws Error if there is none.
CheckpointRow chooseCheckpoint(const RunStore& store, RunId run, int64_t step);

}  // namespace scanline
