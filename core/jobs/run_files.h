#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/jobs/restart_point.h"
#include "core/jobs/run_requests.h"
#include "core/store/run_recorder.h"

namespace scanline {

// A run that trains with a folder instead of a store, since a store does not cross machines. The folder holds its
// settings, the files that its kind starts from, its checkpoints, and
//   events.jsonl    every event, a line each, only ever appended to (but for a last line that a crash cut)
//   restart.jsonl   those that a restart needs (core/jobs/restart_point.h)
// and requests (core/jobs/run_requests.h). Everything below may be on a disk that several machines share.

inline constexpr const char* kSettingsFile = "spec.toml";

/// Throws Error for settings of several runs: a search.
void requireOneRun(const RunSpec& spec);

/// A folder for a new run: `spec` and no events. Throws Error, also if there are settings already.
void makeRunFiles(const std::filesystem::path& folder, const RunSpec& spec);

/// Brings a run's folder on the shared disk to the state of the store, made if need be, so that the run begins there or
/// goes on from its newest checkpoint: settings, palette, model, checkpoints, and their events. Removes requests.
/// Returns the end of the event file, which the store need not take. Throws Error.
TakenTo bringRunFiles(const RunStore& store, RunId run, const std::filesystem::path& folder);

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
  /// From here on the point of the folder follows the events: `point` knows those of the file so far.
  void keep(RestartPoint point) { point_ = std::move(point); }
  /// Behind the last event that was written.
  TakenTo end() const { return end_; }

 private:
  /// A whole line, to be written.
  void append(std::string_view line);
  bool flush(bool sync);

  std::filesystem::path folder_;
  int descriptor_;
  int64_t size_ = 0;     ///< bytes that are whole lines
  std::string waiting_;  ///< whole lines
  TakenTo end_;
  std::optional<RestartPoint> point_;
};

/// What takeRunEvents() found.
struct TakenEvents {
  int64_t events = 0, newestMs = 0;
  std::vector<std::string> warnings;  ///< of lines that were passed over
};

/// Takes the lines that are new since ClusterRun::taken into the store, each once and in order; a last line that is not
/// whole waits. A file that is another one than before, or was cut, is taken from its start, and what the store had of
/// it goes. Checkpoints of the folder get absolute names, unless it is the run's folder of the store. `point`, if there
/// is one, sees the events, too. Throws Error, Stopped.
TakenEvents takeRunEvents(RunStore& store, RunId run, const std::filesystem::path& folder, const Control& control = {},
                          RestartPoint* point = nullptr);

}  // namespace scanline
