#pragma once

#include <QWidget>

#include "widgets/images/picture_set.h"

namespace scanline {

/// One picture as large as whole device pixels allow, over the grid it comes from, with its words. Arrows go to the
/// neighbours, Escape, Enter or a click beside the picture closes.
class PictureOverlay : public QWidget {
  Q_OBJECT
 public:
  explicit PictureOverlay(QWidget* parent);

  /// `columns`: pictures a row, for the up and down keys.
  void show(const PictureSet& set, int index, int columns);
  int current() const { return index_; }
  /// Device pixels a picture pixel, as shown.
  int zoom() const;

 signals:
  void currentChanged(int index);
  void closed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;

 private:
  QRect pictureRect() const;  ///< device pixels

  PictureSet set_;
  int index_ = 0;
  int columns_ = 1;
};

}  // namespace scanline
