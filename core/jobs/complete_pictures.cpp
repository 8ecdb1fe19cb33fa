#include "core/jobs/complete_pictures.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/data/background.h"
#include "core/data/image_file.h"
#include "core/data/resize.h"
#include "core/spec/spec_text.h"
#include "core/tokens/tokens.h"

namespace scanline {

namespace {

int64_t rowsGiven(double share, int64_t height) {
  if (share <= 0) return 0;
  return std::clamp<int64_t>(static_cast<int64_t>(share * static_cast<double>(height)), 1, height - 1);
}

struct Originals {
  std::vector<std::vector<Token>> tokens;
  std::vector<std::vector<uint8_t>> truePixels;  ///< of tokens that are codes; else empty
};

Originals originalsOf(Engine& engine, const PictureCompletion& wanted, const CheckpointInfo& info) {
  if (info.width != info.height || info.height < 2)
    throw Error("This model draws pictures that are not square; it can only draw whole ones.");
  const DataSpec data = info.specToml.empty() ? DataSpec() : fromToml(info.specToml, "the checkpoint").data;
  const Rgb background = backgroundColour(data.background);
  const auto vqvae = vqvaeOf(wanted.checkpoint, info.specToml);
  const auto codec = vqvae.empty() ? nullptr : engine.openVqvae(vqvae, 0);
  const int64_t side = codec ? info.width * codec->info().stride : info.width;
  Originals pictures;
  for (const auto& file : wanted.images) {
    const Image image = squareTo(readImage(file, background), side, data.resize);
    const ImageSet one{.count = 1, .width = side, .height = side, .rgb = image.rgb};
    pictures.tokens.push_back(codec ? codec->encode(one).ids : tokenize(one, info.palette).ids);
    if (codec) pictures.truePixels.push_back(image.rgb);
  }
  return pictures;
}

}  // namespace

CompletedPictures completePictures(Engine& engine, const PictureCompletion& wanted, const Control& control) {
  const CheckpointInfo info = engine.inspect(wanted.checkpoint);
  CompletionRequest request{.checkpoint = wanted.checkpoint,
                            .originals = {},
                            .perPrompt = wanted.each,
                            .temperature = wanted.temperature,
                            .topK = wanted.topK,
                            .seed = wanted.seed};
  Originals originals;
  if (!wanted.images.empty()) {
    originals = originalsOf(engine, wanted, info);
    request.originals = std::move(originals.tokens);
    request.given = rowsGiven(wanted.given, info.height) * info.width;
  }
  SampleSet set = engine.complete(request, control);
  set.step = info.step;
  if (set.given > 0) set.truePixels = std::move(originals.truePixels);
  return {std::move(set), info.palette};
}

}  // namespace scanline
