#include "core/spec/next_run.h"

#include <algorithm>

#include "core/spec/fields.h"
#include "core/spec/presets.h"

namespace scanline {

namespace {

const char* titleOf(RunKind kind) {
  switch (kind) {
    case RunKind::Pretrain:
      return "pre-training";
    case RunKind::Probe:
      return "probe";
    case RunKind::Finetune:
      return "fine-tuning";
    case RunKind::LowData:
      return "low data";
    case RunKind::Vqvae:
      return "VQ-VAE";
    case RunKind::Search:
    case RunKind::Curves:
      break;
  }
  return "";
}

/// Of sets that the paper says nothing of, the source's. Codes are made of images as they are.
Augment fineTuningAugment(const RunSpec& source) {
  const std::string& data = source.data.name;
  if (!source.palette.vqvae.empty()) return Augment::None;
  if (data == "cifar10" || data == "cifar100") return Augment::Cifar;
  return data == "images" || data == "imagenet" ? Augment::Imagenet : source.data.augment;
}

/// Long enough for patience to end it, and validated often enough for that.
void setFineTuningSteps(TrainSpec& train, int64_t trainImages) {
  constexpr int64_t kEpochs = 30, kFewest = 300, kMost = 30'000, kValidations = 30;
  const int64_t epoch = std::max<int64_t>(1, (trainImages + train.batchSize - 1) / train.batchSize);
  train.steps = std::clamp(kEpochs * epoch, kFewest, kMost);
  const int64_t between = std::max<int64_t>(1, train.steps / kValidations);
  train.evaluateEvery = train.evaluateEvery > 0 ? std::min(train.evaluateEvery, between) : between;
}

}  // namespace

RunSpec withModelOf(const RunSpec& source, RunSpec spec) {
  spec.data = source.data;
  spec.palette = source.palette;
  spec.model = source.model;
  return spec;
}

RunSpec nextSpec(const RunSpec& source, RunKind kind, int64_t trainImages) {
  RunSpec spec = source;
  spec.search.rates.clear();
  if (kind == source.kind) return spec;
  spec.kind = kind;
  spec.name = source.name + ", " + titleOf(kind);
  spec.data.augment = Augment::None;
  if (kind != RunKind::Finetune) return spec;
  spec.optimizer.learningRate = source.optimizer.learningRate / 10;
  spec.optimizer.schedule = Schedule::Constant;
  spec.data.augment = fineTuningAugment(source);
  if (trainImages > 0) setFineTuningSteps(spec.train, trainImages);
  return spec;
}

RunSpec codesSpec(const RunSpec& vqvae, const std::string& name) {
  RunSpec spec = preset("cifar10-codes").spec;
  spec.name = vqvae.name + ", codes";
  spec.seed = vqvae.seed;
  spec.device = vqvae.device;
  spec.gpu = vqvae.gpu;
  spec.threads = vqvae.threads;
  spec.data = vqvae.data;
  spec.data.augment = Augment::None;
  spec.palette.vqvae = name;
  return spec;
}

RunSpec searchSpec(const RunSpec& source) {
  RunSpec spec = source;
  const bool isProbe = spec.kind == RunKind::Probe;
  spec.name = source.name + ", search";
  if (isProbe) spec.probe.solver = ProbeSolver::Sgd;
  spec.search.rates = isProbe ? "30, 10, 3, 1, 0.3" : "0.01, 0.003, 0.001, 0.0003, 0.0001";
  return spec;
}

double& searchedRate(RunSpec& spec) {
  return spec.kind == RunKind::Probe ? spec.probe.learningRate : spec.optimizer.learningRate;
}

std::string_view searchedField(const RunSpec& spec) {
  RunSpec copy = spec;
  return keyOf(copy, searchedRate(copy));
}

}  // namespace scanline
