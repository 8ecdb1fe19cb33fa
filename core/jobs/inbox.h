#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/store/run_store.h"

namespace scanline {

/// News of the inbox since it was looked at before.
struct InboxNews {
  std::vector<RunId> begun, ended;
  int64_t points = 0;
  std::vector<std::string> warnings;  ///< a sentence for a file that is no log, or lines that were passed over

  bool empty() const { return begun.empty() && ended.empty() && points == 0 && warnings.empty(); }
};

/// Runs of other programs, which resources/python/scanline_log.py writes to `<workspace>/inbox`: a file each, one JSON
/// object a line, only ever appended to. They become runs of kind Curves that grow while the program goes on. A last
/// line without its end waits. How far a file was taken stands beside it (".<file>.taken"); lines that are taken
/// twice after a crash replace themselves. Files of runs that are over go to `inbox/done`, and are never deleted.
/// Several processes may look at one inbox: one at a time does. One thread.
class Inbox {
 public:
  explicit Inbox(std::filesystem::path workspace);
  ~Inbox();

  /// Takes all lines that are there, in slices. Cheap if nothing is new. `store` is of the same workspace, ReadWrite.
  /// Throws Error if the store cannot be written, Stopped; a file that cannot be read is a warning, once.
  InboxNews poll(RunStore& store, const Control& control = {});

 private:
  struct File;
  class Taker;

  std::filesystem::path folder_;
  std::map<std::string, File> files_;  ///< by name
};

}  // namespace scanline
