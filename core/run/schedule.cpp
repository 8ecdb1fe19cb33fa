#include "core/run/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/tokens/batches.h"

namespace scanline {

double learningRate(const OptimizerSpec& spec, int64_t warmup, int64_t steps, int64_t step) {
  if (step < warmup) return spec.learningRate * static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (spec.schedule == Schedule::Constant) return spec.learningRate;
  const double done = static_cast<double>(step - warmup) / static_cast<double>(std::max<int64_t>(1, steps - warmup));
  return spec.learningRate * 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(done, 1.0)));
}

int64_t warmupSteps(const RunSpec& spec, int64_t trainImages) {
  const int64_t wanted = spec.optimizer.warmupSteps;
  const int64_t steps = wanted >= 0 ? wanted : stepsPerEpoch(trainImages, spec.train.batchSize);
  return std::min(steps, spec.train.steps / 2);
}

}  // namespace scanline
