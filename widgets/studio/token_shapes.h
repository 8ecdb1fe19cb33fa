#pragma once

#include <QPoint>
#include <QPolygonF>
#include <QRect>
#include <QSize>
#include <functional>
#include <vector>

namespace scanline {

// Tokens of a picture that a tool reaches, as columns and rows; those outside of `size` are left out.

/// A round brush of `side` tokens about `centre`: up to 3 a square.
std::vector<QPoint> brushCells(QPoint centre, int side, QSize size);
/// From one token to another without a gap, both ends included (Bresenham).
std::vector<QPoint> lineCells(QPoint from, QPoint to);
/// With both corners.
std::vector<QPoint> rectangleCells(QPoint corner, QPoint opposite, QSize size);
/// Whose middles a closed outline encloses, and those that it crosses. `path`: in tokens, 0.5 is the middle of the
/// first.
std::vector<QPoint> lassoCells(const std::vector<QPointF>& path, QSize size);
/// Of one kind with `start` and joined to it by sides.
std::vector<QPoint> fillCells(QPoint start, QSize size, const std::function<int(QPoint)>& kind);

}  // namespace scanline
