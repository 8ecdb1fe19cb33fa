#pragma once

#include <filesystem>
#include <memory>

#include "core/learn/model/vqvae.h"
#include "core/run/events.h"
#include "core/run/vqvae_codec.h"

namespace scanline {

/// Opens a checkpoint of a VQ-VAE for coding on the CPU. `threads`: 0 = all cores. Throws Error.
std::unique_ptr<VqvaeCodec> openVqvaeCodec(const std::filesystem::path& checkpoint, int64_t threads);

/// For a set of pictures in codes: fills its pixels from its originals and samples. Nothing where `vqvae` is empty: the
/// tokens are colours. Throws Error.
void decodePixels(SampleSet& set, const std::filesystem::path& vqvae, int64_t threads);

}  // namespace scanline
