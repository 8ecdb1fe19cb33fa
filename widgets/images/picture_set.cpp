#include "widgets/images/picture_set.h"

#include <QPainter>
#include <QPainterPath>

namespace scanline {

namespace {

/// The rectangles of the tokens after the first `given`, in picture pixels: the rest of a row, then whole rows.
std::vector<QRect> drawnPart(const PictureSet& set, int given) {
  const int across = set.width / set.patch, row = given / across * set.patch, column = given % across * set.patch;
  std::vector<QRect> parts;
  if (column > 0) parts.emplace_back(column, row, set.width - column, set.patch);
  const int whole = row + (column > 0 ? set.patch : 0);
  if (whole < set.height) parts.emplace_back(0, whole, set.width, set.height - whole);
  return parts;
}

QRect scaled(const QRect& part, const QPoint& origin, int zoom) {
  return {origin + part.topLeft() * zoom, part.size() * zoom};
}

}  // namespace

void PictureSet::allocateAtlas() {
  const int rows = (count() + kAtlasColumns - 1) / kAtlasColumns;
  atlas = QImage(std::min(count(), kAtlasColumns) * width, rows * height, QImage::Format_RGB32);
  atlas.fill(Qt::black);
}

QRect PictureSet::source(int index) const {
  return {(index % kAtlasColumns) * width, (index / kAtlasColumns) * height, width, height};
}

QImage PictureSet::picture(int index) const {
  const auto& cell = cells[static_cast<size_t>(index)];
  const QImage opaque = atlas.copy(source(index));
  if (!cell.hatched) return opaque;
  QImage result = opaque.convertToFormat(QImage::Format_ARGB32);
  for (const QRect& part : drawnPart(*this, cell.given))
    for (int y = part.top(); y <= part.bottom(); ++y)
      for (int x = part.left(); x <= part.right(); ++x) result.setPixel(x, y, 0);
  return result;
}

QImage magnified(const QImage& image, int zoom) {
  return image.scaled(image.size() * zoom, Qt::IgnoreAspectRatio, Qt::FastTransformation);
}

void paintPicture(QPainter& painter, const PictureSet& set, int index, const QRect& target, const QColor& hatch) {
  const auto& cell = set.cells[static_cast<size_t>(index)];
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  if (!cell.hatched) {
    painter.drawImage(target, set.atlas, set.source(index));
    return;
  }
  const int zoom = target.width() / set.width;
  QRegion drawn;
  for (const auto& part : drawnPart(set, cell.given)) drawn += scaled(part, target.topLeft(), zoom);
  painter.save();
  painter.setClipRegion(QRegion(target) - drawn, Qt::IntersectClip);
  painter.drawImage(target, set.atlas, set.source(index));
  painter.restore();

  // Lines of our own: the spacing of Qt's pattern brushes does not follow the scale factor.
  painter.save();
  painter.setClipRegion(drawn, Qt::IntersectClip);
  QColor ground = hatch;
  ground.setAlphaF(0.15F);
  painter.fillRect(target, ground);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(hatch, 0));
  const int distance = std::max(4, target.width() / 10);
  for (int x = target.left() - target.height(); x < target.right(); x += distance)
    painter.drawLine(QPointF(x, target.bottom() + 1), QPointF(x + target.height(), target.top()));
  painter.restore();
}

void paintGivenBorder(QPainter& painter, const PictureSet& set, int index, const QRect& target) {
  const int given = set.cells[static_cast<size_t>(index)].given, across = set.width / set.patch;
  if (given <= 0 || given >= across * (set.height / set.patch)) return;
  const int token = target.width() / set.width * set.patch, row = given / across, column = given % across;
  const int low = target.top() + (row + 1) * token, high = target.top() + row * token;
  QPolygon border;
  if (column > 0)
    border << QPoint(target.left(), low) << QPoint(target.left() + column * token, low)
           << QPoint(target.left() + column * token, high);
  else
    border << QPoint(target.left(), high);
  border << QPoint(target.left() + target.width(), high);
  // White on black dashes can be seen on every picture.
  painter.setPen(QPen(Qt::black, 1));
  painter.drawPolyline(border);
  painter.setPen(QPen(Qt::white, 1, Qt::DashLine));
  painter.drawPolyline(border);
}

}  // namespace scanline
