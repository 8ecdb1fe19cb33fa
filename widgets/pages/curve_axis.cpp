#include "widgets/pages/curve_axis.h"

#include <QCoreApplication>

namespace scanline {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

}  // namespace

QString axisName(CurveAxis axis) {
  switch (axis) {
    case CurveAxis::Step:
      return tr("step");
    case CurveAxis::Epoch:
      return tr("epoch");
    case CurveAxis::Images:
      return tr("images");
    case CurveAxis::Flops:
      return tr("floating-point operations");
    case CurveAxis::Relative:
      return tr("time since the start, pauses included");
    case CurveAxis::Wall:
      return tr("time");
  }
  return {};
}

QString axisEntry(CurveAxis axis) {
  switch (axis) {
    case CurveAxis::Flops:
      return tr("FLOPs");
    case CurveAxis::Relative:
      return tr("relative time");
    case CurveAxis::Wall:
      return tr("wall time");
    default:
      return axisName(axis);
  }
}

TickText axisText(CurveAxis axis) {
  switch (axis) {
    case CurveAxis::Epoch:
      return TickText::Number;
    case CurveAxis::Flops:
      return TickText::Rate;
    case CurveAxis::Relative:
      return TickText::Duration;
    case CurveAxis::Wall:
      return TickText::Clock;
    default:
      return TickText::Steps;
  }
}

XMapping mappingOf(CurveAxis axis, const ChartRun& run, double startMs) {
  const auto scaled = [](double scale) {
    return scale > 0 ? XMapping{.by = XMapping::By::Value, .scale = scale} : XMapping{.by = XMapping::By::Nowhere};
  };
  switch (axis) {
    case CurveAxis::Step:
      break;
    case CurveAxis::Epoch:
      return scaled(run.imagesPerEpoch > 0 ? run.imagesPerStep / run.imagesPerEpoch : 0);
    case CurveAxis::Images:
      return scaled(run.imagesPerStep);
    case CurveAxis::Flops:
      return scaled(run.flopsPerStep);
    case CurveAxis::Relative:
      return {.by = startMs > 0 ? XMapping::By::Time : XMapping::By::Nowhere, .origin = startMs};
    case CurveAxis::Wall:
      return {.by = XMapping::By::Time};
  }
  return {};
}

}  // namespace scanline
