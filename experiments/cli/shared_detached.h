#pragma once

#include <filesystem>
#include <span>

#include "core/store/run_types.h"
#include "experiments/cli/processes.h"

namespace scanline {

/// Trains runs with processes that share them, all of which go on without this one. Returns when the runs wait for
/// them: 0, or an exit code. No store may be open, and no thread be there.
int trainSharedDetached(const std::filesystem::path& workspace, std::span<const RunId> runs, bool resume,
                        Processes& processes);
/// The same of runs that were just made, which are removed again where none of them begins.
int trainNewShared(const std::filesystem::path& workspace, std::span<const RunId> runs, Processes& processes);

}  // namespace scanline
