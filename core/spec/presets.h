#pragma once

#include <string_view>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

struct Preset {
  std::string_view name;         ///< "quick-start": its name in files and on the command line
  std::string_view title;        ///< "Quick start"
  std::string_view description;  ///< two sentences: purpose, needed data, duration
  RunSpec spec;
};

/// In the order of display: presets that need no other files, then the paper's runs.
const std::vector<Preset>& presets();
/// Throws Error that lists the names if there is none of this name.
const Preset& preset(std::string_view name);

}  // namespace scanline
