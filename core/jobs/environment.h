#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// Facts that a run's results and speed depend on besides its spec, name and value, for the record: our version and
/// compiler, processor, cores, kernel, threads, seed. Those of the engine come from Trainer::environment().
std::vector<std::pair<std::string, std::string>> describeEnvironment(const RunSpec& spec);

}  // namespace scanline
