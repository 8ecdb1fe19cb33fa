#pragma once

#include "core/store/run_store.h"

namespace scanline {

/// Asks the process that trains the run, and waits until the run's state shows it, or half a minute: a step of a large
/// model takes a while. Returns the run as it is then. Throws Error if no process trains it.
RunSummary askAndWait(RunStore& store, RunId run, RunCommand command);

}  // namespace scanline
