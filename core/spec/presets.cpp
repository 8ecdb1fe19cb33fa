#include "core/spec/presets.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"

namespace scanline {
namespace {

// 1,617 images are few: without weight decay the validation loss turns upwards after some 550 steps and stays above 1.31.
RunSpec quickStart() {
  return {.name = "quick start",
          .data = {.name = "digits"},
          .palette = {.size = 32},
          .model = {.layers = 4, .width = 64, .heads = 4},
          .optimizer = {.learningRate = 5e-3, .weightDecay = 0.5, .warmupSteps = 25},
          .train = {.steps = 800, .batchSize = 64, .evaluateEvery = 50, .checkpointEvery = 200},
          .probe = {.every = 100, .trainImages = 1617, .testImages = 180},
          .sample = {.every = 100}};
}

RunSpec lrSearch() {
  RunSpec spec = quickStart();
  spec.name = "lr search";
  spec.train.steps = 400;
  spec.train.evaluateEvery = 100;
  spec.train.checkpointEvery = 0;
  spec.probe.every = 0;
  spec.sample.every = 0;
  spec.search.rates = "0.03, 0.01, 0.003, 0.001";
  return spec;
}

RunSpec cifar10Small() {
  return {
      .name = "cifar10 small",
      .data = {.name = "cifar10", .side = 16, .resize = Resize::Area},
      .palette = {.size = 512},
      .model = {.layers = 8, .width = 192, .heads = 6},
      .optimizer = {.learningRate = 2e-3},
      .train = {.steps = 7000, .batchSize = 64, .evaluateEvery = 100, .evaluateImages = 512, .checkpointEvery = 250},
      .probe = {.every = 500, .trainImages = 2000, .testImages = 1000},
      .sample = {.every = 250}};
}

struct PaperModel {
  std::string_view name;
  int64_t side, layers, width, heads;
  double learningRate;
  int64_t steps, batchSize;
};

/// Section 3.2 (resolutions), 3.3 (sizes) and 3.4 (recipe) of the paper.
RunSpec paperRun(const PaperModel& m) {
  // 65536 and its multiples are where the paper's Figure 3 looks at the model.
  return {.name = std::string(m.name),
          .data = {.name = "images", .side = m.side, .validationShare = 0.04},
          .palette = {.size = 512, .pixels = 1'000'000},
          .model = {.layers = m.layers, .width = m.width, .heads = m.heads},
          .optimizer = {.learningRate = m.learningRate, .warmupSteps = -1},
          .train = {.steps = m.steps,
                    .batchSize = m.batchSize,
                    .evaluateEvery = 1000,
                    .evaluateImages = 2048,
                    .checkpointEvery = 4096,
                    .keepEvery = 65536},
          .probe = {.every = 16384, .trainImages = 20000, .testImages = 5000},
          .sample = {.every = 4096}};
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all{
      {"quick-start", "Quick start",
       "A small model learns to draw handwritten digits, and each of its layers to tell them apart. Everything it "
       "needs comes "
       "with Scanline; about a minute on two cores.",
       quickStart()},
      {"lr-search", "Learning-rate search",
       "The quick start's model at one learning rate after the other, until the final validation loss rises, as the paper "
       "chose its rates. Everything it needs comes with Scanline; about two minutes on two cores.",
       lrSearch()},
      {"cifar10-small", "CIFAR-10, small",
       "Photographs of ten kinds of things at 16 x 16 pixels, in 512 colours, with a model of 3.8 million parameters. "
       "Needs "
       "the binary version of CIFAR-10; one night on two cores.",
       cifar10Small()},
      {"igpt-s", "iGPT-S",
       "The paper's small model: 76 million parameters, 32 x 32 pixels, all numbers as published. Needs a folder of "
       "ImageNet-like pictures and days on a large GPU.",
       paperRun({"igpt-s", 32, 24, 512, 8, 0.003, 1'000'000, 128})},
      {"igpt-m", "iGPT-M",
       "The paper's medium model: 455 million parameters, 32 x 32 pixels. Its learning rate is recalled, not seen in "
       "the "
       "paper's text; needs a folder of ImageNet-like pictures and weeks on a large GPU.",
       paperRun({"igpt-m", 32, 36, 1024, 8, 0.003, 1'000'000, 128})},
      {"igpt-l", "iGPT-L",
       "The paper's large model: 1.36 billion parameters, 32 x 32 pixels. Its learning rate is recalled, not seen in "
       "the "
       "paper's text; the authors spent about 2,500 GPU days on it.",
       paperRun({"igpt-l", 32, 48, 1536, 16, 0.001, 1'000'000, 128})},
      {"igpt-xl", "iGPT-XL",
       "The paper's largest model: 6.8 billion parameters, 64 x 64 pixels, trained on a hundred million more pictures "
       "from "
       "the web. Its learning rate is recalled, and its heads are our choice (128 wide, as in iGPT-M), for the paper "
       "does not "
       "state them; needs a cluster.",
       paperRun({"igpt-xl", 64, 60, 3072, 24, 0.0003, 2'000'000, 64})},
  };
  return all;
}

const Preset& preset(std::string_view name) {
  const auto found = std::ranges::find(presets(), name, &Preset::name);
  if (found != presets().end()) return *found;
  std::string names;
  for (const Preset& each : presets()) names.append(names.empty() ? "" : ", ").append(each.name);
  throw Error(fmt::format("There is no preset \"{}\"; choose one of: {}.", name, names));
}

}  // namespace scanline
