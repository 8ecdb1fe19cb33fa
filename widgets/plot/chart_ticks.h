#pragma once

#include <QSharedPointer>
#include <QString>

#include "widgets/plot/chart_types.h"

class QCPAxisTicker;

namespace scanline {

/// Ticks at round numbers, about `count` of them. On a logarithmic axis of less than a decade they are spaced as on a
/// linear one, so that there are always some. (A shared pointer because QCustomPlot's axes take one.)
QSharedPointer<QCPAxisTicker> makeTicker(TickText text, bool logarithmic, int count);

/// A value as the axis's numbers would write it, with enough digits to read it off. Percent brings its sign.
QString valueText(TickText text, double value);

}  // namespace scanline
