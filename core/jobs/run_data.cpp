#include "core/jobs/run_data.h"

#include "core/jobs/vqvae_data.h"
#include "core/run/run_folder.h"
#include "core/tokens/image_augmenter.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

RunData readColourData(const RunSpec& spec, const fs::path& folder, const PrepareContext& context,
                       RunPrepared& prepared) {
  PreparedData read = prepareData(spec, context, {.paletteFile = folder / kPaletteFile});
  prepared.trainImages = read.train.count;
  prepared.validationImages = read.validation.count;
  prepared.testImages = read.test.count;
  RunData data{.palette = std::move(*read.palette),
               .train = std::move(read.train),
               .validation = std::move(read.validation),
               .width = read.width,
               .height = read.height,
               .classNames = std::move(read.images.classNames),
               .test = std::move(read.test)};
  if (spec.data.augment != Augment::None) {
    ImageSet& source = read.images.trainSource.count > 0 ? read.images.trainSource : read.images.train;
    data.augmenter = makeImageAugmenter(spec.data, data.width, {std::move(source), std::move(read.images.trainFiles)},
                                        data.palette, threadsOf(spec));
  }
  return data;
}

RunData readData(const RunSpec& spec, const fs::path& folder, Engine& engine, const PrepareContext& context,
                 RunPrepared& prepared) {
  if (spec.kind == RunKind::Vqvae) return readPixelData(spec, context, prepared);
  return hasColours(spec) ? readColourData(spec, folder, context, prepared)
                          : readCodeData(spec, folder, engine, context, prepared);
}

}  // namespace

RunData readRunData(const RunSpec& spec, const fs::path& folder, Engine& engine, const PrepareContext& context,
                    RunPrepared& prepared) {
  RunData data = readData(spec, folder, engine, context, prepared);
  prepared.width = data.width;
  prepared.height = data.height;
  prepared.positions = data.width * data.height;
  prepared.classNames = data.classNames;
  prepared.paletteSize = data.palette.size();
  prepared.palette.assign(data.palette.colours().begin(), data.palette.colours().end());
  if (needsModel(spec) && fs::exists(folder / kModelFile)) data.model = folder / kModelFile;
  return data;
}

}  // namespace scanline
