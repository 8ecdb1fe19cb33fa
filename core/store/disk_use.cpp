#include "core/store/disk_use.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "core/run/run_folder.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

struct Entry {
  fs::path path;
  int64_t bytes = 0;
  uint64_t device = 0, inode = 0, names = 1;
};

/// Calls `visit` for each plain file below a folder. Links are not followed.
void eachFile(const fs::path& folder, const std::function<void(const Entry&)>& visit) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && at != end; at.increment(error)) {
    struct stat found {};
    if (::lstat(at->path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
    constexpr int64_t kBlock = 512;  // bytes of a unit of stat
    visit({at->path(), kBlock * static_cast<int64_t>(found.st_blocks), found.st_dev, found.st_ino, found.st_nlink});
  }
}

/// Bytes of files whose every name lies in the trash.
class TrashBytes {
 public:
  void add(const Entry& entry, bool trashed) {
    File& file = files_[{entry.device, entry.inode}];
    file.bytes = entry.bytes;
    file.names = entry.names;
    if (trashed) ++file.trashed;
  }
  int64_t total() const {
    int64_t bytes = 0;
    for (const auto& [id, file] : files_)
      if (file.trashed == file.names) bytes += file.bytes;
    return bytes;
  }

 private:
  struct File {
    int64_t bytes = 0;
    uint64_t names = 1, trashed = 0;
  };
  std::map<std::pair<uint64_t, uint64_t>, File> files_;
};

}  // namespace

DiskUse diskUse(const RunStore& store) {
  DiskUse use;
  TrashBytes trash;
  std::set<std::pair<uint64_t, uint64_t>> seen;
  std::map<std::string, RunDiskUse> runs;
  for (const RunSummary& run : store.runs(true))
    runs[run.uuid] = {.run = run.id, .name = run.name, .trashed = run.trashed};
  eachFile(store.workspace(), [&](const Entry& entry) {
    if (seen.insert({entry.device, entry.inode}).second) use.total += entry.bytes;
    const fs::path place = entry.path.lexically_relative(store.workspace());
    const std::string first = place.begin()->string();
    if (first.starts_with("scanline.db")) (first.ends_with(".backup") ? use.backups : use.database) += entry.bytes;
    if (first == "lost") use.lost += entry.bytes;
    if (first != "runs" || std::distance(place.begin(), place.end()) < 3) return;
    const auto owner = runs.find(std::next(place.begin())->string());
    if (owner == runs.end()) {
      use.lost += entry.bytes;
      return;
    }
    RunDiskUse& run = owner->second;
    const std::string name = entry.path.filename().string();
    if (name.find("tfevents") != std::string::npos)
      run.eventFiles += entry.bytes;
    else if (std::next(place.begin(), 2)->string() == kCheckpointFolder || name == kModelFile)
      run.checkpoints += entry.bytes;
    else
      run.others += entry.bytes;
    if (entry.names > 1) run.shared += entry.bytes;
    trash.add(entry, run.trashed);
  });
  for (auto& [uuid, run] : runs)
    if (run.total() > 0) use.runs.push_back(std::move(run));
  std::ranges::sort(use.runs, std::greater(), [](const RunDiskUse& run) { return std::pair(run.total(), run.run); });
  use.trash = trash.total();
  std::error_code error;
  const auto space = fs::space(store.workspace(), error);
  if (!error) use.freeOnDisk = static_cast<int64_t>(space.available);
  return use;
}

}  // namespace scanline
