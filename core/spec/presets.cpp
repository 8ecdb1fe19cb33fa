#include "core/spec/presets.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/spec/next_run.h"

namespace scanline {
namespace {

// 1,617 images are few: without weight decay the validation loss turns upwards after some 550 steps and stays
// above 1.31.
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

/// 20 epochs of all 50,000 training images, 391 steps each; the losses published for it are of the test images.
RunSpec cifar10MinGpt() {
  return {
      .name = "cifar10 minGPT",
      .data = {.name = "cifar10", .foldValidation = true},
      .palette = {.size = 512},
      .model = {.layers = 12, .width = 256, .heads = 8},
      .optimizer = {.learningRate = 3e-3},
      .train = {.steps = 7813, .batchSize = 128, .evaluateEvery = 391, .evaluateImages = 10000, .checkpointEvery = 391},
      .probe = {.every = 3910, .trainImages = 10000, .testImages = 5000},
      .sample = {.every = 391}};
}

RunSpec cifar10Bert() {
  RunSpec spec = cifar10Small();
  spec.name = "cifar10 small, BERT";
  spec.model.objective = Objective::Bert;
  return spec;
}

RunSpec cifar10Finetune() {
  RunSpec spec = nextSpec(cifar10Small(), RunKind::Finetune);
  spec.name = "cifar10 small, fine-tuned";
  spec.train.steps = 3000;
  return spec;
}

struct PaperModel {
  std::string_view name;
  int64_t side, layers, width, heads;
  double learningRate;
  int64_t steps, batchSize;
  Objective objective = Objective::Autoregressive;
};

/// Section 3.2 (resolutions), 3.3 (sizes) and 3.4 (recipe) of the paper.
RunSpec paperRun(const PaperModel& m) {
  // 65536 and its multiples are where the paper's Figure 3 looks at the model.
  return {.name = std::string(m.name),
          .data = {.name = "images", .side = m.side, .validationShare = 0.04},
          .palette = {.size = 512, .pixels = 1'000'000},
          .model = {.objective = m.objective, .layers = m.layers, .width = m.width, .heads = m.heads},
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

/// iGPT-L on CIFAR-10 (sections 3.4 and 4.5): 99.0 % in the paper.
RunSpec paperFinetune() {
  RunSpec spec = paperRun({"igpt-l on cifar10", 32, 48, 1536, 16, 0.001, 30'000, 128});
  spec.data = {.name = "cifar10", .side = 32};
  spec.train.evaluateEvery = 350;
  spec.train.evaluateImages = 5000;
  spec.train.checkpointEvery = 3500;
  spec.train.keepEvery = 0;
  const std::string name = spec.name;
  spec = nextSpec(spec, RunKind::Finetune);
  spec.name = name;
  return spec;
}

/// Images in [-1, 1], 4 x 4 pixels a code. Beside grid, stride and codebook, the sizes of the paper's first
/// version are not known; these are sizes that two cores train in an hour or two.
RunSpec cifar10Vqvae() {
  return {
      .name = "cifar10 vqvae",
      .kind = RunKind::Vqvae,
      .data = {.name = "cifar10"},
      .optimizer = {.learningRate = 1e-3, .beta2 = 0.99, .warmupSteps = 100},
      .train = {.steps = 4000, .batchSize = 64, .evaluateEvery = 200, .evaluateImages = 512, .checkpointEvery = 1000},
      .sample = {.every = 500, .prompts = 16},
      .vqvae = {.stride = 4, .codes = 512, .codeWidth = 32, .width = 64, .blocks = 2}};
}

RunSpec cifar10Codes() {
  return {
      .name = "cifar10 codes",
      .data = {.name = "cifar10"},
      .palette = {.vqvae = "cifar10 vqvae"},
      .model = {.layers = 8, .width = 192, .heads = 6},
      .optimizer = {.learningRate = 2e-3},
      .train = {.steps = 7000, .batchSize = 64, .evaluateEvery = 100, .evaluateImages = 512, .checkpointEvery = 250},
      .probe = {.every = 500, .trainImages = 2000, .testImages = 1000},
      .sample = {.every = 250}};
}

/// The sizes recalled of the first version: 192 pixels a side, a grid of 48 x 48, 4096 codes. The rest is our choice.
RunSpec imagenetVqvae() {
  return {.name = "imagenet vqvae",
          .kind = RunKind::Vqvae,
          .data = {.name = "images", .side = 192, .validationShare = 0.04},
          .optimizer = {.learningRate = 3e-4, .beta2 = 0.99, .warmupSteps = 1000},
          .train = {.steps = 250'000,
                    .batchSize = 64,
                    .evaluateEvery = 1000,
                    .evaluateImages = 2048,
                    .checkpointEvery = 5000},
          .sample = {.every = 5000, .prompts = 16},
          .vqvae = {.grid = 48, .stride = 4, .codes = 4096, .codeWidth = 64, .width = 256, .blocks = 2}};
}

constexpr ModelSpec kLarge{.layers = 48, .width = 1536, .heads = 16};  // iGPT-L

/// Sections 3.4 and 4.1: 96.3 % with iGPT-L. The penalties are ours: the paper states none.
RunSpec cifar10Probe() {
  return {.name = "cifar10 probe",
          .kind = RunKind::Probe,
          .data = {.name = "cifar10", .side = 32, .validationShare = 0.1},
          .model = kLarge,
          .probe = {.trainImages = 0, .testImages = 0, .l2Values = "1e-5, 1e-4, 1e-3, 1e-2, 1e-1"}};
}

/// Section 3.4: 60.3 % with iGPT-L. The batch is ours, and so is that images are not augmented: the paper states
/// neither.
RunSpec imagenetProbeSgd() {
  return {.name = "imagenet probe",
          .kind = RunKind::Probe,
          .data = {.name = "images", .side = 32, .validationShare = 0.04},
          .model = kLarge,
          .probe = {.trainImages = 0,
                    .testImages = 0,
                    .solver = ProbeSolver::Sgd,
                    .learningRate = 10,
                    .momentum = 0.9,
                    .steps = 1'000'000,
                    .batchSize = 256},
          .search = {.rates = "30, 10, 3, 1, 0.3, 0.1"}};
}

/// Section 4.5: 73.2, 87.6 and 94.3 % with iGPT-L. Penalties and how the layer is chosen are ours.
RunSpec cifar10LowData() {
  return {.name = "cifar10 few labels",
          .kind = RunKind::LowData,
          .data = {.name = "cifar10", .side = 32, .validationShare = 0.1},
          .model = kLarge,
          .probe = {.testImages = 0, .l2Values = "1e-4, 1e-3, 1e-2, 1e-1, 1"},
          .lowdata = {.labels = "4, 25, 400", .subsets = 5}};
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all{
      {"quick-start", "Quick start",
       "A small model learns to draw handwritten digits, and each of its layers to tell them apart. Everything it needs comes with Scanline; about a minute on two cores.",
       quickStart()},
      {"lr-search", "Learning-rate search",
       "The quick start's model at one learning rate after the other, until the final validation loss rises, as the paper chose its rates. Everything it needs comes with Scanline; about two minutes on two cores.",
       lrSearch()},
      {"cifar10-small", "CIFAR-10, small",
       "Photographs of ten kinds of things at 16 x 16 pixels, in 512 colours, with a model of 3.8 million parameters. Needs the binary version of CIFAR-10; one night on two cores.",
       cifar10Small()},
      {"cifar10-mingpt", "CIFAR-10, minGPT",
       "The run that minGPT published losses of: ten million parameters, 32 x 32 pixels, 20 epochs of all training images, validated on the test images. Needs the binary version of CIFAR-10; a few hours on a GPU, and at 16 x 16 pixels two hours for an epoch on two cores.",
       cifar10MinGpt()},
      {"igpt-s", "iGPT-S",
       "The paper's small model: 76 million parameters, 32 x 32 pixels, all numbers as published. Needs a folder of ImageNet-like pictures and days on a large GPU.",
       paperRun({"igpt-s", 32, 24, 512, 8, 0.003, 1'000'000, 128})},
      {"igpt-m", "iGPT-M",
       "The paper's medium model: 455 million parameters, 32 x 32 pixels. Its learning rate is recalled, not seen in the paper's text; needs a folder of ImageNet-like pictures and weeks on a large GPU.",
       paperRun({"igpt-m", 32, 36, 1024, 8, 0.003, 1'000'000, 128})},
      {"igpt-l", "iGPT-L",
       "The paper's large model: 1.36 billion parameters, 32 x 32 pixels. Its learning rate is recalled, not seen in the paper's text; the authors spent about 2,500 GPU days on it.",
       paperRun({"igpt-l", 32, 48, 1536, 16, 0.001, 1'000'000, 128})},
      {"igpt-xl", "iGPT-XL",
       "The paper's largest model: 6.8 billion parameters, 64 x 64 pixels, trained on a hundred million more pictures from the web. Its learning rate is recalled, and its heads are our choice (128 wide, as in iGPT-M), for the paper does not state them; needs a cluster.",
       paperRun({"igpt-xl", 64, 60, 3072, 24, 0.0003, 2'000'000, 64})},
      {"cifar10-bert", "CIFAR-10, small, BERT",
       "The model of cifar10-small learns from masked pixels instead: 15 % are hidden, and seen from all sides. Needs the binary version of CIFAR-10; one night on two cores.",
       cifar10Bert()},
      {"cifar10-finetune", "CIFAR-10, fine-tuning",
       "Takes a model of cifar10-small further, to draw and to classify at once, until its accuracy no longer grows. Start it from a checkpoint of such a run; some hours on two cores.",
       cifar10Finetune()},
      {"igpt-s-bert", "iGPT-S, BERT",
       "The paper's small model trained on masked pixels. Its learning rate is recalled, not seen in the paper's text; needs a folder of ImageNet-like pictures and days on a large GPU.",
       paperRun({"igpt-s-bert", 32, 24, 512, 8, 0.01, 1'000'000, 128, Objective::Bert})},
      {"igpt-m-bert", "iGPT-M, BERT",
       "The paper's medium model trained on masked pixels. Its learning rate is recalled, not seen in the paper's text; needs a folder of ImageNet-like pictures and weeks on a large GPU.",
       paperRun({"igpt-m-bert", 32, 36, 1024, 8, 0.003, 1'000'000, 128, Objective::Bert})},
      {"igpt-l-bert", "iGPT-L, BERT",
       "The paper's large model trained on masked pixels. Its learning rate is recalled, not seen in the paper's text; the authors spent about 2,500 GPU days on the autoregressive one.",
       paperRun({"igpt-l-bert", 32, 48, 1536, 16, 0.001, 1'000'000, 128, Objective::Bert})},
      {"igpt-l-finetune", "iGPT-L, fine-tuning",
       "The paper's large model fine-tuned on CIFAR-10, where it reached 99.0 %: batch 128, no cosine, stopped at the best validation accuracy. Learning rate and steps are our choice, for the paper does not state them; start it from the released weights, and take a large GPU.",
       paperFinetune()},
      {"cifar10-vqvae", "CIFAR-10, VQ-VAE",
       "A VQ-VAE that turns photographs of 32 x 32 pixels into 8 x 8 codes out of 512. Needs the binary version of CIFAR-10; an hour or two on two cores.",
       cifar10Vqvae()},
      {"cifar10-codes", "CIFAR-10 in codes",
       "The small model on the codes of a VQ-VAE in place of colours: it takes the newest run called \"cifar10 vqvae\", so train that first. Needs the binary version of CIFAR-10; an hour or two on two cores.",
       cifar10Codes()},
      {"imagenet-vqvae", "ImageNet, VQ-VAE",
       "The tokens of the paper's first version: 192 x 192 pixels into 48 x 48 codes out of 4096. These sizes are recalled, not seen, and all others are our choice; needs a folder of ImageNet-like pictures and a large GPU.",
       imagenetVqvae()},
      {"cifar10-probe", "CIFAR-10, linear probe",
       "All layers of a trained model, probed on all of CIFAR-10 by L-BFGS; the best layer on the test images. The penalties are ours, for the paper does not state any. Needs a checkpoint.",
       cifar10Probe()},
      {"imagenet-probe-sgd", "ImageNet, linear probe",
       "All layers of a trained model, probed by SGD with momentum and cosine, learning rates tried in order as in the paper. The batch is ours, for the paper does not state it. Needs a checkpoint, a folder of pictures by class, and memory for their features.",
       imagenetProbeSgd()},
      {"cifar10-lowdata", "CIFAR-10, few labels",
       "Linear probes on 4, 25 and 400 labels a class, five random subsets of each, as in the paper. Penalties and the choice of the layer are ours. Needs a checkpoint.",
       cifar10LowData()},
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
