#pragma once

#include <QString>
#include <chrono>
#include <cstdint>
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
  explicit SpeedLog(Settings& settings) : settings_(settings) {}

  /// A run of this process goes on at this rate. Called at every update; looks at the machine every ten seconds.
  void note(const RunSummary& run, const RunSpec& spec, const RunPrepared& prepared, double imagesPerSecond);
  /// "desk, CPU": the name of this machine in measurements, without its device: "desk".
  static QString machine();

 private:
  Settings& settings_;
  MachineLoad load_;
  RunId run_;
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace scanline
