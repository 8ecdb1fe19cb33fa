#include "widgets/studio/studio_picture.h"

#include <QCoreApplication>
#include <algorithm>

namespace scanline {

namespace {
constexpr QRgb kUnknown = 0xff808080;
}

QColor StudioPicture::colourOf(Token token) const {
  if (!palette || token >= palette->size()) return QColor(kUnknown);
  const auto rgb = palette->rgb(token);
  return {rgb[0], rgb[1], rgb[2]};
}

QImage StudioPicture::image() const {
  if (isEmpty()) return {};
  if (isCodes()) {
    if (pixels.size() == size()) return pixels.convertToFormat(QImage::Format_RGB32);
    QImage grey(size(), QImage::Format_RGB32);
    grey.fill(kUnknown);
    return grey;
  }
  std::vector<QRgb> colours(static_cast<size_t>(palette->size()));
  for (size_t token = 0; token < colours.size(); ++token) colours[token] = colourOf(static_cast<Token>(token)).rgb();
  QImage result(across, down, QImage::Format_RGB32);
  for (int y = 0; y < down; ++y) {
    auto* line = reinterpret_cast<QRgb*>(result.scanLine(y));
    for (int x = 0; x < across; ++x) {
      const Token token = tokens[static_cast<size_t>(y) * static_cast<size_t>(across) + static_cast<size_t>(x)];
      line[x] = token < colours.size() ? colours[token] : kUnknown;
    }
  }
  return result;
}

QPoint StudioPicture::cellOf(qint64 position) const {
  if (position < 0 || position >= count()) return {-1, -1};
  return {static_cast<int>(position % across), static_cast<int>(position / across)};
}

qint64 StudioPicture::positionOf(QPoint cell) const {
  if (cell.x() < 0 || cell.y() < 0 || cell.x() >= across || cell.y() >= down) return -1;
  return static_cast<qint64>(cell.y()) * across + cell.x();
}

QString placeWords(const StudioPicture& picture, qint64 position) {
  const QPoint cell = picture.cellOf(position);
  return QCoreApplication::translate("StudioPicture", "row %1, column %2").arg(cell.y() + 1).arg(cell.x() + 1);
}

QImage toQImage(const Image& image) {
  QImage result(static_cast<int>(image.width), static_cast<int>(image.height), QImage::Format_RGB32);
  for (int y = 0; y < result.height(); ++y) {
    auto* line = reinterpret_cast<QRgb*>(result.scanLine(y));
    const uint8_t* from = image.rgb.data() + 3 * static_cast<int64_t>(y) * image.width;
    for (int x = 0; x < result.width(); ++x, from += 3) line[x] = qRgb(from[0], from[1], from[2]);
  }
  return result;
}

Image toImage(const QImage& image) {
  const QImage plain = image.convertToFormat(QImage::Format_RGB888);
  Image result{.width = plain.width(), .height = plain.height()};
  result.rgb.resize(static_cast<size_t>(3 * result.width * result.height));
  for (int y = 0; y < plain.height(); ++y)
    std::copy_n(plain.constScanLine(y), 3 * result.width, result.rgb.begin() + 3 * y * result.width);
  return result;
}

}  // namespace scanline
