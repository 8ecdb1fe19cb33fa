#include "core/run/alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/statistics.h"

namespace scanline {

namespace {

/// False while there are too few.
bool push(std::vector<double>& values, double value) {
  values.push_back(value);
  if (values.size() > AlertDetector::kWindow) values.erase(values.begin());
  return values.size() == AlertDetector::kWindow;
}

/// "0.8 MB", "420 MB", "1.9 GB", as the window writes sizes.
std::string sizeText(int64_t bytes) {
  const double megabytes = static_cast<double>(bytes) / 1e6;
  return megabytes < 10     ? fmt::format("{:.1f} MB", megabytes)
         : megabytes < 1000 ? fmt::format("{:.0f} MB", megabytes)
                            : fmt::format("{:.1f} GB", megabytes / 1000);
}

}  // namespace

std::optional<Alert> AlertDetector::raise(Alert::Kind kind, int64_t step, std::string sentence) {
  if (!raised_.insert(kind).second) return std::nullopt;
  return Alert{kind, step, std::move(sentence)};
}

std::optional<Alert> AlertDetector::addLoss(int64_t step, double loss) {
  using enum Alert::Kind;
  if (step <= lossStep_) {  // it went back to a checkpoint
    losses_.clear();
    firstMean_.reset();
    bestMean_.reset();
    passed(NotANumber);
    passed(Diverges);
  }
  lossStep_ = step;
  if (!std::isfinite(loss))
    return raise(NotANumber, step, fmt::format("its loss is not a number any more, at step {}", step));
  passed(NotANumber);
  if (!push(losses_, loss)) return std::nullopt;
  const auto [count, mean, deviation] = meanDeviation(losses_);
  if (!firstMean_) firstMean_ = mean;
  if (!bestMean_ || mean < *bestMean_) {
    bestMean_ = mean;
    bestMeanStep_ = step;
  }
  const double gained = *firstMean_ - *bestMean_, lost = mean - *bestMean_;
  // A mean of n values strays by their deviation over the root of n; the two means are of different stretches.
  const double noise = deviation * std::sqrt(2.0 / static_cast<double>(count));
  const bool rises = lost > 0.5 * gained && lost > 4 * noise && lost > 0.02 * std::abs(*bestMean_);
  if (!rises) {
    if (lost < 0.25 * gained) passed(Diverges);
    return std::nullopt;
  }
  return raise(Diverges, step,
               fmt::format("its loss rises: {:.3f} around step {}, after {:.3f} around step {}", mean, step, *bestMean_,
                           bestMeanStep_));
}

std::optional<Alert> AlertDetector::addValidation(int64_t step, double loss) {
  using enum Alert::Kind;
  if (step <= validationStep_) {
    bestValidation_ = std::numeric_limits<double>::infinity();
    worse_ = 0;
    passed(Plateau);
  }
  validationStep_ = step;
  constexpr double kWorthIt = 0.999;
  if (loss < bestValidation_ * kWorthIt || !std::isfinite(bestValidation_)) {
    if (std::isfinite(loss)) {
      bestValidation_ = loss;
      bestValidationStep_ = step;
    }
    worse_ = 0;
    passed(Plateau);
    return std::nullopt;
  }
  if (++worse_ < kPatience) return std::nullopt;
  return raise(
      Plateau, step,
      fmt::format("its validation loss has not improved since step {} ({:.3f})", bestValidationStep_, bestValidation_));
}

std::optional<Alert> AlertDetector::addSpeed(int64_t step, double imagesPerSecond) {
  using enum Alert::Kind;
  if (step <= speedStep_) {
    speeds_.clear();
    bestSpeed_ = 0;
    passed(SlowDown);
  }
  speedStep_ = step;
  if (!push(speeds_, imagesPerSecond)) return std::nullopt;
  const double median = medianOf(speeds_);
  bestSpeed_ = std::max(bestSpeed_, median);
  if (median >= 0.5 * bestSpeed_) {
    if (median > 0.8 * bestSpeed_) passed(SlowDown);
    return std::nullopt;
  }
  return raise(SlowDown, step,
               fmt::format("it trains at {:.0f} images a second, after {:.0f} before", median, bestSpeed_));
}

std::optional<Alert> AlertDetector::addDisk(int64_t step, int64_t freeBytes, int64_t checkpointBytes) {
  constexpr int64_t kLeast = 1'000'000'000, kCheckpoints = 3;
  if (freeBytes >= std::max(kLeast, kCheckpoints * checkpointBytes)) {
    passed(Alert::Kind::DiskLow);
    return std::nullopt;
  }
  std::string sentence = fmt::format("its disk has {} left", sizeText(freeBytes));
  if (checkpointBytes > 0) sentence += fmt::format(", and a checkpoint takes {}", sizeText(checkpointBytes));
  return raise(Alert::Kind::DiskLow, step, std::move(sentence));
}

std::optional<Alert> AlertDetector::addMemory(int64_t step, int64_t freeBytes, int64_t allBytes) {
  constexpr int64_t kLeast = 500'000'000, kShare = 20;
  const int64_t enough = std::max(kLeast, allBytes / kShare);
  if (freeBytes >= enough) {
    if (freeBytes > enough + enough / 2) passed(Alert::Kind::MemoryLow);
    return std::nullopt;
  }
  return raise(Alert::Kind::MemoryLow, step,
               fmt::format("the machine has {} of memory left of {}, and may end programs that ask for more",
                           sizeText(freeBytes), sizeText(allBytes)));
}

}  // namespace scanline
