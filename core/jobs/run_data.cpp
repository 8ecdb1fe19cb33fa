#include "core/jobs/run_data.h"

#include <fmt/format.h>

#include "core/base/parallel.h"
#include "core/store/run_types.h"
#include "core/tokens/image_augmenter.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

int threadsOf(const RunSpec& spec) {
  return spec.threads > 0 ? static_cast<int>(spec.threads) : hardwareThreads();
}

/// The run's own palette if it has one: what its checkpoints and samples mean depends on it.
Palette makePalette(const RunSpec& spec, const fs::path& folder, const ImageSet& images, const DataRoad& road) {
  const fs::path file = folder / "palette.npy";
  if (fs::exists(file)) return loadPalette(file);
  road.enter("Finding the palette");
  const PaletteSpec& wanted = spec.palette;
  Palette palette = wanted.path.empty() ? fitPalette(images, wanted.size, wanted.pixels, wanted.iterations, spec.seed,
                                                     threadsOf(spec), road.stop)
                                        : loadPalette(wanted.path);
  savePalette(file, palette);
  return palette;
}

}  // namespace

RunData readRunData(const RunSpec& spec, const fs::path& folder, Engine&, const DataRoad& road, RunPrepared& prepared) {
  road.enter(fmt::format("Reading the data set {}", spec.data.name));
  Dataset set = loadDataset(spec.data, spec.seed, road.progress);
  for (const std::string& warning : set.warnings) road.warn(warning);
  prepared.trainImages = set.train.count;
  prepared.validationImages = set.validation.count;
  prepared.testImages = set.test.count;
  prepared.width = set.train.width;
  prepared.height = set.train.height;
  prepared.positions = set.train.width * set.train.height;
  prepared.classNames = set.classNames;

  RunData data{.palette = makePalette(spec, folder, set.train, road)};
  prepared.paletteSize = data.palette.size();
  prepared.palette.assign(data.palette.colours().begin(), data.palette.colours().end());
  road.enter("Turning pixels into tokens");
  data.train = tokenize(set.train, data.palette, threadsOf(spec));
  data.validation = tokenize(set.validation, data.palette, threadsOf(spec));
  data.test = tokenize(set.test, data.palette, threadsOf(spec));
  if (spec.data.augment != Augment::None) {
    ImageSet& source = set.trainSource.count > 0 ? set.trainSource : set.train;
    data.augmenter = makeImageAugmenter(spec.data, prepared.width, {std::move(source), std::move(set.trainFiles)},
                                        data.palette, threadsOf(spec));
  }
  data.width = prepared.width;
  data.height = prepared.height;
  data.classNames = std::move(set.classNames);
  if (needsModel(spec) && fs::exists(folder / kModelFile)) data.model = folder / kModelFile;
  return data;
}

}  // namespace scanline
