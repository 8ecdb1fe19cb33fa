#pragma once

#include <cstdint>
#include <filesystem>

namespace scanline {

/// Fills a new workspace with runs that ended, for benchmarks: settings that vary over a few hundred templates, all of
/// them in the tables, curves of a few points, tags, notes, results; and one run, the newest, with a curve of
/// `pointsOfOne` points. Throws Error.
void makeSyntheticStore(const std::filesystem::path& workspace, int64_t runs, int64_t pointsOfOne);

}  // namespace scanline
