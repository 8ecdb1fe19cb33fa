#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/run_types.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// The losses of a run as lines of text: training points and, on top, validation points, with labelled axes. Values
/// that are not finite are left out. Empty if there are not two steps to show. `unit`: the name of a step.
std::string drawLosses(std::span<const Point> training, std::span<const Point> validation, const Terminal& terminal,
                       std::string_view unit = "nats per pixel");

/// A bar for each layer's accuracy, the best one marked.
std::string drawAccuracies(std::span<const ProbeResult> layers, const Terminal& terminal);

}  // namespace scanline
