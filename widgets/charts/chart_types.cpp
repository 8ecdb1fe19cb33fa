#include "widgets/charts/chart_types.h"

#include <QObject>

namespace scanline {

ChartRun::Loss lossOf(const RunSpec& spec) {
  if (spec.kind == RunKind::Vqvae) return ChartRun::Loss::SquaredError;
  if (spec.kind == RunKind::Finetune && spec.finetune.loss == FinetuneLoss::Classification)
    return ChartRun::Loss::NatsPerImage;
  if (spec.kind == RunKind::Finetune && spec.finetune.loss == FinetuneLoss::Joint) return ChartRun::Loss::Nats;
  return spec.palette.vqvae.empty() ? ChartRun::Loss::NatsPerPixel : ChartRun::Loss::NatsPerCode;
}

QString lossUnit(const RunSpec& spec) {
  const ChartRun::Loss loss = lossOf(spec);
  if (loss == ChartRun::Loss::SquaredError) return QObject::tr("mean square");
  if (loss == ChartRun::Loss::NatsPerImage) return QObject::tr("nats per image");
  return spec.palette.vqvae.empty() ? QObject::tr("nats per pixel") : QObject::tr("nats per code");
}

}  // namespace scanline
