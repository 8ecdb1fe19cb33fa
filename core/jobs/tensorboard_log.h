#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/foreign/tfevents_writer.h"
#include "core/run/events.h"
#include "core/tokens/palette.h"

namespace scanline {

/// Events of a run, also as event files in its folder, so that TensorBoard shows it while it trains: series under their
/// stored names, probes as probe/accuracy/layer_<l>, pictures as grids. The lane's thread.
class TensorBoardLog {
 public:
  /// `step`: where the run goes on, 0 for its beginning. Later points of earlier files in the folder are declared
  /// void. `palette`: the colours that tokens of samples stand for, if they do. Nothing is written before there is
  /// something to show.
  TensorBoardLog(std::filesystem::path folder, int64_t step, std::optional<Palette> palette);

  /// Appends events of interest and flushes. Throws Error if the disk is full; events not written then wait, and
  /// goes with the next call.
  void write(std::span<const TrainEvent> events, std::span<const int64_t> timesMs);

 private:
  void add(const StepStats& event);
  void add(const Evaluation& event);
  void add(const Scalars& event);
  void add(const ProbeResult& event);
  void add(const LowDataResult& event);
  void add(const SampleSet& event);
  template <class Other>
  void add(const Other&) {}  // states, checkpoints and the log are none of TensorBoard's
  void addScalar(std::string_view tag, int64_t step, double value);
  void open();

  std::filesystem::path folder_;
  int64_t startStep_;
  std::optional<Palette> palette_;
  std::vector<TrainEvent> waiting_;
  std::vector<int64_t> times_;
  int64_t timeMs_ = 0;                      ///< of the event that is being added
  std::unique_ptr<TfEventsWriter> writer_;  ///< once there is something to write
};

}  // namespace scanline
