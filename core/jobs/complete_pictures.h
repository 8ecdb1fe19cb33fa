#pragma once

#include <filesystem>
#include <vector>

#include "core/run/engine.h"

namespace scanline {

/// Pictures that a trained model is to complete, and how.
struct PictureCompletion {
  std::filesystem::path checkpoint;
  std::vector<std::filesystem::path> images;  ///< PNG or JPEG files; none: whole images are drawn
  double given = 0.5;  ///< share of each picture's rows that the model is given; above 0 at least one, and never all
  int64_t each = 4;    ///< completions of each picture, or how many whole images
  double temperature = 1;
  int64_t topK = 0;  ///< 0 = all colours
  uint64_t seed = 1;
};

struct CompletedPictures {
  SampleSet set;    ///< at the step of the checkpoint
  Palette palette;  ///< of its tokens
};

/// Brings the pictures into the model's form (its size, the filter of its training, its colours or the codes of its
/// VQ-VAE) and draws. Seconds to minutes; any thread. Throws Error, and Stopped.
CompletedPictures completePictures(Engine& engine, const PictureCompletion& wanted, const Control& control);

}  // namespace scanline
