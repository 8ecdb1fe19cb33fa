#pragma once

#include <filesystem>

namespace scanline {

/// $XDG_DATA_HOME/scanline (else ~/.local/share/scanline): runs, and data sets that were fetched. Throws Error if there
/// is no home folder. It need not exist.
std::filesystem::path userDataFolder();
/// $XDG_CACHE_HOME/scanline (else ~/.cache/scanline): what can be made again. Throws Error, and need not exist,
/// likewise.
std::filesystem::path userCacheFolder();

}  // namespace scanline
