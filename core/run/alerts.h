#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scanline {

/// A problem of a training run that a person wants to know of while it happens.
struct Alert {
  enum class Kind { NotANumber, Diverges, Plateau, SlowDown, DiskLow, MemoryLow } kind = Kind::NotANumber;
  int64_t step = 0;
  std::string sentence;  ///< without the run's name: "its loss rises: 3.1 at step 400, 1.9 at step 250"

  /// More training cannot help.
  bool isFatal() const { return kind == Kind::NotANumber || kind == Kind::Diverges; }
  bool operator==(const Alert&) const = default;
};

/// Checks the numbers of one run as they come, in the order of their steps, and reports each problem once; again only
/// after it has passed. A step that comes again (a resumed run) starts the run's history anew. One thread at a time.
class AlertDetector {
 public:
  /// Training loss. NotANumber: it is NaN or infinite. Diverges: the mean of the last kWindow points has lost half of
  /// the gain since the start, by more than its noise.
  std::optional<Alert> addLoss(int64_t step, double loss);
  /// Validation loss. Plateau: none of the last kPatience values is better than the best before by a thousandth.
  std::optional<Alert> addValidation(int64_t step, double loss);
  /// Images a second. SlowDown: the median of the last kWindow points is below half of the best such median.
  std::optional<Alert> addSpeed(int64_t step, double imagesPerSecond);
  /// DiskLow: fewer bytes are free than three checkpoints take, or than 1 GB. `checkpointBytes`: 0 = not known.
  std::optional<Alert> addDisk(int64_t step, int64_t freeBytes, int64_t checkpointBytes);

  /// MemoryLow: fewer bytes are free than a twentieth of `allBytes`, or than 500 MB.
  std::optional<Alert> addMemory(int64_t step, int64_t freeBytes, int64_t allBytes);

  static constexpr size_t kWindow = 25, kPatience = 8;

 private:
  std::optional<Alert> raise(Alert::Kind kind, int64_t step, std::string sentence);
  void passed(Alert::Kind kind) { raised_.erase(kind); }

  std::vector<double> losses_, speeds_;  ///< the last kWindow
  int64_t lossStep_ = -1, speedStep_ = -1, validationStep_ = -1;
  std::optional<double> firstMean_, bestMean_;
  int64_t bestMeanStep_ = 0;
  double bestValidation_ = std::numeric_limits<double>::infinity();
  int64_t bestValidationStep_ = 0;
  size_t worse_ = 0;  ///< validations since the best
  double bestSpeed_ = 0;
  std::set<Alert::Kind> raised_;
};

}  // namespace scanline
