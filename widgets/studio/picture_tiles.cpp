#include "widgets/studio/picture_tiles.h"

#include <QEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "widgets/images/device_painter.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {

constexpr int kGap = PictureTiles::kTileGap, kMargin = 3;
constexpr int kFrame = 1000 / 30;  // ms between two paintings
constexpr int kStar = 16;

QFont smallFont(const QFont& font) {
  QFont small = font;
  small.setPointSizeF(font.pointSizeF() * 0.88);
  return small;
}

QPainterPath star(const QRectF& box) {
  QPainterPath path;
  for (int i = 0; i < 10; ++i) {
    const double angle = -M_PI / 2 + i * M_PI / 5, radius = (i % 2 == 0 ? 0.5 : 0.22) * box.width();
    const QPointF at = box.center() + QPointF(std::cos(angle), std::sin(angle)) * radius;
    i == 0 ? path.moveTo(at) : path.lineTo(at);
  }
  path.closeSubpath();
  return path;
}

}  // namespace

PictureTiles::PictureTiles(const QString& name, QWidget* parent) : PictureArea(parent) {
  setAccessibleName(name);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setBackgroundRole(QPalette::Window);
  repaint_.setSingleShot(true);
  connect(&repaint_, &QTimer::timeout, viewport(), qOverload<>(&QWidget::update));
}

void PictureTiles::setTiles(std::vector<Tile> tiles) {
  const auto hasCaptions = [](const std::vector<Tile>& all) {
    return std::ranges::any_of(all, [](const Tile& tile) { return !tile.caption.isEmpty(); });
  };
  const QSize side = tiles.empty() ? QSize() : tiles.front().image.size();
  const bool same = tiles.size() == tiles_.size() && side == side_ && hasCaptions(tiles) == hasCaptions(tiles_);
  tiles_ = std::move(tiles);
  side_ = side;
  if (current_ >= static_cast<int>(tiles_.size())) current_ = -1;
  if (hoveredIndex() >= static_cast<int>(tiles_.size())) setHovered(-1);
  same ? viewport()->update() : relayout();
}

void PictureTiles::setImages(std::vector<QImage> images) {
  for (size_t i = 0; i < std::min(images.size(), tiles_.size()); ++i) tiles_[i].image = std::move(images[i]);
  const qint64 since = sincePaint_.isValid() ? sincePaint_.elapsed() : kFrame;
  if (!repaint_.isActive()) repaint_.start(static_cast<int>(std::max<qint64>(0, kFrame - since)));
}

void PictureTiles::setEmptyText(const QString& sentence) {
  emptyText_ = sentence;
  viewport()->update();
}

void PictureTiles::setStars(bool stars) {
  stars_ = stars;
  viewport()->update();
}

void PictureTiles::setWidths(int least, int most) {
  least_ = least;
  most_ = most;
  relayout();
}

void PictureTiles::setCaptionRoom(bool room) {
  captionRoom_ = room;
  relayout();
}

void PictureTiles::setMostRows(int rows) {
  mostRows_ = rows;
  updateGeometry();
}

int PictureTiles::captionHeight() const {
  const bool needed =
      captionRoom_ || std::ranges::any_of(tiles_, [](const Tile& tile) { return !tile.caption.isEmpty(); });
  return needed ? QFontMetrics(smallFont(font())).height() + 2 : 0;
}

/// The largest zoom at which all fit, between the widths that are allowed.
void PictureTiles::layOut(int width) {
  const double ratio = devicePixelRatioF();
  const auto device = [ratio](double length) { return static_cast<int>(std::lround(length * ratio)); };
  const int room = device(width - 2 * kMargin), high = device(maximumViewportSize().height() - 2 * kMargin);
  const int count = static_cast<int>(tiles_.size()), gap = device(kGap), caption = device(captionHeight());
  const auto columnsAt = [&](int zoom) { return std::max(1, (room + gap) / (side_.width() * zoom + gap)); };
  const int least = std::max(1, static_cast<int>(std::ceil(least_ * ratio / side_.width())));
  const int most = std::max(1, device(most_) / side_.width());
  int zoom = std::min(least, std::max(1, room / side_.width()));
  for (int tried = zoom + 1; tried <= most && side_.width() * tried <= room; ++tried) {
    const int rows = (count + columnsAt(tried) - 1) / columnsAt(tried);
    if (mostRows_ == 0 && rows * (side_.height() * tried + caption + gap) - gap > high) break;
    if (mostRows_ > 0 && rows > mostRows_) break;
    zoom = tried;
  }
  zoom_ = zoom;
  columns_ = columnsAt(zoom);
}

int PictureTiles::heightFor(int rows) const {
  const double picture = side_.height() * zoom_ / devicePixelRatioF();
  return static_cast<int>(std::ceil(rows * (picture + captionHeight() + kGap))) - kGap + 2 * kMargin;
}

void PictureTiles::relayout() {
  ++layouts_;
  if (tiles_.empty() || side_.isEmpty()) {
    verticalScrollBar()->setRange(0, 0);
    updateGeometry();
    return viewport()->update();
  }
  const QSize whole = maximumViewportSize();
  layOut(whole.width());
  const auto content = [this] { return heightFor((static_cast<int>(tiles_.size()) + columns_ - 1) / columns_); };
  if (content() > whole.height()) layOut(whole.width() - verticalScrollBar()->sizeHint().width());
  verticalScrollBar()->setRange(0, std::max(0, content() - whole.height()));
  verticalScrollBar()->setPageStep(whole.height());
  verticalScrollBar()->setSingleStep(24);
  updateGeometry();
  viewport()->update();
}

