#include <QPaintEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "widgets/images/device_painter.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/token_shapes.h"

// Painting; the unit is a device pixel, so that no picture pixel is uneven.

namespace scanline {

namespace {

constexpr int kHatch = 10;  // from line to line, device-independent pixels

/// A line that shows on every colour: white within black.
void strokeTwice(QPainter& painter, const QPainterPath& path, double ratio) {
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 200), 3 * ratio, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
  painter.drawPath(path);
  painter.setPen(QPen(Qt::white, ratio, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
  painter.drawPath(path);
}

/// A square that repeats: a dark line beside a light one. They show on every colour, and between them the colours are
/// seen as they are.
QPixmap hatchTile(double ratio) {
  const int step = std::max(4, static_cast<int>(std::lround(kHatch * ratio)));
  QPixmap tile(step, step);
  tile.fill(Qt::transparent);
  QPainter painter(&tile);
  painter.setRenderHint(QPainter::Antialiasing);
  const auto lines = [&](const QColor& colour, double aside) {
    painter.setPen(QPen(colour, ratio));
    for (int k = -1; k <= 3; ++k)
      painter.drawLine(QPointF(k * step + aside + step, -step), QPointF(k * step + aside - 2 * step, 2 * step));
  };
  lines(QColor(0, 0, 0, 170), 0);
  lines(QColor(255, 255, 255, 190), 1.3 * ratio);
  return tile;
}

}  // namespace

void PictureCanvas::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  const Theme theme(palette());
  if (picture_.isEmpty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
    if (hasFocus()) paintFocusFrame(painter, viewport()->rect(), theme);
    return;
  }
  painter.save();
  const double ratio = devicePixelRatioF();
  useDevicePixels(painter, ratio);
  const QRect target = pictureRect();
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  painter.drawImage(target, image_);
  painter.setPen(QPen(theme.line, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(target.adjusted(-1, -1, 0, 0));
  paintHeat(painter, target);
  if (maskShown_) {
    const QRect dirty =
        QRectF(QPointF(event->rect().topLeft()) * ratio, QSizeF(event->rect().size()) * ratio).toAlignedRect();
    if (heatImage_.isNull()) paintHatching(painter, target, dirty);
    paintMaskBorder(painter, target);
  }
  paintReach(painter, target);
  painter.restore();
  if (chosen_ >= 0 && (hasFocus() || tool_ == Tool::Look))
    paintCellRing(painter, shownRect(chosen_), hasFocus(), theme);
  if (hasFocus()) paintFocusFrame(painter, viewport()->rect(), theme);
}

void PictureCanvas::paintHeat(QPainter& painter, const QRect& target) const {
  if (!heatImage_.isNull()) painter.drawImage(target, heatImage_);
}

/// Counted from the corner of the picture, so that the lines stay where they are while the mask grows.
void PictureCanvas::paintHatching(QPainter& painter, const QRect& target, const QRect& dirty) const {
  painter.setBrushOrigin(target.topLeft());
  const QBrush hatching(hatchTile(devicePixelRatioF()));
  for (int y = 0; y < picture_.down; ++y)
    for (int x = 0, start = 0; x <= picture_.across; ++x) {
      if (x < picture_.across && mask_[static_cast<size_t>(picture_.positionOf({x, y}))] != 0) continue;
      const QRect run = cellRect({start, y}, target).united(cellRect({x - 1, y}, target));
      if (x > start && run.intersects(dirty)) painter.fillRect(run, hatching);
      start = x + 1;
    }
}

void PictureCanvas::paintMaskBorder(QPainter& painter, const QRect& target) const {
  paintEdges(painter, target,
             [this](QPoint cell) { return mask_[static_cast<size_t>(picture_.positionOf(cell))] != 0; });
}

/// The border between tokens that are in and those that are not; there is none along the picture's own edge.
void PictureCanvas::paintEdges(QPainter& painter, const QRect& target, const std::function<bool(QPoint)>& isIn) const {
  QPainterPath path;
  const auto line = [&path](QPoint from, QPoint to) {
    path.moveTo(from);
    path.lineTo(to);
  };
  const int side = picture_.stride * zoom_;
  for (int y = 0; y < picture_.down; ++y)
    for (int x = 0; x < picture_.across; ++x) {
      const QPoint at = target.topLeft() + QPoint(x, y) * side;
      const bool in = isIn({x, y});
      if (x > 0 && in != isIn({x - 1, y})) line(at, at + QPoint(0, side));
      if (y > 0 && in != isIn({x, y - 1})) line(at, at + QPoint(side, 0));
    }
  if (!path.isEmpty()) strokeTwice(painter, path, devicePixelRatioF());
}

/// The outline of the cells that a click would paint, or of a lasso so far.
void PictureCanvas::paintReach(QPainter& painter, const QRect& target) const {
  const double ratio = devicePixelRatioF();
  const int side = picture_.stride * zoom_;
  if (stroke_ && tool_ == Tool::Lasso) {
    QPainterPath path;
    for (const QPointF& place : stroke_->path) {
      const QPointF at = QPointF(target.topLeft()) + place * side;
      path.elementCount() == 0 ? path.moveTo(at) : path.lineTo(at);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    strokeTwice(painter, path, ratio);
    painter.setRenderHint(QPainter::Antialiasing, false);
    return;
  }
  if (tool_ != Tool::Brush || stroke_) return;
  const qint64 centre = hovered_ >= 0 ? hovered_ : hasFocus() ? chosen_ : -1;
  if (centre < 0) return;
  QPainterPath reach;
  for (const QPoint cell : brushCells(picture_.cellOf(centre), brush_, cells())) reach.addRect(cellRect(cell, target));
  strokeTwice(painter, reach.simplified(), ratio);
}

}  // namespace scanline
