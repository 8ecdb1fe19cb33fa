#pragma once

#include <QImage>
#include <QStringList>
#include <vector>

class QPainter;

namespace scanline {

/// One picture of a PictureSet, in words.
struct PictureCell {
  QString name;          ///< "Prompt 3, sample 2"
  QString caption;       ///< small, under the picture: "1.308"
  QString detail;        ///< beside the name when enlarged: "1.308 nats per pixel"
  int given = 0;         ///< tokens in raster order that the model was given; 0 = nothing to mark
  bool hatched = false;  ///< the tokens after `given` are not shown but hatched
  int captionSpan = 1;   ///< pictures of its group that the caption may spread under
  enum class Mark { None, Best, Worst } mark = Mark::None;  ///< framed, and said before the caption
};

/// Pictures of one size in reading order, as an ImageGrid shows them. A value; copies share the atlas.
struct PictureSet {
  QString title;  ///< "Step 600": said of every picture when enlarged, and part of proposed file names
  int width = 0;  ///< pixels of each picture
  int height = 0;
  int patch = 1;               ///< pixels a token, each way; divides width and height
  std::vector<int> groups{1};  ///< columns of a row, by groups with a wider gap between them
  bool flow = false;           ///< the groups repeat as often as fit; else a row is the groups once
  int gap = 2, groupGap = 8;   ///< between pictures of a group, and between groups; device-independent pixels
  bool marksGiven = false;     ///< the end of the given part is drawn on every picture, else on the one pointed at
  QStringList groupTitles;     ///< [groups] above the first row, or empty
  QStringList rowTitles;       ///< [rows] left of each row, or empty; not with `flow`
  QImage atlas;                ///< RGB32, kAtlasColumns pictures a row, no gaps
  std::vector<PictureCell> cells;

  static constexpr int kAtlasColumns = 16;

  int count() const { return static_cast<int>(cells.size()); }
  bool isEmpty() const { return cells.empty(); }
  /// Sizes the atlas for cells.size() pictures, filled with black.
  void allocateAtlas();
  /// Where picture `index` lies in the atlas.
  QRect source(int index) const;
  /// The picture alone, one image pixel a pixel; hatched pixels are transparent.
  QImage picture(int index) const;
};

/// `image` with every pixel made a square of zoom x zoom equal pixels.
QImage magnified(const QImage& image, int zoom);

/// Draws picture `index` into `target`, whose size is a multiple of the picture's in the painter's own (device) pixels.
void paintPicture(QPainter& painter, const PictureSet& set, int index, const QRect& target, const QColor& hatch);
/// The border between given and drawn pixels, a hairline of two contrasting colours.
void paintGivenBorder(QPainter& painter, const PictureSet& set, int index, const QRect& target);

}  // namespace scanline
