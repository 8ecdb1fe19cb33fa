#include "widgets/studio/heat_layer.h"

#include <algorithm>

namespace scanline {

QImage heatImage(const HeatLayer& layer, int across) {
  const auto count = static_cast<qint64>(layer.values.size());
  if (count == 0 || across <= 0 || count % across != 0) return {};
  QImage image(across, static_cast<int>(count / across), QImage::Format_ARGB32_Premultiplied);
  for (int y = 0; y < image.height(); ++y) {
    auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
    for (int x = 0; x < across; ++x) {
      const double value = layer.values[static_cast<size_t>(y) * static_cast<size_t>(across) + static_cast<size_t>(x)];
      QColor colour = layer.scale.colour(value);
      if (!colour.isValid()) {
        line[x] = 0;
        continue;
      }
      const double share = layer.fades ? std::clamp(layer.scale.axis.share(value), 0.0, 1.0) : 1;
      colour.setAlphaF(static_cast<float>(std::clamp(layer.opacity, 0.0, 1.0) * share));
      line[x] = qPremultiply(colour.rgba());
    }
  }
  return image;
}

}  // namespace scanline
