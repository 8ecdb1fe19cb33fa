#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace scanline {

// Values that models computed for whole data sets: features, and the answers of probes. Files of records in the user's
// cache folder, which can be made again. Of all workspaces together they take a bounded space: the files that were used
// longest ago go first.

inline constexpr int64_t kMostFeatureBytes = 8'000'000'000;

/// The folder; it need not exist. Throws Error as userCacheFolder() does.
std::filesystem::path featureCacheFolder();
/// The bytes of its files.
int64_t featureCacheBytes();
/// Notes that a file of the folder is used now, and removes those used longest ago while all take more than `most`
/// bytes; `used` itself stays, and so does a file that another process is making. Readers of a removed file keep it.
/// Faults of the disk are ignored: the next call tries again.
void useCachedFile(const std::filesystem::path& used, int64_t most = kMostFeatureBytes);

}  // namespace scanline
