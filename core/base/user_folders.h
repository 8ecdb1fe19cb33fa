#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace scanline {

/// $XDG_DATA_HOME/scanline (else ~/.local/share/scanline): runs, and data sets that were fetched. Throws Error if there
/// is no home folder. It need not exist.
std::filesystem::path userDataFolder();
/// $XDG_CACHE_HOME/scanline (else ~/.cache/scanline): files that can be made again. Throws Error, and need not exist,
/// likewise.
std::filesystem::path userCacheFolder();

/// A path as people type it: "~" and "~/..." begin with the home folder, "~name/..." with that user's. Everything else,
/// and a user that nobody knows, stays as it is.
std::string expandHome(std::string_view path);

}  // namespace scanline
