#pragma once

#include <QColor>
#include <vector>

#include "widgets/images/picture_set.h"
#include "widgets/plot/colour_scale.h"

namespace scanline {

/// One small map of a sheet.
struct SheetMap {
  std::vector<float> values;  ///< [down, across]; NaN is drawn in the colour for that; empty = hatched, not known yet
  QString name;               ///< "Layer 3, head 2"
  QString detail;             ///< "start vector 43.1 %, at most 12.0 %"
};

/// Maps of one size as pictures of a grid, [rows, columns]: the layers of a model from above, its heads from the left.
struct MapSheet {
  int across = 0, down = 0;  ///< values of a map
  int rows = 0, columns = 0;
  std::vector<SheetMap> maps;  ///< [rows * columns]
  bool oneScale = false;       ///< one for all maps, else each map's highest value has the brightest colour

  /// `unseen`: the colour of values that are not there.
  PictureSet pictures(const QString& title, const QColor& unseen) const;
  /// Of all maps, for `oneScale`.
  ColourScale scale() const;
};

}  // namespace scanline
