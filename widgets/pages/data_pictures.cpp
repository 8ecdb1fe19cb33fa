#include "widgets/pages/data_pictures.h"

namespace scanline {

namespace {

void paintImage(PictureSet& set, int at, std::span<const uint8_t> rgb) {
  const QPoint corner = set.source(at).topLeft();
  for (int y = 0; y < set.height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(set.atlas.scanLine(corner.y() + y)) + corner.x();
    const auto* row = &rgb[static_cast<size_t>(3 * y * set.width)];
    for (int x = 0; x < set.width; ++x, row += 3) line[x] = qRgb(row[0], row[1], row[2]);
  }
}

}  // namespace

std::vector<int64_t> chosenImages(const ShownSplit& split, int64_t ofClass) {
  std::vector<int64_t> chosen;
  const int64_t first = split.first > 0 ? split.first : split.images.count;
  for (int64_t i = 0; i < split.images.count; ++i)
    if (ofClass < 0 ? i < first : split.images.labels[static_cast<size_t>(i)] == ofClass) chosen.push_back(i);
  return chosen;
}

PictureSet picturesOf(const ShownData& data, const ShownSplit& split, const std::vector<int64_t>& chosen, bool original,
                      bool quantised) {
  const ImageSet& images = split.images;
  const bool both = original && quantised;
  PictureSet set;
  set.title = data.name;
  set.width = static_cast<int>(images.width);
  set.height = static_cast<int>(images.height);
  set.groups = {both ? 2 : 1};
  set.flow = true;
  set.groupGap = both ? 12 : 6;
  for (const int64_t i : chosen) {
    QString label;
    if (!images.labels.empty()) {
      const auto index = static_cast<size_t>(images.labels[static_cast<size_t>(i)]);
      label = index < data.classNames.size() ? QString::fromStdString(data.classNames[index]) : QString::number(index);
    }
    const int64_t number = split.numbers.empty() ? i + 1 : split.numbers[static_cast<size_t>(i)] + 1;
    const QString name = DataView::tr("Image %1").arg(number),
                  coded = DataView::tr("Image %1, in the palette's colours").arg(number);
    if (original) set.cells.push_back({name, label, label, 0, false, both ? 2 : 1});
    if (quantised) set.cells.push_back({coded, both ? QString() : label, label, 0, false});
  }
  if (set.isEmpty()) return set;
  set.allocateAtlas();
  int at = 0;
  for (const int64_t i : chosen) {
    if (original) paintImage(set, at++, images.image(i));
    if (quantised) paintImage(set, at++, split.shown.image(i));
  }
  return set;
}

}  // namespace scanline
