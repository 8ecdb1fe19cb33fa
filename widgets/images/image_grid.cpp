#include "widgets/images/image_grid.h"

#include <QPaintEvent>
#include <QPainter>
#include <QResizeEvent>
#include <QScrollBar>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/images/device_painter.h"
#include "widgets/images/picture_export.h"
#include "widgets/images/picture_overlay.h"
#include "widgets/images/scroll_ranges.h"
#include "widgets/parts/theme.h"

// Layout and painting; image_grid_input.cpp has mouse, keys and menu.

namespace scanline {

namespace {

constexpr int kMargin = 2;  // room for the frame of the current picture

QFont smallFont(const QFont& font) {
  QFont small = font;
  small.setPointSizeF(font.pointSizeF() * 0.82);
  return small;
}

}  // namespace

ImageGrid::ImageGrid(QWidget* parent) : PictureArea(parent), overlay_(new PictureOverlay(this)) {
  setAccessibleName(tr("Pictures"));
  viewport()->setBackgroundRole(QPalette::Window);
  connect(overlay_, &PictureOverlay::closed, this, &ImageGrid::closeEnlarged);
  connect(overlay_, &PictureOverlay::currentChanged, this, &ImageGrid::setCurrent);
}

void ImageGrid::setPictures(PictureSet pictures) {
  pictures_ = std::move(pictures);
  current_ = std::clamp(current_, 0, std::max(0, pictures_.count() - 1));
  if (hoveredIndex() >= pictures_.count()) setHovered(-1);
  relayout();
  if (isEnlarged()) pictures_.isEmpty() ? closeEnlarged() : overlay_->show(pictures_, current_, layout_.columns());
}

void ImageGrid::setEmptyText(const QString& text) {
  emptyText_ = text;
  viewport()->update();
}

void ImageGrid::setZoom(int zoom) {
  const int chosen = std::clamp(zoom, 0, kMaxZoom);
  if (chosen == chosenZoom_) return;
  chosenZoom_ = chosen;
  relayout();
  emit zoomChosen(chosen);
}

void ImageGrid::setCurrent(int index) {
  if (index < 0 || index >= pictures_.count() || index == current_) return;
  current_ = index;
  showCurrent();
  viewport()->update();
  emit currentChanged(index);
}

void ImageGrid::setFitting(int zoom) {
  if (zoom == std::exchange(fitting_, zoom)) return;
  if (chosenZoom_ == 0) relayout();
}

void ImageGrid::setSmallest(int width) {
  smallest_ = width;
  relayout();
}

void ImageGrid::setPicking(bool picking) {
  picking_ = picking;
  viewport()->update();
}

bool ImageGrid::isEnlarged() const {
  return overlay_->isVisibleTo(this);
}

void ImageGrid::enlarge(int index) {
  if (index < 0 || index >= pictures_.count()) return;
  setCurrent(index);
  overlay_->setGeometry(rect());
  overlay_->show(pictures_, index, layout_.columns());
  overlay_->setFocus();
}

void ImageGrid::closeEnlarged() {
  overlay_->hide();
  setFocus();
}

GridMetrics ImageGrid::metrics() const {
  const double ratio = devicePixelRatioF();
  const auto device = [ratio](double length) { return static_cast<int>(std::lround(length * ratio)); };
  const QFontMetricsF small(smallFont(font()));
  GridMetrics result{.gap = device(pictures_.gap), .groupGap = device(pictures_.groupGap)};
  const bool captions = std::any_of(pictures_.cells.begin(), pictures_.cells.end(),
                                    [](const PictureCell& cell) { return !cell.caption.isEmpty(); });
  if (captions) result.caption = device(small.height() + 2);
  result.header = device(pictures_.groupTitles.isEmpty() ? kMargin : small.height() + 6);
  result.rowTitle = device(kMargin);
  double widest = 0;
  for (const auto& title : pictures_.rowTitles) widest = std::max(widest, small.horizontalAdvance(title));
  if (widest > 0) result.rowTitle = device(widest + 8);
  return result;
}

/// Device pixels for pictures when no scroll bar shows; the frame of the last column needs its margin.
QSize ImageGrid::room() const {
  return ((QSizeF(maximumViewportSize()) - QSizeF(kMargin, 0)) * devicePixelRatioF()).toSize();
}

void ImageGrid::relayout() {
  const double ratio = devicePixelRatioF();
  const int before = layout_.zoom();
  const GridMetrics distances = metrics();
  const int smallest = static_cast<int>(std::lround(smallest_ * ratio));
  QSize space = room();
  const int given = chosenZoom_ > 0 ? chosenZoom_ : fitting_;
  int zoom = given > 0 ? given : fittingZoom(pictures_, space, distances, smallest);
  layout_ = GridLayout(pictures_, zoom, space.width(), distances);
  if (layout_.size().height() > space.height()) {
    // The vertical scroll bar takes its part of the width.
    space.rwidth() -= static_cast<int>(std::lround(verticalScrollBar()->sizeHint().width() * ratio));
    if (given == 0) zoom = fittingZoom(pictures_, space, distances, smallest);
    layout_ = GridLayout(pictures_, zoom, space.width(), distances);
  }
  const QSize content(static_cast<int>(std::ceil(layout_.size().width() / ratio)) + kMargin,
                      static_cast<int>(std::ceil(layout_.size().height() / ratio)));
  const QSize whole = maximumViewportSize();
  const bool scrollsDown = content.height() > whole.height();
  const int bar = verticalScrollBar()->sizeHint().width();
  const QSize seen(whole.width() - (scrollsDown ? bar : 0),
                   whole.height() - (content.width() > whole.width() ? bar : 0));
  setScrollRanges(*this, content, seen);
  overlay_->setGeometry(rect());
  viewport()->update();
  if (before != layout_.zoom()) emit zoomChanged(layout_.zoom());
}

void ImageGrid::showCurrent() {
  if (pictures_.isEmpty()) return;
  const QRectF shown = shownRect(current_).adjusted(-8, -24, 8, 24);
  auto* down = verticalScrollBar();
  auto* across = horizontalScrollBar();
  if (shown.top() < 0) down->setValue(down->value() + static_cast<int>(shown.top()));
  if (shown.bottom() > viewport()->height())
    down->setValue(down->value() + static_cast<int>(shown.bottom()) - viewport()->height());
  if (shown.left() < 0) across->setValue(across->value() + static_cast<int>(shown.left()));
  if (shown.right() > viewport()->width())
    across->setValue(across->value() + static_cast<int>(shown.right()) - viewport()->width());
}

QPoint ImageGrid::scrollOffset() const {
  return (QPointF(horizontalScrollBar()->value(), verticalScrollBar()->value()) * devicePixelRatioF()).toPoint();
}

QRectF ImageGrid::shownRect(int index) const {
  const QRect device = layout_.picture(index).translated(-scrollOffset());
  const double ratio = devicePixelRatioF();
  return {QPointF(device.topLeft()) / ratio, QSizeF(device.size()) / ratio};
}

int ImageGrid::indexAt(const QPointF& viewportPoint) const {
  return layout_.at((viewportPoint * devicePixelRatioF()).toPoint() + scrollOffset());
}

int ImageGrid::fittingWidth() const {
  if (pictures_.isEmpty()) return 0;
  const double ratio = devicePixelRatioF();
  const QSize room(100'000, static_cast<int>(maximumViewportSize().height() * ratio));
  const int zoom = fittingZoom(pictures_, room, metrics(), static_cast<int>(smallest_ * ratio));
  const QSize size = GridLayout(pictures_, zoom, room.width(), metrics()).size();
  const int bar = size.height() > room.height() ? verticalScrollBar()->sizeHint().width() : 0;
  return static_cast<int>(std::ceil(size.width() / ratio)) + kMargin + bar;
}

QImage ImageGrid::sheet() const {
  return contactSheet(pictures_, shownZoom(), layout_.columns());
}

void ImageGrid::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  const Theme theme(palette());
  if (pictures_.isEmpty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
    if (hasFocus()) {
      painter.setPen(theme.accent);
      painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
    }
    return;
  }
  const double ratio = devicePixelRatioF();
  const QPoint offset = scrollOffset();
  const QRect dirty = QRectF(QPointF(event->rect().topLeft()) * ratio, QSizeF(event->rect().size()) * ratio)
                          .toAlignedRect()
                          .translated(offset);
  useDevicePixels(painter, ratio);
  // Text is laid out in device pixels too, so that captions stay centred under their pictures at every scale factor.
  QFont small = smallFont(font());
  small.setPixelSize(std::max(1, static_cast<int>(std::lround(QFontInfo(small).pixelSize() * ratio))));
  painter.setFont(small);
  paintTitles(painter, offset);
  for (int i = 0; i < pictures_.count(); ++i) {
    if (!layout_.picture(i).united(layout_.caption(i)).intersects(dirty)) continue;
    paintTile(painter, i, layout_.picture(i).translated(-offset));
  }
}

void ImageGrid::paintTile(QPainter& painter, int index, const QRect& target) const {
  const Theme theme(palette());
  const auto& cell = pictures_.cells[static_cast<size_t>(index)];
  const double ratio = devicePixelRatioF();
  paintPicture(painter, pictures_, index, target, theme.mutedText);
  if ((index == hoveredIndex() || pictures_.marksGiven) && !cell.hatched)
    paintGivenBorder(painter, pictures_, index, target);

  const bool isCurrent = index == current_ && (hasFocus() || picking_);
  const bool isMarked = cell.mark != PictureCell::Mark::None;
  if (isCurrent || index == hoveredIndex() || isMarked) {
    const int thick = std::max(1, static_cast<int>((isCurrent || isMarked ? 2 : 1) * ratio));
    const QColor colour = isCurrent                               ? theme.accent
                          : cell.mark == PictureCell::Mark::Best  ? theme.good
                          : cell.mark == PictureCell::Mark::Worst ? theme.warning
                                                                  : theme.mutedText;
    for (int i = 1; i <= thick; ++i) {
      painter.setPen(QPen(colour, 1));
      painter.drawRect(target.adjusted(-i, -i, i - 1, i - 1));
    }
  }
  paintCaption(painter, index, target);
}

void ImageGrid::paintCaption(QPainter& painter, int index, const QRect& target) const {
  const Theme theme(palette());
  const auto& cell = pictures_.cells[static_cast<size_t>(index)];
  if (cell.caption.isEmpty()) return;
  const bool isMarked = cell.mark != PictureCell::Mark::None;
  const QFont plain = painter.font();
  QFont font = plain;
  font.setBold(isMarked);
  painter.setFont(font);
  const int span = target.width() + (cell.captionSpan - 1) * (target.width() + metrics().gap);
  QStringList forms{cell.caption};
  if (cell.mark == PictureCell::Mark::Best) forms.prepend(tr("best %1").arg(cell.caption));
  if (cell.mark == PictureCell::Mark::Worst) forms.prepend(tr("worst %1").arg(cell.caption));
  // Words that do not fit are cut, and digits left out.
  const bool hasWords = std::ranges::any_of(cell.caption, [](QChar each) { return each.isLetter(); });
  if (hasWords) forms << painter.fontMetrics().elidedText(cell.caption, Qt::ElideMiddle, span);
  for (const QString& form : forms) {
    if (painter.fontMetrics().horizontalAdvance(form) > span) continue;
    painter.setPen(index == hoveredIndex() || isMarked ? theme.text : theme.mutedText);
    const QRect line(target.left(), target.bottom() + 1, span, layout_.caption(index).height());
    painter.drawText(line, Qt::AlignCenter, form);
    break;
  }
  painter.setFont(plain);
}

void ImageGrid::paintTitles(QPainter& painter, const QPoint& offset) const {
  const Theme theme(palette());
  const double ratio = devicePixelRatioF();
  const GridMetrics distances = metrics();
  painter.setPen(theme.mutedText);
  int column = 0;
  for (int group = 0; group < pictures_.groupTitles.size(); ++group) {
    const int next = column + pictures_.groups[static_cast<size_t>(group)];
    const int left = layout_.columnLeft(column);
    // A title may run on over the gap, but not into the next group's title.
    const bool last = group + 1 == pictures_.groupTitles.size();
    const int right = last ? static_cast<int>(viewport()->width() * ratio) + offset.x()
                           : layout_.columnLeft(next) - static_cast<int>(4 * ratio);
    const QString title = painter.fontMetrics().elidedText(pictures_.groupTitles[group], Qt::ElideRight, right - left);
    painter.drawText(QRect(left, 0, right - left, distances.header).translated(-offset),
                     Qt::AlignLeft | Qt::AlignVCenter, title);
    column = next;
  }
  for (int row = 0; row < std::min(static_cast<int>(pictures_.rowTitles.size()), layout_.rows()); ++row) {
    const QRect beside = layout_.picture(row * layout_.columns());
    painter.drawText(
        QRect(0, beside.top(), distances.rowTitle - static_cast<int>(8 * ratio), beside.height()).translated(-offset),
        Qt::AlignRight | Qt::AlignVCenter, pictures_.rowTitles[row]);
  }
}

void ImageGrid::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  relayout();
}

void ImageGrid::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::FontChange) relayout();
  if (event->type() == QEvent::PaletteChange) viewport()->update();
}

}  // namespace scanline
