#pragma once

#include <QString>
#include <filesystem>
#include <vector>

#include "core/run/open_model.h"
#include "core/store/run_store.h"
#include "widgets/studio/model_choice.h"

namespace scanline {

/// A checkpoint that the open model can be compared with.
struct OtherModel {
  ModelChoice choice;
  std::filesystem::path file;
};

/// The checkpoints of a run, the newest first, then the best ones of the newest other runs. Any thread. Throws Error.
std::vector<OtherModel> readOthers(const RunStore& store, RunId run);
/// The key of a checkpoint.
QString keyOf(RunId run, int64_t step);

/// `request` as `other` understands it: the same pixels in its colours or codes, where those are not the same. Throws
/// Error if it has another number of tokens: a mask is one of tokens.
DrawRequest translated(const DrawRequest& request, const OpenModel& asked, const OpenModel& other);

}  // namespace scanline
