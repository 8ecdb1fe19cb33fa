#include "widgets/studio/token_shapes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace scanline {

namespace {

bool isInside(QPoint cell, QSize size) {
  return cell.x() >= 0 && cell.y() >= 0 && cell.x() < size.width() && cell.y() < size.height();
}

QPoint cellOf(const QPointF& place) {
  return {static_cast<int>(std::floor(place.x())), static_cast<int>(std::floor(place.y()))};
}

}  // namespace

std::vector<QPoint> brushCells(QPoint centre, int side, QSize size) {
  std::vector<QPoint> cells;
  const int before = (side - 1) / 2;
  const double middle = (side - 1) / 2.0 - before, radius = side / 2.0;
  for (int dy = -before; dy < side - before; ++dy)
    for (int dx = -before; dx < side - before; ++dx) {
      const QPoint cell = centre + QPoint(dx, dy);
      if (std::hypot(dx - middle, dy - middle) <= radius && isInside(cell, size)) cells.push_back(cell);
    }
  return cells;
}

std::vector<QPoint> lineCells(QPoint from, QPoint to) {
  const int across = std::abs(to.x() - from.x()), down = -std::abs(to.y() - from.y());
  const QPoint step(from.x() < to.x() ? 1 : -1, from.y() < to.y() ? 1 : -1);
  std::vector<QPoint> cells{from};
  for (int error = across + down; from != to;) {
    const int twice = 2 * error;
    if (twice >= down) {
      error += down;
      from.rx() += step.x();
    }
    if (twice <= across) {
      error += across;
      from.ry() += step.y();
    }
    cells.push_back(from);
  }
  return cells;
}

std::vector<QPoint> rectangleCells(QPoint corner, QPoint opposite, QSize size) {
  const QRect whole = QRect(QPoint(std::min(corner.x(), opposite.x()), std::min(corner.y(), opposite.y())),
                            QPoint(std::max(corner.x(), opposite.x()), std::max(corner.y(), opposite.y())))
                          .intersected(QRect({0, 0}, size));
  std::vector<QPoint> cells;
  for (int y = whole.top(); y <= whole.bottom(); ++y)
    for (int x = whole.left(); x <= whole.right(); ++x) cells.emplace_back(x, y);
  return cells;
}

std::vector<QPoint> lassoCells(const std::vector<QPointF>& path, QSize size) {
  if (path.empty()) return {};
  std::vector<uint8_t> reached(static_cast<size_t>(size.width()) * static_cast<size_t>(size.height()));
  const auto reach = [&](QPoint cell) {
    if (isInside(cell, size))
      reached[static_cast<size_t>(cell.y()) * static_cast<size_t>(size.width()) + static_cast<size_t>(cell.x())] = 1;
  };
  const QPolygonF outline(QList<QPointF>(path.begin(), path.end()));
  for (int y = 0; y < size.height(); ++y)
    for (int x = 0; x < size.width(); ++x)
      if (outline.containsPoint(QPointF(x + 0.5, y + 0.5), Qt::OddEvenFill)) reach({x, y});
  for (size_t i = 0; i < path.size(); ++i)
    for (const QPoint cell : lineCells(cellOf(path[i]), cellOf(path[std::min(i + 1, path.size() - 1)]))) reach(cell);
  std::vector<QPoint> cells;
  for (int y = 0; y < size.height(); ++y)
    for (int x = 0; x < size.width(); ++x)
      if (reached[static_cast<size_t>(y) * static_cast<size_t>(size.width()) + static_cast<size_t>(x)] != 0)
        cells.emplace_back(x, y);
  return cells;
}

std::vector<QPoint> fillCells(QPoint start, QSize size, const std::function<int(QPoint)>& kind) {
  if (!isInside(start, size)) return {};
  std::vector<uint8_t> seen(static_cast<size_t>(size.width()) * static_cast<size_t>(size.height()));
  const int wanted = kind(start);
  std::vector<QPoint> cells, open{start};
  while (!open.empty()) {
    const QPoint cell = open.back();
    open.pop_back();
    if (!isInside(cell, size)) continue;
    auto& mark =
        seen[static_cast<size_t>(cell.y()) * static_cast<size_t>(size.width()) + static_cast<size_t>(cell.x())];
    if (mark != 0 || kind(cell) != wanted) continue;
    mark = 1;
    cells.push_back(cell);
    for (const QPoint next : {QPoint(1, 0), QPoint(-1, 0), QPoint(0, 1), QPoint(0, -1)}) open.push_back(cell + next);
  }
  return cells;
}

}  // namespace scanline
