#pragma once

#include <QString>
#include <cstdint>
#include <optional>

#include "core/spec/run_spec.h"

namespace scanline {

/// A run as the charts show it. Colour and dash follow from its stored index, so that it looks the same everywhere, in
/// both themes and on paper.
struct ChartRun {
  /// The unit of a run's losses. NatsPerMasked: a BERT's, of masked pixels or codes. Nats: training sums those of
  /// pixels and of the class, validation has those of pixels.
  enum class Loss { NatsPerPixel, NatsPerCode, NatsPerMasked, NatsPerImage, Nats, SquaredError, Unknown };

  int64_t id = 0;
  QString name;
  int colour = 0;  ///< RunSummary::colour
  Loss loss = Loss::NatsPerPixel;
  // For axes other than steps; 0: not known.
  double imagesPerStep = 0, imagesPerEpoch = 0, flopsPerStep = 0;
  QString seedGroup;  ///< equal for runs that differ in nothing but seed and name; empty: not known
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
/// Duration is of milliseconds, Clock of Unix milliseconds in local time.
enum class TickText { Number, Nats, Steps, Layers, Percent, Rate, Duration, Clock };

/// Curve: a line; with smoothing, a hairline in a paler colour and the smoothed line on top. Points: dots joined by a
/// thin line. Faint: a pale thin line behind the others. Dots: pale dots behind the others, not joined. Mark: rings
/// around points of another line. Reference: dashed and grey.
enum class LineLook { Curve, Points, Faint, Dots, Mark, Reference };

/// Strong lines are thicker and lie above all others, Pale ones thinner, fainter and below.
enum class LineWeight { Normal, Strong, Pale };

struct LineStyle {
  QString name;
  int colour = 0;  ///< index of a run's colour
  LineLook look = LineLook::Curve;
  bool labelled = false;  ///< may carry its name at its right end
  LineWeight weight = LineWeight::Normal;
  bool hidden = false;         ///< keeps its points, and is neither drawn nor counted
  std::optional<double> ramp;  ///< Faint: place on a ramp of the colour, 0 pale .. 1 deep
  bool faintJoin = false;  ///< Points: the line between them is pale and dashed, and none starts at x = 0, untrained
  bool operator==(const LineStyle&) const = default;
};

/// Share of its colour that a faint line keeps at a place on the ramp, 0..1.
inline double rampShare(double place) {
  return 0.18 + 0.6 * place;
}

}  // namespace scanline
