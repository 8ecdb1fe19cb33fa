#pragma once

#include <QString>
#include <array>
#include <optional>

#include "widgets/plot/chart_series.h"
#include "widgets/plot/chart_types.h"

namespace scanline {

/// The x axes of training curves.
enum class CurveAxis { Step, Epoch, Images, Flops, Relative, Wall };
inline constexpr std::array kCurveAxes{CurveAxis::Step,  CurveAxis::Epoch,    CurveAxis::Images,
                                       CurveAxis::Flops, CurveAxis::Relative, CurveAxis::Wall};

QString axisName(CurveAxis axis);   ///< of the axis, with its unit
QString axisEntry(CurveAxis axis);  ///< in a list of axes
TickText axisText(CurveAxis axis);
constexpr bool isTime(CurveAxis axis) {
  return axis == CurveAxis::Relative || axis == CurveAxis::Wall;
}

/// Where the points of a run stand. startMs: Unix time of its first point; 0: not known.
XMapping mappingOf(CurveAxis axis, const ChartRun& run, double startMs);

}  // namespace scanline
