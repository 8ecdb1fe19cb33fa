#include "widgets/pages/feature_values.h"

#include <QCoreApplication>
#include <QPainter>

#include "widgets/parts/number_text.h"

namespace scanline {

QString className(const QStringList& classes, int32_t label) {
  if (label < 0) return {};
  return label < classes.size() ? classes[label] : QCoreApplication::translate("FeaturesView", "class %1").arg(label);
}

QString FeaturePictures::nameOf(int index) const {
  return QStringLiteral("%1 %2").arg(split, text::steps(rows[static_cast<size_t>(index)]));
}

QString FeaturePictures::classOf(int index) const {
  return className(classes, labels[static_cast<size_t>(index)]);
}

PictureSet flowOf(const DescribedPictures& pictures) {
  std::vector<PictureCell> cells;
  for (size_t i = 0; i < pictures.names.size(); ++i)
    cells.push_back({.name = pictures.names[i], .caption = pictures.captions[i], .detail = pictures.details[i]});
  return flowOf(pictures.images, std::move(cells));
}

PictureSet flowOf(const ImageSet& images, std::vector<PictureCell> cells) {
  PictureSet set;
  set.width = static_cast<int>(images.width);
  set.height = static_cast<int>(images.height);
  set.flow = true;
  set.gap = 6;
  set.cells = std::move(cells);
  if (set.isEmpty()) return set;
  set.allocateAtlas();
  QPainter painter(&set.atlas);
  for (int i = 0; i < set.count(); ++i) {
    const auto bytes = images.image(i);
    painter.drawImage(set.source(i).topLeft(),
                      QImage(bytes.data(), set.width, set.height, 3 * set.width, QImage::Format_RGB888));
  }
  return set;
}

}  // namespace scanline
