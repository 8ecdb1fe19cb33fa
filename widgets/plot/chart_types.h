#pragma once

#include <QString>
#include <cstdint>

#include "core/spec/run_spec.h"

namespace scanline {

/// A run as the charts show it. Colour and dash follow from its stored index, so that it looks the same everywhere, in
/// both themes and on paper.
struct ChartRun {
  /// The unit of a run's losses. Nats: training sums those of pixels and of the class, validation has those of
  /// pixels.
  enum class Loss { NatsPerPixel, NatsPerCode, NatsPerImage, Nats, SquaredError, Unknown };

  int64_t id = 0;
  QString name;
  int colour = 0;  ///< RunSummary::colour
  Loss loss = Loss::NatsPerPixel;
  bool operator==(const ChartRun&) const = default;
};

ChartRun::Loss lossOf(const RunSpec& spec);

/// A stretch of an axis, low < high.
struct Span {
  double low = 0, high = 1;
  double width() const { return high - low; }
  bool operator==(const Span&) const = default;
};

/// How an axis writes its numbers. Percent shows shares (0..1) as per cent, without the sign: units stand in titles.
enum class TickText { Number, Nats, Steps, Layers, Percent, Rate };

/// Curve: a line; with smoothing, a hairline in a paler colour and the smoothed line on top. Points: dots joined by a
/// thin line. Faint: a pale thin line behind the others. Dots: pale dots behind the others, not joined. Mark: rings
/// around points of another line. Reference: dashed and grey.
enum class LineLook { Curve, Points, Faint, Dots, Mark, Reference };

struct LineStyle {
  QString name;
  int colour = 0;  ///< index of a run's colour
  LineLook look = LineLook::Curve;
  bool labelled = false;  ///< may carry its name at its right end
  bool operator==(const LineStyle&) const = default;
};

}  // namespace scanline
