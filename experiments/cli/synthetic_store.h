#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace scanline {

struct SyntheticSize {
  int64_t runs = 100000;
  int64_t points = 1000000;  ///< of the training loss of the newest run
};

/// Fills a new workspace with runs that never ran, for measuring the cost of many runs: searches with their trials,
/// tags, notes, all settings, six series each with some points, probes. The same size gives the same runs. A workspace
/// of this size that it made before stays as it is. `progress`: runs made so far. Throws Error if other runs are there.
void makeSyntheticStore(const std::filesystem::path& workspace, const SyntheticSize& size,
                        const std::function<void(int64_t)>& progress);

}  // namespace scanline
