#pragma once

#include <QRect>
#include <vector>

#include "widgets/images/picture_set.h"

namespace scanline {

/// Distances of a grid in device pixels.
struct GridMetrics {
  int gap = 2;
  int groupGap = 8;
  int caption = 0;   ///< height of the line under each picture
  int header = 0;    ///< height of the group titles
  int rowTitle = 0;  ///< width of the row titles
};

/// Where the pictures of a set lie, in device pixels from the top left corner of the contents, so that each picture
/// pixel is `zoom` whole device pixels. Pure arithmetic.
class GridLayout {
 public:
  GridLayout() = default;
  /// `available`: width in device pixels that a flowing set may fill.
  GridLayout(const PictureSet& set, int zoom, int available, const GridMetrics& metrics);

  int zoom() const { return zoom_; }
  int columns() const { return static_cast<int>(columnLeft_.size()); }
  int rows() const { return rows_; }
  QSize size() const { return size_; }
  /// The picture itself, without its caption.
  QRect picture(int index) const;
  /// The line under the picture.
  QRect caption(int index) const;
  /// Index of the picture at a point, its caption included; -1 if there is none.
  int at(const QPoint& point) const;
  int columnLeft(int column) const { return columnLeft_[static_cast<size_t>(column)]; }

 private:
  int zoom_ = 1, rows_ = 0, count_ = 0;
  QSize tile_, size_;
  GridMetrics metrics_;
  std::vector<int> columnLeft_;
};

/// The largest zoom at which all of the set is seen in `viewport` (device pixels). If pictures would then be narrower
/// than `smallest`, the zoom that reaches it as far as the width allows; the grid scrolls down then. At least 1.
int fittingZoom(const PictureSet& set, const QSize& viewport, const GridMetrics& metrics, int smallest);
constexpr int kMaxZoom = 64;

}  // namespace scanline
