#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/run_store.h"

namespace scanline {

/// Bytes that the files of a run take, by kind.
struct RunDiskUse {
  RunId run;
  std::string name;
  bool trashed = false;
  int64_t checkpoints = 0;  ///< of steps, and the model that it started from
  int64_t eventFiles = 0;   ///< TensorBoard's
  int64_t others = 0;
  int64_t shared =
      0;  ///< of all these, bytes that another run has a name for, too: removing this one frees none of them

  int64_t total() const { return checkpoints + eventFiles + others; }
};

struct DiskUse {
  std::vector<RunDiskUse> runs;  ///< the largest first; runs without files are left out
  int64_t total = 0;             ///< all of the workspace; files that several runs share count once
  int64_t database = 0;          ///< with its log
  int64_t backups = 0;           ///< copies of the database from before it was updated
  int64_t trash = 0;             ///< bytes of the runs' files that emptying the trash would free
  int64_t lost = 0;              ///< folders of no run: see RunStore::repair()
  int64_t freeOnDisk = 0;
};

/// Looks at every file of the workspace: takes a while for many. A file that vanishes meanwhile counts nothing. Throws
/// Error.
DiskUse diskUse(const RunStore& store);

}  // namespace scanline
