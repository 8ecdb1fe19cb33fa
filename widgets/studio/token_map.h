#pragma once

#include <QWidget>
#include <functional>

#include "widgets/studio/heat_layer.h"
#include "widgets/studio/studio_picture.h"

namespace scanline {

/// A picture with values over it, small enough for a panel: a token is a square of whole device pixels. A click or the
/// arrow keys choose a token; Left and Right walk along the raster, from the end of a row to the next one. The tool tip
/// tells the value under the mouse.
class TokenMap : public QWidget {
  Q_OBJECT
 public:
  explicit TokenMap(const QString& name, QWidget* parent = nullptr);

  /// Emits nothing; the chosen token stays where the new picture has it.
  void setPicture(const StudioPicture& picture);
  const StudioPicture& picture() const { return picture_; }
  /// Values of another size are not shown.
  void setLayer(const HeatLayer& layer);
  /// Emits nothing; -1 = none.
  void setChosen(qint64 position);
  qint64 chosen() const { return chosen_; }
  qint64 hovered() const { return hovered_; }
  /// The token that words are about: the one under the mouse, else the chosen one; -1 = none.
  qint64 told() const { return hovered_ >= 0 ? hovered_ : chosen_; }
  /// One token in words, for the tool tip and for people who cannot see the map.
  void setWords(std::function<QString(qint64 position)> words);
  /// In place of the picture while there is none.
  void setEmptyText(const QString& sentence);
  /// No higher than so many device-independent pixels.
  void setMostHeight(int height);

  /// Where a token is seen, in pixels of this widget.
  QRectF shownRect(qint64 position) const;
  /// Picture and layer as they are shown, `zoom` pixels a pixel of the picture.
  QImage rendered(int zoom) const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void hoveredChanged(qint64 position);  ///< -1 = none
  void positionChosen(qint64 position);  ///< by the mouse or the keys
  void failed(const QString& sentence);  ///< the picture could not be saved

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int zoomFor(int width) const;  ///< device pixels a pixel of the picture
  QRect target() const;          ///< of the picture, device pixels
  qint64 positionAt(QPointF at) const;
  void hover(qint64 position);
  void choose(qint64 position);
  void tell();
  void copy() const;
  void save();

  StudioPicture picture_;
  QImage image_;  ///< of picture_
  HeatLayer layer_;
  QImage heat_;  ///< of layer_; null = none
  std::function<QString(qint64)> words_;
  QString empty_;
  int mostHeight_ = 420;
  qint64 chosen_ = -1, hovered_ = -1;
};

/// Where a key takes a walk over `across` x `down` tokens from `position` (-1 = none yet): Left and Right along the
/// raster, Up and Down by rows, Home and End to the ends of the row, with Ctrl of the picture. -1 for other keys.
qint64 walkedTo(qint64 position, int key, Qt::KeyboardModifiers modifiers, int across, int down);

}  // namespace scanline
