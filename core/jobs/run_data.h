#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "core/data/dataset.h"
#include "core/run/engine.h"

namespace scanline {

/// What the reading of RunData reports to, and what stops it. All on one thread, but for `progress`.
struct PrepareContext {
  std::function<void(std::string doing)> begin;  ///< "Finding the palette"; throws to give up
  Progress progress;                             ///< of the part begun last; any thread
  std::function<void(std::string)> warn;         ///< a sentence for the log
  std::stop_token stop;
};

/// Images, palette and tokens of a run as its spec says, and the sizes in `prepared`. `folder` is the run's: its
/// palette is kept there, and taken from there if it has one already, because what its checkpoints mean depends on it.
/// `engine` encodes images as codes where spec.palette.vqvae asks for it. Throws Error.
RunData readRunData(const RunSpec& spec, const std::filesystem::path& folder, Engine& engine,
                    const PrepareContext& context, RunPrepared& prepared);

}  // namespace scanline
