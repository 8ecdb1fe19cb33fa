#pragma once

#include <QAbstractScrollArea>
#include <functional>
#include <optional>

#include "core/run/paint_mask.h"
#include "widgets/studio/heat_layer.h"
#include "widgets/studio/studio_picture.h"

class QUndoStack;

namespace scanline {

/// A picture, large: each of its pixels is a whole number of device pixels. Over it lie the mask of the pixels to be
/// painted, hatched, and a layer of values as colours. A mask cell is a token. Arrows walk the chosen token along the
/// raster; Space held down paints with the tool at hand, with Shift the opposite; Escape gives a stroke up. Edits by
/// the person can be undone, a stroke at a time.
class PictureCanvas : public QAbstractScrollArea {
  Q_OBJECT
 public:
  /// Look chooses a token and changes nothing; the eyedropper takes the colour of one.
  enum class Tool { Look, Brush, Rectangle, Lasso, Fill, Eyedropper };
  Q_ENUM(Tool)
  /// Brush, rectangle, lasso and fill change the mask or the pixels.
  enum class Target { Mask, Pixels };
  Q_ENUM(Target)

  explicit PictureCanvas(QWidget* parent = nullptr);
  ~PictureCanvas() override;

  /// Another picture from outside: forgets the history, and the mask and the layer if the size is another. Emits
  /// nothing.
  void setPicture(const StudioPicture& picture);
  const StudioPicture& picture() const { return picture_; }
  /// The pixels decoded from codes, after pictureChanged. Emits nothing.
  void setPixels(const QImage& pixels);
  /// [n]; emits nothing and is no step of the history.
  void setMask(PaintMask mask);
  const PaintMask& mask() const { return mask_; }
  void setMaskShown(bool shown);
  bool isMaskShown() const { return maskShown_; }
  /// Laid over the picture until the next one; an empty layer takes it away. Values of another size are not shown.
  void setHeat(const HeatLayer& layer);
  const HeatLayer& heat() const { return heat_; }
  /// A sentence in place of a picture.
  void setEmptyText(const QString& sentence);

  /// As edits of the person: a step of the history, named `words`; emit pictureChanged or maskChanged.
  void replacePicture(const StudioPicture& picture, const QString& words);
  void replaceMask(PaintMask mask, const QString& words);
  QUndoStack* history() const { return history_; }

  void setTool(Tool tool);
  Tool tool() const { return tool_; }
  void setTarget(Target target);
  Target target() const { return target_; }
  /// Side of the brush in tokens, 1 .. kMaxBrush.
  void setBrush(int side);
  int brush() const { return brush_; }
  static constexpr int kMaxBrush = 64;
  /// The mask tools give tokens back instead of taking them; the right mouse button does the opposite.
  void setErasing(bool erasing);
  bool isErasing() const { return erasing_; }
  /// Pixels are painted in it.
  void setColour(Token colour);
  Token colour() const { return colour_; }

  /// The token that keys and questions are about, -1 = none yet. setChosen emits nothing.
  qint64 chosen() const { return chosen_; }
  void setChosen(qint64 position);
  qint64 hovered() const { return hovered_; }

  /// Device pixels a picture pixel; 0 = the largest that fits.
  void setZoom(int zoom);
  int shownZoom() const { return zoom_; }
  static constexpr int kMaxZoom = 256;
  /// Where a token is seen, viewport coordinates.
  QRectF shownRect(qint64 position) const;

  /// The keys of tools, brush, zoom and history; whether it was one of them. So that they work from the whole page.
  bool handleKey(QKeyEvent* event);
  static bool isOwnKey(const QKeyEvent* event);

 public slots:
  /// Masked and given pixels change places; everything is given; everything is masked.
  void invertMask();
  void clearMask();
  void paintAll();
  void zoomIn() { setZoom(zoom_ + 1); }
  void zoomOut() { setZoom(std::max(1, zoom_ - 1)); }
  void zoomToFit() { setZoom(0); }

 signals:
  void pixelHovered(qint64 position);  ///< -1 = none
  void pixelChosen(qint64 position);   ///< by the mouse or the keys
  void maskChanged();                  ///< by an edit, its undoing or redoing; at most once per event
  void pictureChanged();               ///< likewise
  void toolChanged();                  ///< tool, target, brush, erasing or colour, also when they were set
  void zoomChanged(int shown);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  class EditCommand;
  /// A stroke that goes on: mask and picture before it, and its path.
  struct Stroke {
    PaintMask mask;
    StudioPicture picture;
    QPoint start, last;
    std::vector<QPointF> path;  ///< of a lasso, in tokens
    bool opposite = false;      ///< the mask tools do the opposite
    bool byKeys = false;
  };

  QPointF placeAt(const QPointF& viewportPoint) const;  ///< in tokens, may lie outside
  QPoint cellAt(const QPointF& viewportPoint) const;
  QRect pictureRect() const;  ///< device pixels of the viewport
  QRect cellRect(QPoint cell, const QRect& target) const;
  QSize cells() const { return {picture_.across, picture_.down}; }
  bool isWithin(QPoint cell) const { return QRect({0, 0}, cells()).contains(cell); }
  void relayout();
  void showCell(QPoint cell);
  void setHovered(qint64 position);
  void choose(qint64 position);
  bool walk(int key, bool toEnds);

  bool press(QMouseEvent* event);
  void beginStroke(QPoint cell, const QPointF& place, bool opposite, bool byKeys);
  void continueStroke(QPoint cell, const QPointF& place);
  void endStroke();
  void cancelStroke();
  void pickColour(QPoint cell);
  void applyCells(const std::vector<QPoint>& cells);
  void pushEdit(PaintMask mask, StudioPicture picture, const QString& words);
  void recordStroke(const Stroke& stroke, const QString& words);
  void restore(const PaintMask& mask, const StudioPicture& picture);
  QString strokeWords() const;
  bool canPaintPixels() const { return !picture_.isEmpty() && !picture_.isCodes(); }

  void paintHeat(QPainter& painter, const QRect& target) const;
  void paintHatching(QPainter& painter, const QRect& target, const QRect& dirty) const;
  void paintMaskBorder(QPainter& painter, const QRect& target) const;
  void paintReach(QPainter& painter, const QRect& target) const;
  void paintEdges(QPainter& painter, const QRect& target, const std::function<bool(QPoint)>& isIn) const;

  StudioPicture picture_;
  QImage image_;  ///< of picture_
  PaintMask mask_;
  HeatLayer heat_;
  QImage heatImage_;
  QString emptyText_;
  QUndoStack* history_;
  std::optional<Stroke> stroke_;
  Tool tool_ = Tool::Brush, before_ = Tool::Brush;  ///< before the eyedropper
  Target target_ = Target::Mask;
  int brush_ = 3;
  Token colour_ = 0;
  bool erasing_ = false, maskShown_ = true;
  int zoom_ = 1, chosenZoom_ = 0;
  qint64 chosen_ = -1, hovered_ = -1;
};

}  // namespace scanline
