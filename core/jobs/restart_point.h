#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/run/events.h"
#include "core/store/run_store.h"

namespace scanline {

/// Those events of a run's event file that it needs to go on from its newest checkpoint, and the place in the file
/// behind that checkpoint. It lies in the folder beside the event file, so that a restart reads only what came after
/// it, however long the run has trained. One thread.
class RestartPoint {
 public:
  /// That of a folder. Empty if there is none, or it is of another event file than the one that is there: the whole
  /// file is to be read then.
  static RestartPoint read(const std::filesystem::path& folder);

  /// Puts its events into the store, as if the event file had been taken up to end().
  void putInto(RunStore& store, RunId run) const;
  TakenTo end() const { return end_; }

  /// An event of the file, in order; `end`: behind its line.
  void see(const TrainEvent& event, int64_t timeMs, TakenTo end);
  void goBackTo(int64_t step);
  /// A checkpoint has come or gone since it was written.
  bool isNew() const { return isNew_; }
  /// The event file has to be on the disk as far as end(). Throws Error.
  void write(const std::filesystem::path& folder);

 private:
  struct Entry {
    TrainEvent event;
    int64_t timeMs;
  };
  /// Evaluations that belong to a checkpoint.
  void dropEvaluations();

  std::optional<Entry> prepared_, state_;
  std::map<int64_t, Entry> evaluations_, checkpoints_;  ///< by step
  TakenTo end_;
  bool isNew_ = false;
};

}  // namespace scanline
