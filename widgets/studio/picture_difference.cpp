#include "widgets/studio/picture_difference.h"

#include <algorithm>
#include <cmath>

namespace scanline {

PictureDifference differenceOf(const QImage& a, const QImage& b) {
  PictureDifference result;
  if (a.isNull() || a.size() != b.size()) return result;
  const QImage first = a.convertToFormat(QImage::Format_RGB32), second = b.convertToFormat(QImage::Format_RGB32);
  result.width = a.width();
  result.height = a.height();
  result.distance.reserve(static_cast<size_t>(a.width()) * static_cast<size_t>(a.height()));
  double sum = 0;
  for (int y = 0; y < a.height(); ++y) {
    const auto* left = reinterpret_cast<const QRgb*>(first.constScanLine(y));
    const auto* right = reinterpret_cast<const QRgb*>(second.constScanLine(y));
    for (int x = 0; x < a.width(); ++x) {
      const double red = qRed(left[x]) - qRed(right[x]), green = qGreen(left[x]) - qGreen(right[x]),
                   blue = qBlue(left[x]) - qBlue(right[x]);
      const double distance = std::sqrt(red * red + green * green + blue * blue);
      result.distance.push_back(static_cast<float>(distance));
      if (distance == 0) continue;
      ++result.differing;
      sum += distance;
      result.greatest = std::max(result.greatest, distance);
    }
  }
  if (result.differing > 0) result.mean = sum / static_cast<double>(result.differing);
  return result;
}

QImage PictureDifference::image() const {
  QImage result(width, height, QImage::Format_RGB32);
  const ColourScale colours = scale();
  for (int y = 0; y < height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(result.scanLine(y));
    for (int x = 0; x < width; ++x)
      line[x] =
          colours.colour(distance[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)]).rgb();
  }
  return result;
}

}  // namespace scanline
