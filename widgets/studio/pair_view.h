#pragma once

#include <QImage>
#include <QTimer>
#include <QWidget>

#include "widgets/studio/picture_difference.h"

namespace scanline {

/// Two pictures of one size in one place. Wipe: the first left of a divider, which the mouse or Left and Right (with
/// Shift ten pixels) move, and the second right of it. Blink: one after the other; Space changes by hand and stops the
/// blinking. Difference: how far each pixel of one lies from the other.
class PairView : public QWidget {
  Q_OBJECT
 public:
  enum class Mode { Wipe, Blink, Difference };

  explicit PairView(QWidget* parent = nullptr);

  /// Pictures of two sizes, or a null one, are not shown.
  void setPictures(const QImage& first, const QImage& second);
  void setNames(const QString& first, const QString& second);
  void setMode(Mode mode);
  Mode mode() const { return mode_; }
  void setEmptyText(const QString& sentence);
  const PictureDifference& difference() const { return difference_; }

  /// Pixels of the picture left of the divider, 0 .. its width.
  int wipe() const { return wipe_; }
  void setWipe(int pixels);

  bool isBlinking() const { return timer_.isActive(); }
  void setBlinking(bool blinking);
  /// Changes a second, 0.5 .. 10.
  void setRate(double perSecond);
  /// Blink shows the second picture now.
  bool showsSecond() const { return second_; }
  void flip();

  /// Where a pixel of the picture is seen, in pixels of this widget.
  QRectF shownRect(QPoint pixel) const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {64, 64}; }

 signals:
  void wipeChanged(int pixels);   ///< by the person
  void blinkingChanged(bool on);  ///< by the person
  void flipped(bool showsSecond);
  void pixelHovered(QPoint pixel);  ///< (-1, -1) = none

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  bool isReady() const { return !images_[0].isNull(); }
  int zoomFor(int width) const;       ///< device pixels a pixel of the picture
  QRect target() const;               ///< device pixels
  QPointF placeAt(QPointF at) const;  ///< in pixels of the picture
  void moveWipe(int pixels);
  void tell();

  QImage images_[2];
  QString names_[2], empty_;
  PictureDifference difference_;
  QImage differenceImage_;
  Mode mode_ = Mode::Wipe;
  int wipe_ = 0;
  bool dragging_ = false, second_ = false;
  QTimer timer_;
};

}  // namespace scanline
