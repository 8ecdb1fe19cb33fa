#include "core/spec/next_run.h"

#include "core/spec/fields.h"

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

}  // namespace

RunSpec withModelOf(const RunSpec& source, RunSpec spec) {
  spec.data = source.data;
  spec.palette = source.palette;
  spec.model = source.model;
  return spec;
}

RunSpec nextSpec(const RunSpec& source, RunKind kind) {
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
