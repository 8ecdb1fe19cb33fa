#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/store/run_store.h"

namespace scanline {

/// News of a watched folder since it was looked at before.
struct WatchNews {
  std::vector<RunId> begun, grown;
  int64_t points = 0;
  std::vector<std::string> warnings;

  bool empty() const { return begun.empty() && grown.empty() && warnings.empty(); }
};

/// TensorBoard's event files at and below a folder, whose curves grow in the store while another program trains: a run
/// of each folder with events, tagged "imported" and "watched". Where a program goes on from an earlier step,
/// the points that it replaces are replaced here. `<workspace>/watched.json` has which run belongs to which folder, so
/// that a later watch goes on with it. One thread.
class EventWatch {
 public:
  /// Throws Error if `folder` is no folder.
  EventWatch(std::filesystem::path workspace, std::filesystem::path folder);
  ~EventWatch();
  EventWatch(EventWatch&&) noexcept;
  EventWatch& operator=(EventWatch&&) noexcept;

  const std::filesystem::path& folder() const { return root_; }
  /// Takes all that is new. Looks for new folders every ten seconds, or at once with `lookForFolders`. Throws Error if
  /// the store cannot be written, Stopped; a file that cannot be read is a warning, once.
  WatchNews poll(RunStore& store, bool lookForFolders = false, const Control& control = {});

 private:
  struct Source;

  std::filesystem::path workspace_, root_;
  std::map<std::filesystem::path, std::unique_ptr<Source>> sources_;
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace scanline
