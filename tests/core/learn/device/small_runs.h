#pragma once

#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/learn/model/checkpoint.h"
#include "core/learn/train/finetune_trainer.h"
#include "core/learn/train/gpt_trainer.h"
#include "core/learn/train/probe_trainer.h"
#include "core/learn/train/vqvae_trainer.h"
#include "core/spec/spec_text.h"
#include "tests/core/learn/vqvae_images.h"

namespace scanline {

// A small run of every kind, to be made on several devices.

/// Names of smallSpec().
inline const std::vector<std::string> kTrainings{"autoregressive",    "with biases",   "augmented",        "BERT",
                                                 "fine-tuning",       "classes alone", "BERT fine-tuning", "VQ-VAE",
                                                 "VQ-VAE by gradient"};
inline const std::vector<std::string> kLooks{"probe", "BERT probe", "low data"};

inline RunSpec smallSpec(const std::string& name, Device device) {
  RunSpec spec;
  spec.seed = 7;
  spec.threads = 1;
  spec.device = device;
  spec.model = {.layers = 2, .width = 32, .heads = 2, .maskRate = 0.3, .masks = 2};
  spec.optimizer = {.learningRate = 3e-3, .weightDecay = 0.01, .clipNorm = 0.5, .warmupSteps = 3};
  spec.train = {.steps = 6, .batchSize = 6, .microBatch = 3, .precision = Precision::Fp32, .evaluateImages = 8};
  // A fit ends where no entry of its gradient is above 1e-6, which leaves its weights open by about 1e-6 / l2: at the
  // usual 1e-3 its loss is not told to three digits, however alike the features are.
  spec.probe = {.trainImages = 0, .testImages = 0, .l2 = 1};
  spec.sample = {.prompts = 2, .perPrompt = 2, .unconditional = 2};
  spec.lowdata = {.labels = "3", .subsets = 2};
  spec.vqvae = {.stride = 4, .codes = 16, .codeWidth = 4, .width = 12, .blocks = 1, .decay = 0.9};
  if (name.find("BERT") != std::string::npos) spec.model.objective = Objective::Bert;
  if (name.find("fine-tuning") != std::string::npos || name == "classes alone") spec.kind = RunKind::Finetune;
  if (name.find("probe") != std::string::npos) spec.kind = RunKind::Probe;
  if (name == "low data") spec.kind = RunKind::LowData;
  if (name.starts_with("VQ-VAE")) spec.kind = RunKind::Vqvae;
  if (name == "VQ-VAE by gradient") spec.vqvae.decay = 0;
  if (name == "with biases") spec.model.bias = true;
  if (name == "classes alone") {
    spec.finetune.loss = FinetuneLoss::Classification;
    spec.finetune.layer = 1;
  }
  return spec;
}

/// Shows every training image as one colour: the number of its place in the batch, plus the step.
class PlaceAugmenter final : public Augmenter {
 public:
  void tokens(int64_t, uint64_t, int64_t step, int64_t place, std::span<Token> out) const override {
    std::ranges::fill(out, static_cast<Token>((place + step) % 8));
  }
};

/// Pictures of 5 x 5 in 8 colours, each row of one random colour; the class says whether they are dark or bright.
inline RunData smallData(const std::string& name = {}) {
  std::vector<Colour> colours;
  for (int i = 0; i < 8; ++i) colours.push_back({static_cast<float>(i) / 8, 0, 0});
  RunData data{.palette = Palette(std::move(colours)), .width = 5, .height = 5, .classNames = {"dark", "bright"}};
  const auto fill = [](TokenSet& set, int64_t images, uint64_t seed) {
    RandomStream random(seed, Purpose::Split);
    set = {.count = images, .length = 25};
    for (int64_t i = 0; i < images; ++i) {
      const auto label = static_cast<int32_t>(i % 2);
      set.labels.push_back(label);
      for (int row = 0; row < 5; ++row)
        set.ids.insert(set.ids.end(), 5, static_cast<Token>(2 * static_cast<uint64_t>(label) + random.below(6)));
    }
  };
  fill(data.train, 48, 1);
  fill(data.validation, 16, 2);
  fill(data.test, 10, 3);
  data.trainImages = squares(24, 8, 1);
  data.validationImages = squares(12, 8, 2);
  if (name == "augmented") data.augmenter = std::make_unique<PlaceAugmenter>();
  return data;
}

/// A checkpoint of smallSpec(name)'s model, with weights as they are at the start.
inline void writeSmallModel(const std::filesystem::path& file, const std::string& name) {
  const auto spec = smallSpec(name, Device::Cpu);
  const CheckpointInfo info{.specToml = toToml(spec),
                            .step = 70,
                            .positions = 25,
                            .width = 5,
                            .height = 5,
                            .model = spec.model,
                            .palette = smallData().palette};
  saveCheckpoint(file, info, {.weights = initialWeights(shapeOf(info), 1).named()});
}

inline std::unique_ptr<Trainer> makeSmall(const RunSpec& spec, RunData data) {
  if (spec.kind == RunKind::Vqvae) return std::make_unique<VqvaeTrainer>(spec, std::move(data));
  if (spec.kind == RunKind::Finetune) return std::make_unique<FinetuneTrainer>(spec, std::move(data));
  if (isOneLook(spec.kind)) return std::make_unique<ProbeTrainer>(spec, std::move(data));
  return std::make_unique<GptTrainer>(spec, std::move(data));
}

}  // namespace scanline
