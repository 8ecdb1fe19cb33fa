#include "core/jobs/feature_cache.h"

#include <algorithm>
#include <map>
#include <vector>

#include "core/base/record_file.h"
#include "core/base/user_folders.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// A file of records, with its sums.
struct CachedFile {
  fs::path file;
  fs::file_time_type used = fs::file_time_type::min();
  int64_t bytes = 0;
};

std::vector<CachedFile> cachedFiles() {
  std::map<fs::path, CachedFile> files;
  std::error_code error;
  for (fs::directory_iterator at(featureCacheFolder(), error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // another process may have removed it
    const auto bytes = at->file_size(gone);
    const auto time = gone ? fs::file_time_type::min() : at->last_write_time(gone);
    if (gone) continue;
    fs::path name = at->path();
    if (name.extension() == ".sums" || name.extension() == ".lock") name.replace_extension();
    CachedFile& file = files[name];
    file.file = name;
    file.bytes += static_cast<int64_t>(bytes);
    if (at->path().extension() != ".lock") file.used = std::max(file.used, time);
  }
  std::vector<CachedFile> all;
  for (auto& [name, file] : files) all.push_back(std::move(file));
  return all;
}

}  // namespace

fs::path featureCacheFolder() {
  return userCacheFolder() / "features";
}

int64_t featureCacheBytes() {
  int64_t bytes = 0;
  for (const CachedFile& file : cachedFiles()) bytes += file.bytes;
  return bytes;
}

void useCachedFile(const fs::path& used, int64_t most) {
  std::error_code ignored;
  fs::last_write_time(used, fs::file_time_type::clock::now(), ignored);
  auto files = cachedFiles();
  int64_t bytes = 0;
  for (const CachedFile& file : files) bytes += file.bytes;
  std::ranges::sort(files, {}, &CachedFile::used);
  for (const CachedFile& file : files) {
    if (bytes <= most) return;
    if (file.file == used) continue;
    removeRecordFile(file.file);
    bytes -= file.bytes;
  }
}

}  // namespace scanline
