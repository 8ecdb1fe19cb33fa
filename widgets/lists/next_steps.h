#pragma once

#include <QString>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// What can be done with a trained model, as the menus of runs and checkpoints call it, in their order.
std::vector<std::pair<RunKind, QString>> nextSteps();

}  // namespace scanline
