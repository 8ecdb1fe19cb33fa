#pragma once

#include "core/spec/run_spec.h"

namespace scanline {

/// Makes the paths of a spec mean the same place from every folder: "~" becomes the home folder, and relative paths
/// become absolute, from the current folder. Empty paths stay empty, and palette.vqvae stays unless it is a path (it
/// has a slash, or names a .safetensors file), because it may be the name of a run.
void makePathsAbsolute(RunSpec& spec);

}  // namespace scanline
