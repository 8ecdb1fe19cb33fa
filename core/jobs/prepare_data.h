#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/base/control.h"
#include "core/data/dataset.h"
#include "core/spec/run_spec.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// The preparing of data reports to this, and is stopped by it. All on one thread, but for `control`.
struct PrepareContext {
  std::function<void(std::string doing)> begin;  ///< "Finding the palette"; throws to give up
  Control control;                               ///< of the part begun last
  std::function<void(std::string)> warn;         ///< a sentence for the log
};

struct PrepareOptions {
  std::filesystem::path paletteFile = {};  ///< taken if it is there, else written; empty: none is kept
  std::optional<Palette> palette = {};     ///< of images, in place of the one that the spec asks for
  int64_t side = 0;                        ///< pixels of images where spec.data.side leaves them open; 0 = their own
  bool tokens = true;                      ///< whether images become tokens, too
};

/// The data that a spec asks for.
struct PreparedData {
  Dataset images;                    ///< empty, but for the names of the classes, where the set comes as tokens
  std::optional<Palette> palette;    ///< of the tokens, if they stand for colours (hasColours)
  TokenSet train, validation, test;  ///< empty of images that were not to become tokens, or become codes
  int64_t width = 0, height = 0;     ///< of the images, in pixels; of a set that comes as tokens, in tokens
};

/// The one road from a spec to its data, for a run, for the page that shows them, and for the terminal. Images are
/// brought to the side that a run of this spec gives them: of a VQ-VAE vqvae.grid * vqvae.stride, if there is a grid.
/// Warnings of the readers go to the context. Throws Error as the readers do, and if the set comes as tokens of another
/// palette than paletteFile's; Stopped.
PreparedData prepareData(const RunSpec& spec, const PrepareContext& context, const PrepareOptions& options = {});

/// The CPU threads of a run.
int threadsOf(const RunSpec& spec);

}  // namespace scanline
