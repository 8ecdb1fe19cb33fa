#include "widgets/parts/state_mark.h"

#include <algorithm>

namespace scanline {

namespace {

/// All marks are drawn in a box of -7..7, so that their numbers read as pixels at normal size.
void enterBox(QPainter& painter, const QRectF& rect) {
  const double scale = std::min(rect.width(), rect.height()) / 14.0;
  painter.translate(rect.center());
  painter.scale(scale, scale);
  painter.setRenderHint(QPainter::Antialiasing);
}

QPen roundPen(const QColor& colour, double width) {
  return {colour, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin};
}

void paintRing(QPainter& painter, const QColor& colour, double progress, const Theme& theme) {
  const QRectF ring(-6, -6, 12, 12);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(roundPen(theme.line, 1.6));
  painter.drawEllipse(ring);
  if (progress <= 0) return;
  painter.setPen(roundPen(colour, 1.6));
  painter.drawArc(ring, 90 * 16, static_cast<int>(-360 * 16 * std::clamp(progress, 0.0, 1.0)));
}

void paintDisc(QPainter& painter, const QColor& colour, double radius) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  painter.drawEllipse(QPointF(0, 0), radius, radius);
}

/// A glyph of strokes in the ground colour on a disc of the state's colour.
void paintOnDisc(QPainter& painter, const QColor& colour, const QColor& ground, const QVector<QPointF>& strokes) {
  paintDisc(painter, colour, 6.2);
  painter.setPen(roundPen(ground, 1.7));
  painter.drawLines(strokes);
}

}  // namespace

QColor stateColour(const Theme& theme, RunState state) {
  switch (state) {
    case RunState::Importing:
    case RunState::Preparing:
    case RunState::Running:
      return theme.accent;
    case RunState::Finished:
      return theme.good;
    case RunState::Failed:
      return theme.bad;
    case RunState::Paused:
    case RunState::Interrupted:
      return theme.warning;
    case RunState::Queued:
    case RunState::Stopping:
    case RunState::Stopped:
      return theme.mutedText;
  }
  return theme.text;
}

void paintState(QPainter& painter, const QRectF& rect, RunState state, double progress, const Theme& theme) {
  const QColor colour = stateColour(theme, state);
  painter.save();
  enterBox(painter, rect);
  switch (state) {
    case RunState::Queued:
      painter.setPen(roundPen(colour, 1.4));
      painter.drawEllipse(QPointF(0, 0), 5.3, 5.3);
      painter.drawPolyline(QPolygonF({{0, -2.6}, {0, 0}, {1.9, 1.3}}));
      break;
    case RunState::Importing:
    case RunState::Preparing:
      paintRing(painter, colour, 0.25, theme);
      break;
    case RunState::Running:
      paintRing(painter, colour, progress, theme);
      paintDisc(painter, colour, 3.2);
      break;
    case RunState::Paused:
      paintRing(painter, colour, progress, theme);
      painter.setPen(roundPen(colour, 1.7));
      painter.drawLines({QPointF(-1.5, -2), QPointF(-1.5, 2), QPointF(1.5, -2), QPointF(1.5, 2)});
      break;
    case RunState::Stopping:
      paintRing(painter, colour, progress, theme);
      painter.fillRect(QRectF(-2.2, -2.2, 4.4, 4.4), colour);
      break;
    case RunState::Finished:
      paintOnDisc(painter, colour, theme.card, {{-2.7, 0.2}, {-0.8, 2.1}, {-0.8, 2.1}, {2.8, -2}});
      break;
    case RunState::Stopped:
      painter.setPen(Qt::NoPen);
      painter.setBrush(colour);
      painter.drawRoundedRect(QRectF(-4.5, -4.5, 9, 9), 1.5, 1.5);
      break;
    case RunState::Failed:
      paintOnDisc(painter, colour, theme.card, {{-2, -2}, {2, 2}, {-2, 2}, {2, -2}});
      break;
    case RunState::Interrupted:
      painter.setPen(roundPen(colour, 1.5));
      painter.drawPolygon(QPolygonF({{0, -5}, {5.8, 5}, {-5.8, 5}}));
      painter.drawLine(QPointF(0, -1.2), QPointF(0, 1.4));
      painter.drawPoint(QPointF(0, 3.3));
      break;
  }
  painter.restore();
}

void paintProgress(QPainter& painter, const QRectF& rect, RunState state, double progress, const Theme& theme) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const double radius = rect.height() / 2;
  painter.setBrush(theme.line);
  painter.drawRoundedRect(rect, radius, radius);
  if (progress > 0) {
    QRectF done = rect;
    done.setWidth(std::max(rect.height(), rect.width() * std::clamp(progress, 0.0, 1.0)));
    painter.setBrush(stateColour(theme, state));
    painter.drawRoundedRect(done, radius, radius);
  }
  painter.restore();
}

void paintTick(QPainter& painter, const QRectF& rect, const QColor& colour, bool ticked, const Theme& theme) {
  painter.save();
  enterBox(painter, rect);
  painter.setPen(QPen(colour, 1.6));
  painter.setBrush(ticked ? QBrush(colour) : QBrush(theme.card));
  painter.drawRoundedRect(QRectF(-5.7, -5.7, 11.4, 11.4), 3, 3);
  if (ticked) {
    painter.setPen(roundPen(theme.card, 1.8));
    painter.drawPolyline(QPolygonF({{-2.9, 0.2}, {-0.9, 2.3}, {3, -2.1}}));
  }
  painter.restore();
}

}  // namespace scanline
