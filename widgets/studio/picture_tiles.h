#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <vector>

#include "widgets/images/picture_area.h"

namespace scanline {

struct Theme;

/// Small pictures of one size that are chosen from, flowing, each pixel a whole number of device pixels. Arrows walk,
/// Enter or a click chooses; a star in the corner pins where pins are offered, with the key P.
class PictureTiles : public PictureArea {
  Q_OBJECT
 public:
  struct Tile {
    QImage image;
    QString caption;  ///< short, under the picture
    QString words;    ///< tool tip, and for people who cannot see it
    bool starred = false;
  };

  explicit PictureTiles(const QString& name, QWidget* parent = nullptr);

  /// Lays out afresh only if their number, sizes or captions' presence change.
  void setTiles(std::vector<Tile> tiles);
  /// The same tiles with other pixels, shown at most 30 times a second. The number of images is that of the tiles.
  void setImages(std::vector<QImage> images);
  const std::vector<Tile>& tiles() const { return tiles_; }
  void setEmptyText(const QString& sentence);
  /// Tiles have a star; a click on it, or P, emits starToggled.
  void setStars(bool stars);
  /// Tiles are no narrower, device-independent pixels, and no wider than `most`; as large as all of them fit between.
  void setWidths(int least, int most);
  /// Room under each picture even while no caption is there.
  void setCaptionRoom(bool room);
  /// Room for the rows of tiles up to `rows`; else the height is free.
  void setMostRows(int rows);

  int current() const { return current_; }
  /// Emits nothing; -1 = none.
  void setCurrent(int index);
  int shownZoom() const { return zoom_; }
  QRectF shownRect(int index) const;
  QRectF starRect(int index) const;
  /// How often the tiles were laid out; for tests.
  int layouts() const { return layouts_; }

  static constexpr int kTileGap = 6;  ///< between tiles, device-independent pixels

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void chosen(int index);
  void starToggled(int index);
  void removeRequested(int index);  ///< by the Delete key
  /// By the right mouse button or the menu key, on a tile.
  void menuRequested(int index, const QPoint& globalPlace);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  int indexAt(const QPointF& viewportPoint) const override;
  void clicked(int index, const QPointF& viewportPoint) override;
  QString toolTipAt(int index, const QPointF& viewportPoint) const override;

 private:
  void relayout();
  void layOut(int width);
  int captionHeight() const;
  QRect tileRect(int index) const;  ///< of the picture, device pixels of the contents
  void walkTo(int index);
  int heightFor(int rows) const;
  void paintPicture(QPainter& painter, int index, const Theme& theme) const;
  void paintCaption(QPainter& painter, int index, const Theme& theme) const;
  void paintStar(QPainter& painter, int index) const;

  std::vector<Tile> tiles_;
  QString emptyText_;
  QTimer repaint_;
  QElapsedTimer sincePaint_;
  bool stars_ = false, captionRoom_ = false;
  int least_ = 40, most_ = 160, mostRows_ = 0;
  int zoom_ = 1, columns_ = 1, layouts_ = 0;
  QSize side_;  ///< of a picture, pixels
  int current_ = -1;
};

}  // namespace scanline
