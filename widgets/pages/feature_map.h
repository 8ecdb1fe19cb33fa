#pragma once

#include <QImage>
#include <QPolygonF>
#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/pages/feature_values.h"

class QPainter;

namespace scanline {

struct Theme;

/// How pictures of a class are marked: 8 colours that people who see few colours tell apart, then the same in other
/// shapes, 32 marks in all. `radius` in pixels.
void paintClassMark(QPainter& painter, QPointF centre, double radius, int32_t label, const QColor& colour);
QColor classColour(const Theme& theme, int32_t label);
constexpr int kClassMarks = 32;

/// Pictures as points in a plane. The mouse over a point shows its picture, a click chooses it, a double click opens
/// it; a drag lists all in a rectangle, with Shift in a line drawn by hand; the wheel zooms, a double click beside the
/// points shows all. Keys: arrows walk to the next point that way, Enter opens it, + - 0 zoom, Escape gives up a drag,
/// or else the list.
class FeatureMap : public QWidget {
  Q_OBJECT
 public:
  explicit FeatureMap(QWidget* parent = nullptr);

  /// The points go until setPlaces.
  void setPictures(SharedFeaturePictures pictures);
  /// Of these pictures. The same part of the plane stays in sight only for the same layer.
  void setPlaces(FeaturePlaces places);
  void setEmptyText(const QString& text);
  /// -1: none. Emits nothing.
  void setCurrent(int index);
  int current() const { return current_; }
  /// The others are pale; empty: none is. Emits nothing.
  void setListed(std::vector<int> listed);
  const std::vector<int>& listed() const { return listed_; }
  /// Only this class (or mark, see setMarks) has colours; -1: all.
  void setShownClass(int32_t label);
  /// Points are coloured by these in place of their classes, and the card of a point says its note; both [count], or
  /// empty: by their classes.
  void setMarks(std::vector<int32_t> marks, std::vector<QString> notes);

  /// Where a picture's point is seen, in pixels of this widget; nothing if it is outside or there are no points.
  std::optional<QPointF> placeOf(int index) const;
  /// The picture under the mouse; -1: none.
  int hovered() const { return hovered_; }

  QSize sizeHint() const override { return {520, 440}; }
  QSize minimumSizeHint() const override { return {240, 200}; }

 signals:
  void chosen(int index);
  void opened(int index);
  /// Those in a part of the plane, ascending; empty: the list is given up.
  void listChosen(const std::vector<int>& pictures);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  static constexpr int kMapEdge = 14, kMapGap = 6;  ///< px around the plane
  enum class Drag { None, Press, Rectangle, Lasso };

  bool isEmpty() const { return !pictures_ || places_.places.empty(); }
  QRect area() const;
  QPointF pixelOf(QPointF place) const;
  QPointF placeAt(QPointF pixel) const;
  int indexAt(QPointF pixel) const;
  bool isPale(int index) const;
  int32_t markOf(int index) const;
  void showAll();
  void zoomAbout(QPointF pixel, double factor);
  void walk(QPoint direction);
  void choose(int index);
  void setHovered(int index);
  void endDrag();
  void redraw();
  QImage pointsPicture(const Theme& theme) const;
  void paintAxes(QPainter& painter, const Theme& theme) const;
  void paintCard(QPainter& painter, const Theme& theme) const;

  SharedFeaturePictures pictures_;
  FeaturePlaces places_;
  QString empty_;
  QRectF shown_;  ///< the part of the plane in sight
  int current_ = -1, hovered_ = -1;
  std::vector<int> listed_;
  std::vector<bool> isListed_;  ///< [count]
  int32_t shownClass_ = -1;
  std::vector<int32_t> marks_;
  std::vector<QString> notes_;
  QImage points_;  ///< null: to be drawn anew
  Drag drag_ = Drag::None;
  QPolygonF path_;           ///< of the drag
  bool showsFocus_ = false;  ///< it came by a key, or one was pressed
};

}  // namespace scanline
