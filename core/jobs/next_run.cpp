#include "core/jobs/next_run.h"

#include "core/jobs/search_rule.h"

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
  }
  return "";
}

Augment fineTuningAugment(const DataSpec& data) {
  if (data.name == "cifar10" || data.name == "cifar100") return Augment::Cifar;
  return data.name == "images" ? Augment::Imagenet : Augment::None;
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
  if (kind != RunKind::Finetune) return spec;
  spec.optimizer.learningRate = source.optimizer.learningRate / 10;
  spec.optimizer.schedule = Schedule::Constant;
  spec.data.augment = fineTuningAugment(source.data);
  return spec;
}

RunSpec searchSpec(const RunSpec& source) {
  RunSpec spec = source;
  spec.name = source.name + ", search";
  if (spec.kind == RunKind::Probe) spec.probe.solver = ProbeSolver::Sgd;
  spec.search.rates = defaultRates(spec);
  return spec;
}

}  // namespace scanline