QRect PictureTiles::tileRect(int index) const {
  const double ratio = devicePixelRatioF();
  const auto device = [ratio](double length) { return static_cast<int>(std::lround(length * ratio)); };
  const QSize picture = side_ * zoom_;
  const int column = index % columns_, row = index / columns_;
  return {QPoint(device(kMargin) + column * (picture.width() + device(kGap)),
                 device(kMargin) + row * (picture.height() + device(captionHeight()) + device(kGap))),
          picture};
}

QRectF PictureTiles::shownRect(int index) const {
  const double ratio = devicePixelRatioF();
  const QRect device = tileRect(index);
  return QRectF(QPointF(device.topLeft()) / ratio, QSizeF(device.size()) / ratio)
      .translated(0, -verticalScrollBar()->value());
}

QRectF PictureTiles::starRect(int index) const {
  const QRectF picture = shownRect(index);
  return {picture.right() - kStar - 3, picture.top() + 3, kStar, kStar};
}

int PictureTiles::indexAt(const QPointF& viewportPoint) const {
  for (int i = 0; i < static_cast<int>(tiles_.size()); ++i)
    if (shownRect(i).adjusted(0, 0, 0, captionHeight()).contains(viewportPoint)) return i;
  return -1;
}

void PictureTiles::setCurrent(int index) {
  if (index == current_) return;
  current_ = index;
  viewport()->update();
}

void PictureTiles::paintEvent(QPaintEvent*) {
  sincePaint_.start();
  QPainter painter(viewport());
  const Theme theme(palette());
  if (tiles_.empty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(viewport()->rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
    if (hasFocus()) paintFocusFrame(painter, viewport()->rect(), theme);
    return;
  }
  for (int i = 0; i < static_cast<int>(tiles_.size()); ++i) {
    const QRectF reach = shownRect(i).adjusted(-kGap, -kGap, kGap, captionHeight() + kGap);
    if (!reach.intersects(QRectF(viewport()->rect()))) continue;
    paintPicture(painter, i, theme);
    paintCaption(painter, i, theme);
    const bool isPointed = i == hoveredIndex() || (i == current_ && hasFocus());
    if (stars_ && (isPointed || tiles_[static_cast<size_t>(i)].starred)) paintStar(painter, i);
  }
  if (hasFocus()) paintFocusFrame(painter, viewport()->rect(), theme);
}

void PictureTiles::paintPicture(QPainter& painter, int index, const Theme& theme) const {
  const double ratio = devicePixelRatioF();
  const bool isCurrent = index == current_, isPointed = index == hoveredIndex();
  painter.save();
  useDevicePixels(painter, ratio);
  const int scrolled = static_cast<int>(std::lround(verticalScrollBar()->value() * ratio));
  const QRect target = tileRect(index).translated(0, -scrolled);
  painter.drawImage(target, tiles_[static_cast<size_t>(index)].image);
  const QColor frame = isCurrent ? theme.accent : isPointed ? theme.mutedText : theme.line;
  const int thick = isCurrent ? std::max(1, static_cast<int>(std::lround(2 * ratio))) : 1;
  painter.setPen(QPen(frame, 1));
  for (int line = 1; line <= thick; ++line) painter.drawRect(target.adjusted(-line, -line, line - 1, line - 1));
  painter.restore();
}

void PictureTiles::paintCaption(QPainter& painter, int index, const Theme& theme) const {
  const QString& caption = tiles_[static_cast<size_t>(index)].caption;
  if (caption.isEmpty()) return;
  const QFont small = smallFont(font());
  const QRectF shown = shownRect(index);
  const QRectF line(shown.left() - kGap / 2.0, shown.bottom() + 1, shown.width() + kGap, captionHeight());
  painter.setFont(small);
  painter.setPen(index == current_ || index == hoveredIndex() ? theme.text : theme.mutedText);
  painter.drawText(line, Qt::AlignCenter,
                   QFontMetrics(small).elidedText(caption, Qt::ElideRight, static_cast<int>(line.width())));
}

/// On a dark ground, so that it shows on every picture.
void PictureTiles::paintStar(QPainter& painter, int index) const {
  const QColor gold(0xffc83d);
  const bool starred = tiles_[static_cast<size_t>(index)].starred;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 170));
  painter.drawEllipse(starRect(index));
  painter.setPen(QPen(starred ? gold : QColor(Qt::white), 1.2));
  painter.setBrush(starred ? QBrush(gold) : QBrush(Qt::NoBrush));
  painter.drawPath(star(starRect(index).adjusted(2.5, 2.5, -2.5, -2.5)));
  painter.restore();
}

QSize PictureTiles::sizeHint() const {
  const int count = static_cast<int>(tiles_.size());
  if (mostRows_ == 0 || count == 0 || side_.isEmpty()) return {240, 120};
  return {240, heightFor(std::clamp((count + columns_ - 1) / columns_, 1, mostRows_))};
}

QSize PictureTiles::minimumSizeHint() const {
  if (mostRows_ == 0 || tiles_.empty() || side_.isEmpty()) return {least_ + 2 * kMargin + 12, 72};
  return {least_ + 2 * kMargin + 12, heightFor(1)};
}

void PictureTiles::resizeEvent(QResizeEvent* event) {
  PictureArea::resizeEvent(event);
  relayout();
}

void PictureTiles::focusInEvent(QFocusEvent* event) {
  PictureArea::focusInEvent(event);
  if (current_ < 0) walkTo(0);
  viewport()->update();
}

void PictureTiles::focusOutEvent(QFocusEvent* event) {
  PictureArea::focusOutEvent(event);
  viewport()->update();
}

void PictureTiles::changeEvent(QEvent* event) {
  PictureArea::changeEvent(event);
  if (event->type() == QEvent::FontChange) relayout();
  if (event->type() == QEvent::PaletteChange) viewport()->update();
}

}  // namespace scanline
