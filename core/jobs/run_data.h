#pragma once

#include <functional>
#include <string>

#include "core/base/control.h"
#include "core/data/dataset.h"
#include "core/run/engine.h"

namespace scanline {

/// What the reading of RunData reports to, and what stops it. All on one thread, but for `control`.
struct PrepareContext {
  std::function<void(std::string doing)> begin;  ///< "Finding the palette"; throws to give up
  Control control;                               ///< of the part begun last
  std::function<void(std::string)> warn;         ///< a sentence for the log
};

/// Images, palette and tokens of a run as its spec says, and the sizes in `prepared`. `folder` is the run's: its
/// palette is kept there, and taken from there if it has one already, because what its checkpoints mean depends on it.
/// `engine` encodes images as codes where spec.palette.vqvae asks for it. Throws Stopped,
/// and Error.
RunData readRunData(const RunSpec& spec, const std::filesystem::path& folder, Engine& engine,
                    const PrepareContext& context, RunPrepared& prepared);

}  // namespace scanline
