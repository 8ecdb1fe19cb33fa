#include "app/split_pictures.h"

#include <QCoreApplication>

#include "app/studio_pictures.h"
#include "widgets/pages/feature_values.h"
#include "widgets/parts/number_text.h"

namespace scanline {

QString splitWords(DataSplit split) {
  if (split == DataSplit::Train) return QCoreApplication::translate("FeaturesView", "training");
  return split == DataSplit::Validation ? QCoreApplication::translate("FeaturesView", "validation")
                                        : QCoreApplication::translate("FeaturesView", "test");
}

ImageSet imagesOf(const StudioData& data, DataSplit split, std::span<const int64_t> rows, const Control& control) {
  const ImageSet& all = data.images(split);
  if (all.count == 0) {
    const TokenSet tokens = data.tokens(split, rows, control);
    std::vector<std::vector<Token>> pictures;
    for (int64_t i = 0; i < tokens.count; ++i) {
      const auto picture = tokens.image(i);
      pictures.emplace_back(picture.begin(), picture.end());
    }
    return data.model().picturesOf(pictures);
  }
  ImageSet chosen{.count = std::ssize(rows), .width = all.width, .height = all.height};
  for (const int64_t row : rows) {
    const auto bytes = all.image(row);
    chosen.rgb.insert(chosen.rgb.end(), bytes.begin(), bytes.end());
  }
  return chosen;
}

QStringList classNamesOf(const StudioData& data) {
  QStringList names;
  for (const std::string& name : data.classNames()) names << QString::fromStdString(name);
  return names;
}

SourcePicture sourcePictureOf(const StudioData& data, DataSplit split, int64_t row) {
  const DataPicture picture = data.picture(split, row);
  return {studioPicture(data.model(), picture.tokens), picture.image.width > 0 ? toQImage(picture.image) : QImage(),
          QStringLiteral("%1 %2").arg(splitWords(split), text::steps(row)),
          className(classNamesOf(data), picture.label)};
}

}  // namespace scanline
