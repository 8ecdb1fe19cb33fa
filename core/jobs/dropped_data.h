#pragma once

#include <filesystem>
#include <optional>

#include "core/spec/run_spec.h"

namespace scanline {

/// The data set that a file or folder holds, by the names of its files: its key in the registry, its path, and the
/// settings that a run of it needs (the side of a folder's pictures). Nothing if it holds none that is known. Looks at
/// a few names only; reads no picture. Any thread.
std::optional<DataSpec> recogniseData(const std::filesystem::path& path);

}  // namespace scanline
