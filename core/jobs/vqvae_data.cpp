#include "core/jobs/vqvae_data.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "core/store/find_checkpoint.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// Everything but the tokens.
RunData dataOf(Dataset& set, int64_t stride, Palette palette, RunPrepared& prepared) {
  prepared.trainImages = set.train.count;
  prepared.validationImages = set.validation.count;
  prepared.testImages = set.test.count;
  return {.palette = std::move(palette),
          .width = set.train.width / stride,
          .height = set.train.height / stride,
          .classNames = std::move(set.classNames)};
}

Palette greys(int64_t count) {
  std::vector<Colour> colours;
  for (int64_t i = 0; i < count; ++i) {
    const float value = 2 * static_cast<float>(i) / static_cast<float>(count - 1) - 1;
    colours.push_back({value, value, value});
  }
  return Palette(std::move(colours));
}

/// Those that samples go on from.
ImageSet promptImagesOf(const ImageSet& validation, const RunSpec& spec) {
  ImageSet prompts{.width = validation.width, .height = validation.height};
  for (const int64_t row : promptRows(validation.count, spec)) {
    const auto image = validation.image(row);
    prompts.rgb.insert(prompts.rgb.end(), image.begin(), image.end());
    ++prompts.count;
  }
  return prompts;
}

/// Puts the checkpoint that palette.vqvae names into the run's folder.
fs::path keepVqvae(const RunSpec& spec, const fs::path& folder, const PrepareContext& context) {
  const fs::path kept = folder / kVqvaeFile;
  if (fs::exists(kept)) return kept;
  const fs::path workspace = fs::absolute(folder).parent_path().parent_path();  // of <workspace>/runs/<uuid>
  const fs::path found = findCheckpoint(workspace, spec.palette.vqvae, context.warn);
  try {
    linkOrCopy(found, kept);
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("The VQ-VAE {} cannot be copied to {}: {}.", found.string(), folder.string(),
                            error.code().message()));
  }
  return kept;
}

}  // namespace

RunData readPixelData(const RunSpec& spec, const PrepareContext& context, RunPrepared& prepared) {
  const VqvaeSpec& vqvae = spec.vqvae;
  Dataset set = prepareData(spec, context).images;
  RunData data = dataOf(set, vqvae.stride, greys(vqvae.codes), prepared);
  data.trainImages = std::move(set.train);
  data.validationImages = std::move(set.validation);
  return data;
}

RunData readCodeData(const RunSpec& spec, const fs::path& folder, Engine& engine, const PrepareContext& context,
                     RunPrepared& prepared) {
  context.begin("Opening the VQ-VAE");
  const fs::path file = keepVqvae(spec, folder, context);
  const auto codec = engine.openVqvae(file, spec.threads);
  Dataset set = prepareData(spec, context, {.side = codec->info().side}).images;

  const fs::path colours = folder / kPaletteFile;  // kept, as the run's checkpoints are compared by it too
  if (!fs::exists(colours)) {
    context.begin("Finding the colours of the codes");
    savePalette(colours, codec->colours());
  }
  RunData data = dataOf(set, codec->info().stride, loadPalette(colours), prepared);
  context.begin("Turning images into codes");
  data.train = codec->encode(set.train, context.control);
  data.validation = codec->encode(set.validation, context.control);
  data.test = codec->encode(set.test, context.control);
  data.promptImages = promptImagesOf(set.validation, spec);
  data.vqvae = file;
  return data;
}

}  // namespace scanline
