#include "widgets/studio/map_sheet.h"

#include <algorithm>

namespace scanline {

ColourScale MapSheet::scale() const {
  double high = 0;
  for (const SheetMap& map : maps)
    if (!map.values.empty()) high = std::max(high, scaleFromZero(map.values).axis.range().high);
  return {ColourMap::Even, AxisScale({0, high > 0 ? high : 1}, false)};
}

PictureSet MapSheet::pictures(const QString& title, const QColor& unseen) const {
  PictureSet set;
  set.title = title;
  set.width = across;
  set.height = down;
  set.gap = set.groupGap = 3;
  set.groups.assign(static_cast<size_t>(std::max(1, columns)), 1);
  for (int column = 0; column < columns; ++column) set.groupTitles << QString::number(column + 1);
  for (int row = 0; row < rows; ++row) set.rowTitles << QString::number(row + 1);
  for (const SheetMap& map : maps) {
    PictureCell cell;
    cell.name = map.name;
    cell.detail = map.detail;
    cell.hatched = map.values.empty();
    set.cells.push_back(cell);
  }
  if (set.isEmpty()) return set;
  set.allocateAtlas();
  const ColourScale common = scale();
  for (size_t at = 0; at < maps.size(); ++at) {
    const std::vector<float>& values = maps[at].values;
    if (values.empty()) continue;
    const ColourScale own = oneScale ? common : scaleFromZero(values);
    const QPoint corner = set.source(static_cast<int>(at)).topLeft();
    for (int y = 0; y < down; ++y) {
      auto* line = reinterpret_cast<QRgb*>(set.atlas.scanLine(corner.y() + y)) + corner.x();
      for (int x = 0; x < across; ++x) {
        const QColor colour = own.colour(values[static_cast<size_t>(y * across + x)]);
        line[x] = (colour.isValid() ? colour : unseen).rgb();
      }
    }
  }
  return set;
}

}  // namespace scanline
