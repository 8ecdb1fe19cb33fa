#include "widgets/images/grid_layout.h"

#include <algorithm>

namespace scanline {

GridLayout::GridLayout(const PictureSet& set, int zoom, int available, const GridMetrics& metrics)
    : zoom_(zoom), count_(set.count()), tile_(set.width * zoom, set.height * zoom), metrics_(metrics) {
  if (count_ == 0) return;
  int x = metrics.rowTitle;
  for (size_t group = 0; columns() < count_; ++group) {
    if (!set.flow && group == set.groups.size()) break;
    const int inGroup = set.groups[group % set.groups.size()];
    if (group > 0) x += metrics.groupGap;
    const int end = x + inGroup * tile_.width() + (inGroup - 1) * metrics.gap;
    if (set.flow && group > 0 && end > available) break;
    for (int i = 0; i < inGroup; ++i) columnLeft_.push_back(x + i * (tile_.width() + metrics.gap));
    x = end;
  }
  rows_ = (count_ + columns() - 1) / columns();
  size_ = {columnLeft_.back() + tile_.width(),
           metrics.header + rows_ * (tile_.height() + metrics.caption + metrics.gap)};
}

QRect GridLayout::picture(int index) const {
  const int row = index / columns();
  return {
      QPoint(columnLeft(index % columns()), metrics_.header + row * (tile_.height() + metrics_.caption + metrics_.gap)),
      tile_};
}

QRect GridLayout::caption(int index) const {
  const QRect above = picture(index);
  return {above.left(), above.bottom() + 1, above.width(), metrics_.caption};
}

int GridLayout::at(const QPoint& point) const {
  if (count_ == 0 || point.y() < metrics_.header) return -1;
  const int row = (point.y() - metrics_.header) / (tile_.height() + metrics_.caption + metrics_.gap);
  const auto next = std::upper_bound(columnLeft_.begin(), columnLeft_.end(), point.x());
  if (next == columnLeft_.begin() || row >= rows_) return -1;
  const int index = row * columns() + static_cast<int>(next - columnLeft_.begin()) - 1;
  if (index >= count_) return -1;
  return picture(index).united(caption(index)).contains(point) ? index : -1;
}

int fittingZoom(const PictureSet& set, const QSize& viewport, const GridMetrics& metrics, int smallest) {
  if (set.isEmpty()) return 1;
  const auto fitsWidth = [&](int zoom) {
    return GridLayout(set, zoom, viewport.width(), metrics).size().width() <= viewport.width();
  };
  const auto fits = [&](int zoom) {
    return fitsWidth(zoom) && GridLayout(set, zoom, viewport.width(), metrics).size().height() <= viewport.height();
  };
  int zoom = kMaxZoom;
  while (zoom > 1 && !fits(zoom)) --zoom;
  while (zoom * set.width < smallest && zoom < kMaxZoom && fitsWidth(zoom + 1)) ++zoom;
  return zoom;
}

}  // namespace scanline
