#pragma once

#include "core/jobs/prepare_data.h"
#include "core/run/engine.h"

namespace scanline {

/// Images, palette and tokens of a run as its spec says, and the sizes in `prepared`. `folder` is the run's: its
/// palette is kept there, and taken from there if it has one already, because the meaning of its checkpoints depends on
/// it. `engine` encodes images as codes where spec.palette.vqvae asks for it. Throws Stopped, and Error.
RunData readRunData(const RunSpec& spec, const std::filesystem::path& folder, Engine& engine,
                    const PrepareContext& context, RunPrepared& prepared);

}  // namespace scanline
