#include "app/studio_pictures.h"

#include <algorithm>
#include <utility>

namespace scanline {

std::vector<StudioPicture> studioPictures(const OpenModel& model, std::vector<std::vector<Token>> tokens) {
  const ModelFacts& facts = model.facts();
  std::vector<StudioPicture> pictures(tokens.size());
  ImageSet decoded;
  if (facts.isCodes && !tokens.empty()) decoded = model.picturesOf(tokens);
  for (size_t i = 0; i < tokens.size(); ++i) {
    StudioPicture& picture = pictures[i];
    picture.across = static_cast<int>(facts.across);
    picture.down = static_cast<int>(facts.down);
    picture.tokens = std::move(tokens[i]);
    if (facts.isCodes) {
      const auto bytes = decoded.image(static_cast<int64_t>(i));
      picture.pixels = toQImage(Image{decoded.width, decoded.height, {bytes.begin(), bytes.end()}});
      picture.stride = static_cast<int>(std::max<int64_t>(1, facts.pixelsAcross / facts.across));
    } else {
      picture.palette = facts.palette;
    }
  }
  return pictures;
}

StudioPicture studioPicture(const OpenModel& model, std::vector<Token> tokens) {
  std::vector<std::vector<Token>> one;
  one.push_back(std::move(tokens));
  return studioPictures(model, std::move(one)).front();
}

SourcePicture sourcePicture(const OpenModel& model, const Image& image, const QString& name) {
  constexpr int kOriginalSide = 512;  // shown beside the canvas
  QImage original = toQImage(image);
  if (std::max(original.width(), original.height()) > kOriginalSide)
    original = original.scaled(kOriginalSide, kOriginalSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
  return {studioPicture(model, model.tokensOf(image)), original, name, {}};
}

}  // namespace scanline
