#pragma once

#include <QDate>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// A speed of training, measured while nothing else used the machine.
struct MeasuredSpeed {
  QString machine;  ///< host and device: "desk, cpu"
  int threads = 0;
  QString precision;  ///< "fp32" or "bf16"
  int64_t layers = 0, width = 0, positions = 0;
  double gflops = 0;  ///< 10^9 operations a second, see flopsPerStep()
  QDate day;

  bool operator==(const MeasuredSpeed&) const = default;
};

/// Between which speeds a run is expected.
struct SpeedRange {
  double slowest = 0, fastest = 0;  ///< 10^9 operations a second
  QDate day;                        ///< of the newest measurement
  bool isOfItsShape = false;        ///< measured with a model of these layers, width and positions
};

/// For a model of this shape: its measured speeds, a tenth wider; or half to twice the speed of the most similar
/// model. Nothing if nothing was measured on `machine` (a beginning of MeasuredSpeed::machine).
std::optional<SpeedRange> speedFor(const std::vector<MeasuredSpeed>& measured, const QString& machine,
                                   const RunSpec& spec, int64_t positions);

/// Adds a measurement; of each shape the newest five stay, and 60 of all.
void addSpeed(std::vector<MeasuredSpeed>& measured, const MeasuredSpeed& speed);

/// One line a measurement, as the settings keep them. Lines that cannot be read are left out.
QStringList speedLines(const std::vector<MeasuredSpeed>& measured);
std::vector<MeasuredSpeed> speedsOf(const QStringList& lines);

}  // namespace scanline
