#pragma once

#include <QString>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

namespace scanline {

class Settings;

/// How much of the machine other programs use, by /proc/stat and this process's own time. UI thread.
class MachineLoad {
 public:
  /// Share of all cores, 0 to 1, that others used since the call before; nothing at the first call, or if it was less
  /// than a second ago, or where there is no /proc.
  std::optional<double> othersShare();

 private:
  std::chrono::steady_clock::time_point last_{};
  double busy_ = 0, own_ = 0;  ///< seconds of CPU
};

/// Keeps the speeds that trainings reach, for the estimates of later ones: only while nothing else uses the machine,
/// and not before a run has found its pace. UI thread.
class SpeedLog {
 public:
  using Clock = std::chrono::steady_clock;
  explicit SpeedLog(Settings& settings);
  /// With another machine: the share of its cores that other programs use, as MachineLoad tells it, and its time.
  SpeedLog(Settings& settings, std::function<std::optional<double>()> othersShare,
           std::function<Clock::time_point()> now);

  /// A run of this process goes on at this rate. Called at every update; looks at the machine every ten seconds.
  void note(const RunSummary& run, const RunSpec& spec, const RunPrepared& prepared, double imagesPerSecond);
  /// "desk, CPU": the name of this machine in measurements, without its device: "desk".
  static QString machine();

 private:
  Settings& settings_;
  std::function<std::optional<double>()> othersShare_;
  std::function<Clock::time_point()> now_;
  RunId run_;
  Clock::time_point looked_{};
};

}  // namespace scanline
