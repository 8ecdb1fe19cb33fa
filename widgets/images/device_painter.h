#pragma once

#include <QPainter>

namespace scanline {

/// From here on the painter's unit is one device pixel, and whole coordinates lie on whole device pixels even where the
/// widget itself does not (scale factors such as 1.25). Undo with restore().
inline void useDevicePixels(QPainter& painter, double ratio) {
  const QPointF origin = painter.deviceTransform().map(QPointF(0, 0));
  const QPointF snapped(std::round(origin.x()), std::round(origin.y()));
  painter.translate((snapped - origin) / ratio);
  painter.scale(1 / ratio, 1 / ratio);
}

}  // namespace scanline
