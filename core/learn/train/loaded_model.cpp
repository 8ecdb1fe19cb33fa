#include "core/learn/train/loaded_model.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/foreign_pictures.h"
#include "core/foreign/huggingface.h"
#include "core/learn/model/checkpoint.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/foreign_weights.h"
#include "core/learn/train/torch_setup.h"
#include "core/run/vqvae_codec.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

namespace fs = std::filesystem;

/// Weights to look at where they are looked at fastest: on an accelerator, unless a training fills it.
GptTensors placed(const GptTensors& weights) {
  try {
    return weights.on(chooseDevice(Device::Auto));
  } catch (const std::exception& failure) {
    if (!isOutOfMemory(failure)) throw;
    return weights;
  }
}

ModelFacts factsOf(const GptShape& shape) {
  return {.objective = shape.objective,
          .layers = shape.layers,
          .width = shape.width,
          .heads = shape.heads,
          .paletteSize = shape.paletteSize};
}

LoadedModel fromForeign(const fs::path& path) {
  const auto read = readForeignModel(path);
  LoadedModel loaded{.path = path, .model = Gpt(placed(weightsOf(read)))};
  auto& facts = loaded.facts = factsOf(loaded.model.shape());
  const auto size = foreignPictureSize(path, read.positions).value_or(ForeignPictureSize{read.positions, 1});
  facts.across = facts.pixelsAcross = size.width;
  facts.down = facts.pixelsDown = size.height;
  facts.step = read.step;
  facts.hasHead = read.hasHead;
  facts.maskRate = ModelSpec().maskRate;
  std::vector<std::string> ignored;  // an import says them; they are about the colours' scale
  if (auto palette = foreignPalette(path, ignored)) {
    checkPalette(*palette, path, read);
    facts.palette = std::move(palette->palette);
  }
  if (const auto preprocessor = readPreprocessor(foreignFolder(path)); preprocessor && preprocessor->stretches)
    loaded.resize = Resize::Stretch;
  return loaded;
}

LoadedModel fromCheckpoint(const fs::path& path) {
  const auto info = readCheckpointInfo(path);
  LoadedModel loaded{.path = path, .model = Gpt(placed(loadWeights(path)))};
  auto& facts = loaded.facts = factsOf(loaded.model.shape());
  facts.across = facts.pixelsAcross = info.width;
  facts.down = facts.pixelsDown = info.height;
  facts.step = info.step;
  facts.palette = info.palette;
  facts.hasHead = info.hasHead;
  facts.maskRate = info.model.maskRate;
  facts.specToml = info.specToml;
  loaded.isBf16 = info.precision == Precision::Bf16;
  if (info.specToml.empty()) return loaded;

  const auto spec = fromToml(info.specToml, path.string());
  loaded.resize = spec.data.resize;
  loaded.probe = spec.probe;
  loaded.seed = spec.seed;
  facts.isCodes = !spec.palette.vqvae.empty();
  try {
    loaded.vqvae = vqvaeOf(path, info.specToml);
  } catch (const Error& problem) {
    loaded.vqvaeProblem = problem.what();  // of use to those who want its pictures alone
  }
  return loaded;
}

}  // namespace

LoadedModel loadModel(const fs::path& path) {
  return isForeignModel(path) ? fromForeign(path) : fromCheckpoint(path);
}

void requireHead(const LoadedModel& loaded) {
  if (!loaded.facts.hasHead)
    throw Error(fmt::format(
        "{} has no head (lm_head.weight), the matrix that predicts pixels: it can draw nothing and gives no logits. Its features can be probed and fine-tuned.",
        loaded.path.string()));
}

}  // namespace scanline
