#include <QPainter>
#include <algorithm>

#include "widgets/pages/feature_map.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr double kPoint = 3.2;                   // radius of a point, px
constexpr int kCardPicture = 96, kCardEdge = 8;  // px of the picture that the mouse shows

}  // namespace

QColor classColour(const Theme& theme, int32_t label) {
  return label < 0 ? theme.mutedText : theme.run(label % 8);
}

void paintClassMark(QPainter& painter, QPointF centre, double radius, int32_t label, const QColor& colour) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  const auto shape = [&](std::initializer_list<QPointF> corners) {
    QPolygonF polygon;
    for (const QPointF& corner : corners) polygon << centre + corner * radius;
    painter.drawPolygon(polygon);
  };
  switch (label < 0 ? 0 : label / 8 % 4) {
    case 0:
      return painter.drawEllipse(centre, radius, radius);
    case 1:
      return shape({{-1, -1}, {1, -1}, {1, 1}, {-1, 1}});
    case 2:
      return shape({{0, -1.3}, {1.25, 1}, {-1.25, 1}});
    default:
      return shape({{0, -1.4}, {1.4, 0}, {0, 1.4}, {-1.4, 0}});
  }
}

QImage FeatureMap::pointsPicture(const Theme& theme) const {
  QImage picture(size() * devicePixelRatioF(), QImage::Format_ARGB32_Premultiplied);
  picture.setDevicePixelRatio(devicePixelRatioF());
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  for (const bool pale : {true, false})  // pale ones below
    for (int index = 0; index < pictures_->count(); ++index) {
      const auto at = placeOf(index);
      if (!at || isPale(index) != pale) continue;
      const int32_t label = markOf(index);
      QColor colour = classColour(theme, label);
      paintClassMark(painter, *at, kPoint, label, pale ? theme.faint(colour, 0.22) : colour);
    }
  return picture;
}

void FeatureMap::paintAxes(QPainter& painter, const Theme& theme) const {
  const QRect within = area();
  painter.setPen(theme.grid);
  for (int part = 1; part < 4; ++part) {
    const int y = within.top() + within.height() * part / 4, x = within.left() + within.width() * part / 4;
    painter.drawLine(within.left(), y, within.right(), y);
    painter.drawLine(x, within.top(), x, within.bottom());
  }
  painter.setPen(theme.mutedText);
  // As much of it as there is room for.
  const auto words = [this](const QString& which, double share, int room) {
    const QString whole = tr("%1 component, %2 of the variance").arg(which, text::percent(share));
    if (fontMetrics().horizontalAdvance(whole) <= room) return whole;
    return tr("%1 component, %2").arg(which, text::percent(share));
  };
  const int high = fontMetrics().height();
  painter.drawText(QRect(within.left(), height() - kMapEdge / 2 - high, within.width(), high), Qt::AlignRight,
                   words(tr("First"), places_.shares[0], within.width()));
  painter.save();
  painter.translate(kMapEdge / 2, within.bottom());
  painter.rotate(-90);
  painter.drawText(QRect(0, 0, within.height(), high), Qt::AlignRight,
                   words(tr("Second"), places_.shares[1], within.height()));
  painter.restore();
}

/// The picture of the point under the mouse, or of the one that was walked to, beside it.
void FeatureMap::paintCard(QPainter& painter, const Theme& theme) const {
  const int index = hovered_ >= 0 ? hovered_ : hasFocus() && showsFocus_ ? current_ : -1;
  const auto at = placeOf(index);
  if (!at || drag_ == Drag::Rectangle || drag_ == Drag::Lasso) return;
  const auto bytes = pictures_->images.image(index);
  const auto wide = static_cast<int>(pictures_->images.width), tall = static_cast<int>(pictures_->images.height);
  const int zoom = std::max(1, kCardPicture / std::max(wide, tall));
  const QSize picture(wide * zoom, tall * zoom);
  QStringList lines{pictures_->classOf(index), pictures_->nameOf(index)};
  if (!notes_.empty()) lines.insert(1, notes_[static_cast<size_t>(index)]);
  const QFontMetrics metrics(font());
  int across = picture.width();
  for (const QString& line : lines) across = std::max(across, metrics.horizontalAdvance(line));
  const auto rows = static_cast<int>(std::ranges::count_if(lines, [](const QString& line) { return !line.isEmpty(); }));
  QRect card(0, 0, across + 2 * kCardEdge, picture.height() + rows * metrics.height() + 2 * kCardEdge + kMapGap);
  card.moveTopLeft(at->toPoint() + QPoint(14, 14));
  if (card.right() > width() - 4) card.moveRight(at->toPoint().x() - 14);
  if (card.bottom() > height() - 4) card.moveBottom(at->toPoint().y() - 14);
  card.moveTopLeft({std::max(4, card.left()), std::max(4, card.top())});
  painter.setPen(theme.line);
  painter.setBrush(theme.panel);
  painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  painter.drawImage(QRect(card.topLeft() + QPoint((card.width() - picture.width()) / 2, kCardEdge), picture),
                    QImage(bytes.data(), wide, tall, 3 * wide, QImage::Format_RGB888));
  int y = card.top() + kCardEdge + picture.height() + kMapGap;
  for (const QString& line : lines) {
    if (line.isEmpty()) continue;
    painter.setPen(&line == &lines.front() ? theme.text : theme.mutedText);
    painter.drawText(QRect(card.left(), y, card.width(), metrics.height()), Qt::AlignCenter, line);
    y += metrics.height();
  }
}

void FeatureMap::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  if (isEmpty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, empty_);
  } else {
    paintAxes(painter, theme);
    if (points_.isNull()) points_ = pointsPicture(theme);
    painter.drawImage(0, 0, points_);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const auto& [index, width] : {std::pair{hovered_, 1.5}, std::pair{current_, 2.5}})
      if (const auto at = placeOf(index)) {
        painter.setPen(QPen(theme.text, width));
        painter.drawEllipse(*at, kPoint + 4, kPoint + 4);
      }
    if (drag_ == Drag::Rectangle || drag_ == Drag::Lasso) {
      QColor fill = theme.accent;
      fill.setAlphaF(0.12F);
      painter.setPen(QPen(theme.accent, 1));
      painter.setBrush(fill);
      if (drag_ == Drag::Rectangle)
        painter.drawRect(QRectF(path_.first(), path_.last()).normalized());
      else
        painter.drawPolygon(path_);
    }
    paintCard(painter, theme);
  }
  if (hasFocus() && showsFocus_) {
    painter.setPen(QPen(theme.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

}  // namespace scanline
