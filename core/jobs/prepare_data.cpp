#include "core/jobs/prepare_data.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/user_folders.h"
#include "core/data/missing_files.h"
#include "core/foreign/token_folder.h"
#include "core/tokens/token_cache.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// The colours of a data set that comes as tokens are its own.
void keepPalette(const fs::path& file, const Palette& palette) {
  if (file.empty()) return;
  if (!fs::exists(file))
    savePalette(file, palette);
  else if (loadPalette(file) != palette)
    throw Error(fmt::format(
        "The run began with the palette {}, and its tokens now come with another one. Put back the palette that they had, or start a new run.",
        file.string()));
}

PreparedData readTokens(const RunSpec& spec, const PrepareContext& context, const PrepareOptions& options) {
  TokenDataset set = loadTokenDataset(spec.data, expandHome(spec.palette.path), spec.seed);
  for (const std::string& warning : set.warnings) context.warn(warning);
  keepPalette(options.paletteFile, set.palette);
  PreparedData data{.palette = std::move(set.palette),
                    .train = std::move(set.train),
                    .validation = std::move(set.validation),
                    .test = std::move(set.test),
                    .width = set.side,
                    .height = set.side};
  data.images.classNames = std::move(set.classNames);
  return data;
}

Palette makePalette(const RunSpec& spec, const ImageSet& images, const PrepareContext& context,
                    const PrepareOptions& options) {
  if (options.palette) return *options.palette;
  const fs::path& file = options.paletteFile;
  if (!file.empty() && fs::exists(file)) return loadPalette(file);
  context.begin("Finding the palette");
  const PaletteSpec& wanted = spec.palette;
  std::vector<std::string> warnings;
  Palette palette = wanted.path.empty() ? fitPalette(images, wanted.size, wanted.pixels, wanted.iterations, spec.seed,
                                                     threadsOf(spec), context.control)
                                        : loadForeignPalette(expandHome(wanted.path), warnings);
  for (const std::string& warning : warnings) context.warn(warning);
  if (!file.empty()) savePalette(file, palette);
  return palette;
}

int64_t sideOf(const RunSpec& spec, int64_t otherwise) {
  if (spec.kind == RunKind::Vqvae && spec.vqvae.grid > 0) return spec.vqvae.grid * spec.vqvae.stride;
  return spec.data.side > 0 ? spec.data.side : otherwise;
}

}  // namespace

int threadsOf(const RunSpec& spec) {
  return spec.threads > 0 ? static_cast<int>(spec.threads) : hardwareThreads();
}

PreparedData prepareData(const RunSpec& spec, const PrepareContext& context, const PrepareOptions& options) {
  requireFiles(spec.data);
  context.begin(fmt::format("Reading the data set {}", spec.data.name));
  if (hasColours(spec) && comesAsTokens(spec.data)) return readTokens(spec, context, options);
  DataSpec wanted = spec.data;
  wanted.side = sideOf(spec, options.side);
  PreparedData data{.images = loadDataset(wanted, spec.seed, context.control)};
  for (const std::string& warning : data.images.warnings) context.warn(warning);
  data.width = data.images.train.width;
  data.height = data.images.train.height;
  if (!hasColours(spec)) return data;
  data.palette = makePalette(spec, data.images.train, context, options);
  if (!options.tokens) return data;
  context.begin("Turning pixels into tokens");
  auto tokens = tokenizeDataset(data.images, *data.palette, threadsOf(spec), context.control);
  data.train = std::move(tokens.train);
  data.validation = std::move(tokens.validation);
  data.test = std::move(tokens.test);
  return data;
}

}  // namespace scanline
