#include "core/jobs/tensorboard_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/foreign/tfevents.h"
#include "core/jobs/picture_grid.h"
#include "core/store/run_types.h"

namespace scanline {

TensorBoardLog::TensorBoardLog(std::filesystem::path folder, int64_t step, std::optional<Palette> palette)
    : folder_(std::move(folder)), startStep_(step), palette_(std::move(palette)) {}

namespace {

constexpr bool isOfInterest(const TrainEvent& event) {
  return std::holds_alternative<StepStats>(event) || std::holds_alternative<Evaluation>(event) ||
         std::holds_alternative<Scalars>(event) || std::holds_alternative<ProbeResult>(event) ||
         std::holds_alternative<LowDataResult>(event) || std::holds_alternative<SampleSet>(event);
}

}  // namespace

void TensorBoardLog::write(std::span<const TrainEvent> events, std::span<const int64_t> timesMs) {
  for (size_t i = 0; i < events.size(); ++i) {
    if (!isOfInterest(events[i])) continue;
    waiting_.push_back(events[i]);
    times_.push_back(timesMs[i]);
  }
  if (!writer_ && !waiting_.empty()) open();
  const auto all = std::exchange(waiting_, {});
  const auto times = std::exchange(times_, {});
  for (size_t i = 0; i < all.size(); ++i) {
    timeMs_ = times[i];
    std::visit([this](const auto& event) { add(event); }, all[i]);
  }
  if (writer_) writer_->flush();
}

void TensorBoardLog::add(const StepStats& e) {
  addScalar(series::kTrainLoss, e.step, e.loss);
  addScalar(series::kLearningRate, e.step, e.learningRate);
  addScalar(series::kGradientNorm, e.step, e.gradientNorm);
  addScalar(series::kImagesPerSecond, e.step, e.imagesPerSecond);
  if (e.classifierLoss) addScalar(series::kClassifierLoss, e.step, *e.classifierLoss);
}

void TensorBoardLog::add(const Evaluation& e) {
  addScalar(series::kValidationLoss, e.step, e.loss);
  if (e.accuracy) addScalar(series::kValidationAccuracy, e.step, *e.accuracy);
}

void TensorBoardLog::add(const Scalars& e) {
  for (const auto& [name, value] : e.values) addScalar(name, e.step, value);
}

void TensorBoardLog::add(const ProbeResult& e) {
  addScalar(fmt::format("probe/accuracy/layer_{:02}", e.layer), e.step, e.accuracy);
}

/// Of no step: the subsets stand beside each other.
void TensorBoardLog::add(const LowDataResult& e) {
  addScalar(fmt::format("lowdata/accuracy/labels_{}", e.labelsPerClass), e.subset, e.accuracy);
}

void TensorBoardLog::add(const SampleSet& e) {
  if (e.samples.empty() || (e.samplePixels.empty() && !palette_)) return;
  constexpr int64_t kSide = 48;  // screen pixels a picture at least: TensorBoard shows them as they come
  const int64_t scale = std::max<int64_t>(1, kSide / std::max({e.width, e.height, e.pixelWidth, e.pixelHeight}));
  writer_->addImage(e.given > 0 ? "samples/completions" : "samples/whole", e.step,
                    pictureGrid(e, palette_, {.scale = scale, .gap = 2}), timeMs_);
}

void TensorBoardLog::addScalar(std::string_view tag, int64_t step, double value) {
  writer_->addScalar(tag, step, value, timeMs_);
}

void TensorBoardLog::open() {
  // A run that starts anew leaves nothing of its last attempt.
  const bool goesOn = startStep_ > 0 || isEventLog(folder_);
  writer_ = std::make_unique<TfEventsWriter>(
      folder_, goesOn ? std::optional(startStep_ > 0 ? startStep_ + 1 : 0) : std::nullopt);
}

}  // namespace scanline
