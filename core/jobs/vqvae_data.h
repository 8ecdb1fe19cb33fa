#pragma once

#include "core/jobs/run_data.h"

namespace scanline {

// The part of readRunData where a VQ-VAE is trained, or its codes are the tokens. Both fill the sizes in `prepared`,
// positions and width and height counted in codes. Throw Error.

/// For a run of kind vqvae: images as pixels, of vqvae.grid * vqvae.stride a side or as spec.data says. Its codes have
/// no colours yet: the palette is a ramp of greys, one a code.
RunData readPixelData(const RunSpec& spec, const PrepareContext& context, RunPrepared& prepared);

/// For a run with palette.vqvae: images as codes. `folder` is the run's; it keeps the VQ-VAE's checkpoint as
/// kVqvaeFile, and takes it from there if it has one already, because the meaning of its own checkpoints depends on it.
/// Images have data.side pixels, or as many as the VQ-VAE was trained on.
RunData readCodeData(const RunSpec& spec, const std::filesystem::path& folder, Engine& engine,
                     const PrepareContext& context, RunPrepared& prepared);

}  // namespace scanline
