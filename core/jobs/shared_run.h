#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/run/engine.h"

namespace scanline {

/// The trainer of a run; in process 0 of the engine's group, if it has one, for all of them. The other processes then
/// read the same data with the palette of this one. Throws Error with the sentence of a process that cannot, that has
/// other images, or whose processor computes by other instructions. `folder`: the run's. `fingerprint`: of `data`.
std::unique_ptr<Trainer> makeSharedTrainer(Engine& engine, const RunSpec& spec, RunData data,
                                           const std::filesystem::path& folder, const std::string& fingerprint);

/// The life of a process of the group other than the first: shares one run after the other, until process 0 ends.
/// `say`: told what goes wrong, which process 0 learns too. Throws GroupLost.
void followRuns(Engine& engine, const std::function<void(const std::string& sentence)>& say);

}  // namespace scanline
