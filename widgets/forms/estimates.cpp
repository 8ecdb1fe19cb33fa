#include "widgets/forms/estimates.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/parallel.h"
#include "core/run/schedule.h"
#include "core/spec/fields.h"

namespace scanline {

namespace {

/// How often something happens that is due every `every` steps (0 = only at the end), the end included.
double occasions(int64_t every, int64_t steps) {
  if (every <= 0) return 1;
  return std::max(1.0, std::ceil(static_cast<double>(steps) / static_cast<double>(every)));
}

/// `asked` of `all` images; 0 asks for all.
double taken(int64_t asked, int64_t all) {
  return static_cast<double>(asked > 0 ? std::min(asked, all) : all);
}

double wholeRunFlops(const RunSpec& spec, int64_t steps, int64_t trainImages, int64_t validationImages,
                     double perStep) {
  const double perImage = perStep / static_cast<double>(spec.train.batchSize);
  if (isOneLook(spec.kind))
    return perImage / 3 * (taken(spec.probe.trainImages, trainImages) + taken(spec.probe.testImages, validationImages));
  const double validated = occasions(spec.train.evaluateEvery, steps) *
                           static_cast<double>(std::min(spec.train.evaluateImages, validationImages));
  const double probed = occasions(spec.probe.every, steps) *
                        (taken(spec.probe.trainImages, trainImages) + taken(spec.probe.testImages, validationImages));
  return perStep * static_cast<double>(steps) + perImage / 3 * (validated + probed);
}

}  // namespace

double flopsPerStep(const ModelSpec& model, int64_t parameters, int64_t positions, int64_t batch) {
  const double p = static_cast<double>(parameters), n = static_cast<double>(positions), b = static_cast<double>(batch);
  const double l = static_cast<double>(model.layers), d = static_cast<double>(model.width);
  return 6 * p * b * n + 6 * l * d * n * n * b;
}

int64_t expectedMicroBatch(const RunSpec& spec, double flopsPerImage, double gflops) {
  if (spec.train.microBatch > 0) return std::min(spec.train.microBatch, spec.train.batchSize);
  if (gflops <= 0 || flopsPerImage <= 0) return spec.train.batchSize;
  constexpr double kSeconds = 0.2;
  const double images = std::floor(kSeconds * gflops * 1e9 / flopsPerImage);
  return static_cast<int64_t>(std::clamp(images, 1.0, static_cast<double>(spec.train.batchSize)));
}

int64_t memoryBytes(const RunSpec& spec, int64_t parameters, int64_t positions, int64_t microBatch,
                    int64_t vocabulary) {
  constexpr double kLibrary = 120e6;
  const double bytes = spec.train.precision == Precision::Bf16 ? 2 : 4;
  const double rows = static_cast<double>(microBatch) * static_cast<double>(positions);
  const double layers = static_cast<double>(spec.model.layers), width = static_cast<double>(spec.model.width);
  const double activations = layers * rows * (16 * width + 4) * bytes;
  const double logits = 3 * rows * static_cast<double>(vocabulary) * 4;
  // Slices are computed at once, one on each thread, and their gradients wait for each other; those of a VQ-VAE by one.
  double atOnce = 1, gradients = 0;
  if (spec.train.slices > 1 && isFieldUsed(spec, spec.train.slices)) {
    const auto slices = static_cast<uint64_t>(spec.train.slices);
    if (spec.kind != RunKind::Vqvae)
      atOnce = static_cast<double>(
          std::min<int64_t>(spec.train.slices, spec.threads > 0 ? spec.threads : hardwareThreads()));
    gradients = 4 * static_cast<double>(parameters) * (atOnce + static_cast<double>(std::bit_width(slices)));
  }
  return std::llround(16 * static_cast<double>(parameters) + atOnce * (activations + logits) + gradients + kLibrary);
}

namespace {

/// Sets the images trained on, the epochs and the warm-up steps. Returns the validation images.
int64_t countImages(const RunSpec& spec, const EstimateBasis& basis, RunEstimate& result) {
  int64_t validation = spec.train.evaluateImages;
  int64_t trainedOn = basis.trainedOn;
  if (basis.trainImages > 0) {
    const int64_t used = spec.data.limit > 0 ? std::min(spec.data.limit, basis.trainImages) : basis.trainImages;
    validation = std::llround(static_cast<double>(used) * spec.data.validationShare);
    if (trainedOn == 0) trainedOn = spec.data.foldValidation ? used : std::max<int64_t>(1, used - validation);
  }
  if (trainedOn > 0) {
    result.trainImages = trainedOn;
    result.epochs = static_cast<double>(spec.train.steps) * static_cast<double>(spec.train.batchSize) /
                    static_cast<double>(trainedOn);
    result.warmupSteps = warmupSteps(spec, trainedOn);
  } else if (spec.optimizer.warmupSteps >= 0) {
    result.warmupSteps = warmupSteps(spec, 1);
  }
  return validation;
}

int64_t millisecondsAt(double gflops, double flops) {
  return std::llround(std::min(flops / (gflops * 1e9) * 1000, 9e15));
}

}  // namespace

RunEstimate estimateRun(const RunSpec& spec, const EstimateBasis& basis) {
  RunEstimate result;
  if (spec.kind == RunKind::Vqvae) return result;  // no transformer: nothing of this holds
  const bool ofCodes = !spec.palette.vqvae.empty();
  const int64_t side = ofCodes ? basis.codesSide : spec.data.side > 0 ? spec.data.side : basis.imageSide;
  const int64_t vocabulary = ofCodes && basis.codes > 0 ? basis.codes : spec.palette.size;
  result.parameters = parameterCount(spec.model, vocabulary, side * side);
  const int64_t validation = countImages(spec, basis, result);
  if (side <= 0) return result;
  result.positions = side * side;
  result.tokensPerStep = spec.train.batchSize * side * side;
  result.flopsPerStep = flopsPerStep(spec.model, result.parameters, side * side, spec.train.batchSize);
  const double perImage = *result.flopsPerStep / static_cast<double>(spec.train.batchSize);
  result.memoryBytes =
      memoryBytes(spec, result.parameters, side * side, expectedMicroBatch(spec, perImage, basis.gflops), vocabulary);
  if (basis.gflops > 0) {
    const auto trials = static_cast<double>(1 + std::count(spec.search.rates.begin(), spec.search.rates.end(), ','));
    const double flops =
        trials * wholeRunFlops(spec, std::max<int64_t>(0, spec.train.steps - basis.doneSteps),
                               result.trainImages.value_or(spec.probe.trainImages), validation, *result.flopsPerStep);
    result.milliseconds = millisecondsAt(basis.gflops, flops);
    result.leastMilliseconds = millisecondsAt(std::max(basis.gflops, basis.fastestGflops), flops);
  }
  if (isOneLook(spec.kind)) {
    result.tokensPerStep.reset();
    result.epochs.reset();
    result.warmupSteps.reset();
    result.memoryBytes.reset();
  }
  return result;
}

}  // namespace scanline
