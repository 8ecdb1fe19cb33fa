#pragma once

#include "widgets/images/grid_layout.h"
#include "widgets/images/picture_area.h"
#include "widgets/images/picture_set.h"

namespace scanline {

class PictureOverlay;

/// Many small pictures, crisp: a picture pixel is always a whole number of device pixels. Ctrl+wheel, + and - zoom, 0
/// fits; arrows walk, Enter or a click enlarges, Ctrl+S saves a picture, Ctrl+Shift+S the whole sheet, Ctrl+C copies.
class ImageGrid : public PictureArea {
  Q_OBJECT
 public:
  explicit ImageGrid(QWidget* parent = nullptr);

  /// Keeps zoom, scroll position, current picture and enlargement as far as the new set has them.
  void setPictures(PictureSet pictures);
  const PictureSet& pictures() const { return pictures_; }
  /// Shown in the middle while there is no picture.
  void setEmptyText(const QString& text);
  const QString& emptyText() const { return emptyText_; }

  /// Device pixels a picture pixel, 1..kMaxZoom; 0 = the largest that fits.
  void setZoom(int zoom);
  int shownZoom() const { return layout_.zoom(); }
  /// The zoom that fits is this one, so that grids beside each other have one scale; 0 = as found for this grid alone.
  void setFitting(int zoom);
  /// A click makes a picture the current one, which is marked, instead of enlarging it; a double click enlarges.
  void setPicking(bool picking);
  /// A click or Enter asks for a picture by opened(), instead of enlarging it.
  void setOpening(bool opening) { opening_ = opening; }
  /// A zoom that fits makes pictures no narrower, device-independent pixels; the grid scrolls then.
  void setSmallest(int width);

  int current() const { return current_; }
  void setCurrent(int index);
  bool isEnlarged() const;
  void enlarge(int index);
  void closeEnlarged();

  /// Where picture `index` is seen, viewport coordinates; exact only where device pixels allow.
  QRectF shownRect(int index) const;
  /// Width at which the height, rather than the width, limits a fitting zoom.
  int fittingWidth() const;
  /// All pictures at the shown zoom.
  QImage sheet() const;

 public slots:
  void zoomIn() { setZoom(shownZoom() + 1); }
  void zoomOut() { setZoom(std::max(1, shownZoom() - 1)); }
  void zoomToFit() { setZoom(0); }
  void saveSheet();

 signals:
  void currentChanged(int index);
  void opened(int index);  ///< see setOpening
  void zoomChanged(int shown);
  /// As setZoom, a key or the wheel chose it; 0 = fit.
  void zoomChosen(int zoom);
  /// A sentence: a picture could not be saved.
  void failed(const QString& sentence);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;
  int indexAt(const QPointF& viewportPoint) const override;
  void clicked(int index, const QPointF& viewportPoint) override;
  void doubleClicked(int index) override;
  QString toolTipAt(int index, const QPointF& viewportPoint) const override;

 private:
  GridMetrics metrics() const;
  QSize room() const;
  void relayout();
  void showCurrent();
  QPoint scrollOffset() const;  ///< device pixels
  void open(int index);
  void paintTile(QPainter& painter, int index, const QRect& target) const;
  void paintCaption(QPainter& painter, int index, const QRect& target) const;
  void paintTitles(QPainter& painter, const QPoint& offset) const;
  void savePicture(int index, int zoom);
  void copyPicture(int index);

  PictureSet pictures_;
  QString emptyText_;
  GridLayout layout_;
  PictureOverlay* overlay_;
  int chosenZoom_ = 0, fitting_ = 0;
  int smallest_ = 40;
  bool picking_ = false, opening_ = false;
  int current_ = 0;
};

}  // namespace scanline
