#include "widgets/plot/chart_types.h"

namespace scanline {

ChartRun::Loss lossOf(const RunSpec& spec) {
  if (spec.kind == RunKind::Vqvae) return ChartRun::Loss::SquaredError;
  if (spec.kind == RunKind::Finetune && spec.finetune.loss == FinetuneLoss::Classification)
    return ChartRun::Loss::NatsPerImage;
  if (spec.kind == RunKind::Finetune && spec.finetune.loss == FinetuneLoss::Joint) return ChartRun::Loss::Nats;
  if (spec.model.objective == Objective::Bert) return ChartRun::Loss::NatsPerMasked;
  return spec.palette.vqvae.empty() ? ChartRun::Loss::NatsPerPixel : ChartRun::Loss::NatsPerCode;
}

}  // namespace scanline
