#include "core/jobs/run_data.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/user_folders.h"
#include "core/foreign/token_folder.h"
#include "core/jobs/vqvae_data.h"
#include "core/run/run_folder.h"
#include "core/store/run_types.h"
#include "core/tokens/image_augmenter.h"
#include "core/tokens/token_cache.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

int threadsOf(const RunSpec& spec) {
  return spec.threads > 0 ? static_cast<int>(spec.threads) : hardwareThreads();
}

/// The run's own palette if it has one: what its checkpoints and samples mean depends on it.
Palette makePalette(const RunSpec& spec, const fs::path& folder, const ImageSet& images,
                    const PrepareContext& context) {
  const fs::path file = folder / kPaletteFile;
  if (fs::exists(file)) return loadPalette(file);
  context.begin("Finding the palette");
  const PaletteSpec& wanted = spec.palette;
  Palette palette = wanted.path.empty() ? fitPalette(images, wanted.size, wanted.pixels, wanted.iterations, spec.seed,
                                                     threadsOf(spec), context.control)
                                        : loadPalette(wanted.path);
  savePalette(file, palette);
  return palette;
}

/// The colours of a data set that comes as tokens are its own.
void keepPalette(const fs::path& folder, const Palette& palette) {
  const fs::path file = folder / kPaletteFile;
  if (!fs::exists(file))
    savePalette(file, palette);
  else if (loadPalette(file) != palette)
    throw Error(fmt::format(
        "The run began with the palette {}, and its tokens now come with another one. Put back the palette that they had, or start a new run.",
        file.string()));
}

RunData readTokens(const RunSpec& spec, const fs::path& folder, const PrepareContext& context) {
  TokenDataset set = loadTokenDataset(spec.data, expandHome(spec.palette.path), spec.seed);
  for (const std::string& warning : set.warnings) context.warn(warning);
  keepPalette(folder, set.palette);
  return {.palette = std::move(set.palette),
          .train = std::move(set.train),
          .validation = std::move(set.validation),
          .width = set.side,
          .height = set.side,
          .classNames = std::move(set.classNames),
          .test = std::move(set.test)};
}

RunData readImages(const RunSpec& spec, const fs::path& folder, const PrepareContext& context) {
  Dataset set = loadDataset(spec.data, spec.seed, context.control);
  for (const std::string& warning : set.warnings) context.warn(warning);
  RunData data{.palette = makePalette(spec, folder, set.train, context)};
  context.begin("Turning pixels into tokens");
  const int threads = threadsOf(spec);
  auto tokens = tokenizeDataset(set, data.palette, threads, context.control);
  data.train = std::move(tokens.train);
  data.validation = std::move(tokens.validation);
  data.test = std::move(tokens.test);
  data.width = set.train.width;
  data.height = set.train.height;
  data.classNames = std::move(set.classNames);
  if (spec.data.augment != Augment::None) {
    ImageSet& source = set.trainSource.count > 0 ? set.trainSource : set.train;
    data.augmenter = makeImageAugmenter(spec.data, data.width, {std::move(source), std::move(set.trainFiles)},
                                        data.palette, threads);
  }
  return data;
}

}  // namespace

RunData readRunData(const RunSpec& spec, const fs::path& folder, Engine& engine, const PrepareContext& context,
                    RunPrepared& prepared) {
  if (spec.kind == RunKind::Vqvae) return readPixelData(spec, context, prepared);
  if (!spec.palette.vqvae.empty()) {
    RunData data = readCodeData(spec, folder, engine, context, prepared);
    if (needsModel(spec) && fs::exists(folder / kModelFile)) data.model = folder / kModelFile;
    return data;
  }
  context.begin(fmt::format("Reading the data set {}", spec.data.name));
  RunData data = comesAsTokens(spec.data) ? readTokens(spec, folder, context) : readImages(spec, folder, context);
  prepared.trainImages = data.train.count;
  prepared.validationImages = data.validation.count;
  prepared.testImages = data.test.count;
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
