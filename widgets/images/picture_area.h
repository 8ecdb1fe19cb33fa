#pragma once

#include <QAbstractScrollArea>

namespace scanline {

/// A scroll area of pictures that lie wherever its kind lays them out: knows which of them the mouse is over, and hands
/// on clicks and tool tips. UI thread.
class PictureArea : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit PictureArea(QWidget* parent = nullptr);

 signals:
  void hovered(int index);  ///< -1 = none

 protected:
  /// The picture at a point of the viewport, with its caption; -1 = none.
  virtual int indexAt(const QPointF& viewportPoint) const = 0;
  /// The left button was let go over picture `index`.
  virtual void clicked(int index, const QPointF& viewportPoint) = 0;
  virtual void doubleClicked(int index) { Q_UNUSED(index) }
  virtual QString toolTipAt(int index, const QPointF& viewportPoint) const = 0;

  int hoveredIndex() const { return hovered_; }
  void setHovered(int index);
  bool viewportEvent(QEvent* event) override;

 private:
  int hovered_ = -1;
};

}  // namespace scanline
