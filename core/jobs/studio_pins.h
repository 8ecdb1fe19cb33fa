#pragma once

#include <filesystem>

#include "core/store/run_store.h"

namespace scanline {

/// A candidate of a drawing as it is pinned. `file`: the checkpoint of `run` at `step` that drew it. Reads some of that
/// file, and decodes codes of a VQ-VAE: any thread but the window's. Throws Error.
PinnedDrawing pinnedDrawing(const OpenModel& model, RunId run, const CheckpointRow& row,
                            const std::filesystem::path& file, const DrawRequest& request, const Drawing& drawing,
                            int64_t candidate);

/// The checkpoint that drew it. Throws Error if it was removed, or the file holds another model by now: the drawing
/// would come out differently.
std::filesystem::path checkpointOf(const RunStore& store, const PinnedDrawing& pinned);

struct DrawnAgain {
  Drawing drawing;      ///< all candidates of the request up to the pinned one
  bool isSame = false;  ///< the pinned one came out as it was, token for token
  /// Where it did not: a sentence about how program and arithmetic differ from those that drew it; empty if they do
  /// not.
  std::string difference;
};
/// Throws Error if the model does not fit; Stopped.
DrawnAgain drawAgain(const OpenModel& model, const PinnedDrawing& pinned, const DrawSink& sink, const Control& control);

}  // namespace scanline
