#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/data/image.h"
#include "core/spec/run_spec.h"
#include "core/tokens/augmenter.h"

namespace scanline {

/// The source of an augmenter: images, or the files of images that are decoded again at each use.
struct AugmentSource {
  ImageSet images;
  std::vector<std::filesystem::path> files;  ///< if not empty, in place of `images`
};

/// Makes the tokens of `side` x `side` pixels by data.augment, data.resize and `palette`. The augmenter's rows are
/// those of `source`. `threads` work on this call alone.
std::unique_ptr<const Augmenter> makeImageAugmenter(const DataSpec& spec, int64_t side, AugmentSource source,
                                                    const Palette& palette, int threads);

}  // namespace scanline
