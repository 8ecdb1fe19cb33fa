#pragma once

#include <QColor>
#include <QString>
#include <span>

#include "widgets/plot/axis_scale.h"

class QPainter;
class QRect;

namespace scanline {

struct Theme;

/// Perceptually even colours of values, the same in both themes. Even: viridis, dark blue to yellow. Diverging: vik
/// (Crameri, Scientific colour maps), blue below the middle, brown above it, near white in it.
enum class ColourMap { Even, Diverging };

/// `at` in 0..1; values outside take the colours of the ends.
QColor mapColour(ColourMap map, double at);

/// Which colour each value has.
struct ColourScale {
  ColourMap map = ColourMap::Even;
  AxisScale axis;

  /// Values beyond the axis take the colours of its ends. Not valid (QColor::isValid) for one that is not finite.
  QColor colour(double value) const;
  bool operator==(const ColourScale&) const = default;
};

/// Even, from 0 to the highest of the values that are finite; to 1 if none is above 0.
ColourScale scaleFromZero(std::span<const float> values);
/// Diverging, as far below 0 as above it: the greatest distance of a finite value from 0; 1 if there is none.
ColourScale scaleAboutZero(std::span<const float> values);

/// A bar of the scale's colours with round numbers, from its low end to its high end: upright with numbers at its
/// right, or lying with numbers below it and the unit right of it.
void paintColourScale(QPainter& painter, const QRect& bar, const ColourScale& scale, const Theme& theme);
void paintLyingColourScale(QPainter& painter, const QRect& bar, const ColourScale& scale, const QString& unit,
                           const Theme& theme);

}  // namespace scanline
