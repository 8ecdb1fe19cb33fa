#pragma once

#include <filesystem>
#include <vector>

namespace scanline {

/// The folders for checkpoints that a run's own folder has no room for, in this order: one of the run's name below the
/// user's cache folder, and one below the folder for temporary files, in a folder that is this user's alone. Absolute;
/// none of them need exist. `runFolder`: the run's own, named by its uuid.
std::vector<std::filesystem::path> rescueFolders(const std::filesystem::path& runFolder);

/// Makes one of them, for its owner alone. False if it cannot be made, or another user's is in the way.
bool makeRescueFolder(const std::filesystem::path& folder);

}  // namespace scanline
