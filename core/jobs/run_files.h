#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/store/run_recorder.h"

namespace scanline {

// A run that trains with a folder instead of a store, since a store does not cross machines. The folder holds its
// settings, the files that its kind starts from, its checkpoints, and
//   events.jsonl   every event, a line each, only ever appended to (but for a last line that a crash cut)
//   wish.pause     as long as this file is there, the run is paused
//   wish.stop      the run writes a checkpoint and stops; it removes the file at its end
// Everything below may be on a disk that several machines share.

inline constexpr const char* kSettingsFile = "spec.toml";
inline constexpr const char* kEventsFile = "events.jsonl";
inline constexpr const char* kPauseWish = "wish.pause";
inline constexpr const char* kStopWish = "wish.stop";

/// Throws Error for settings of several runs: a search.
void requireOneRun(const RunSpec& spec);

/// A folder for a new run: `spec` and no events. Throws Error, also if there are settings already.
void makeRunFiles(const std::filesystem::path& folder, const RunSpec& spec);

/// Brings a run's folder on the shared disk to the state of the store, made if need be, so that the run begins there or
/// goes on from its newest checkpoint: settings, palette, model, checkpoints, and their events. Removes wishes. Returns
/// the bytes of the event file, which the store need not take. Throws Error.
int64_t bringRunFiles(const RunStore& store, RunId run, const std::filesystem::path& folder);

/// Writes or removes the file of a wish. Throws Error.
void wishFor(const std::filesystem::path& folder, RunCommand command);
bool isWished(const std::filesystem::path& folder, const char* wish);
void removeWishes(const std::filesystem::path& folder);

/// Appends to the event file. Cuts a last line off that is not whole. What a disk does not take waits in memory, in
/// order, and is tried again with the next events. One thread, and one process at a time.
class EventFile : public EventJournal {
 public:
  /// Throws Error if the file cannot be opened.
  explicit EventFile(const std::filesystem::path& folder);
  ~EventFile() override;
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void write(std::span<const TrainEvent> events, std::span<const int64_t> timesMs) override;
  void write(const TrainEvent& event);
  void goBackTo(int64_t step) override;
  /// Tries what waits until the disk takes it, or `longest`; false: some events wait still.
  bool settle(std::chrono::milliseconds longest);
  int64_t size() const { return size_; }

 private:
  bool flush(bool sync);

  int descriptor_;
  int64_t size_ = 0;     ///< bytes that are whole lines
  std::string waiting_;  ///< whole lines
};

/// What takeRunEvents() found.
struct TakenEvents {
  int64_t events = 0, newestMs = 0;
  std::vector<std::string> warnings;  ///< of lines that were passed over
};

/// Takes the lines that are new since ClusterRun::taken into the store, each once and in order; a last line that is not
/// whole waits. Checkpoints of the folder get absolute names, unless it is the run's folder of the store. Throws Error,
/// Stopped.
TakenEvents takeRunEvents(RunStore& store, RunId run, const std::filesystem::path& folder, const Control& control = {});

}  // namespace scanline
