#pragma once

#include <string_view>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

struct Preset {
  std::string_view name;         ///< "quick-start": what files and the command line say
  std::string_view title;        ///< "Quick start"
  std::string_view description;  ///< two sentences: what it shows, what it needs, how long
  RunSpec spec;
};

/// In the order of display: what runs at once, then the paper's runs.
const std::vector<Preset>& presets();
/// Throws Error that lists the names if there is none of this name.
const Preset& preset(std::string_view name);

/// The fine-tuning of a trained model as the paper does it (section 3.4): same batch and optimiser at a tenth of the
/// learning rate, which is where the best one often was, and without a cosine; CIFAR's augmentation on CIFAR. Data,
/// palette and model as in `trained`.
RunSpec finetuneOf(const RunSpec& trained);

}  // namespace scanline
