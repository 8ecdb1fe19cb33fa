#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/tokens/palette.h"

namespace scanline {

// Events of a run while it goes on: plain values, no tensor. Steps count finished optimiser steps, from 1; step 0 is
// the model as initialised. Losses are in the unit that lossUnit() gives for the spec.

struct StepStats {
  int64_t step = 0;
  double loss = 0;  ///< mean over batch and scored positions, before the step's update
  double learningRate = 0;
  double gradientNorm = 0;  ///< before clipping
  double imagesPerSecond = 0;
  std::optional<double> classifierLoss;  ///< nats an image, where a classifier learns; alone, it is `loss` too
};

struct Evaluation {
  int64_t step = 0;
  double loss = 0;                 ///< validation images
  std::optional<double> accuracy;  ///< of a classifier on them, 0..1
};

/// Numbers by name, a point each in the run's series of that name ("test/loss"; see series in core/store/run_types.h).
struct Scalars {
  int64_t step = 0;
  std::vector<std::pair<std::string, double>> values;
};

/// How many images of class `truth` a classifier took for class `said`.
struct ConfusionCell {
  int32_t truth = 0, said = 0, count = 0;

  bool operator==(const ConfusionCell&) const = default;
};

/// One linear probe of one layer (paper section 2.4). Layer l = 0..L-1 is ln_1 of block l; layer L is ln_f.
struct ProbeResult {
  int64_t step = 0;
  int64_t layer = 0;
  double accuracy = 0;  ///< share of test images, 0..1
  double trainAccuracy = 0;
  double loss = 0;  ///< mean test cross entropy, nats
  int64_t iterations = 0;
  bool converged = true;
  int64_t classes = 0;
  std::vector<ConfusionCell> confusion;  ///< those above 0, by true, then by predicted class: of a thousand
                                         ///< classes, as many at most as images were scored
  double l2 = 0;                         ///< the penalty's weight; of several, the one that was best on these images
  int64_t joined = 1;                    ///< layers joined into the feature, centred on `layer`
  std::optional<double> testAccuracy;    ///< on the official test images, where they were looked at

  bool operator==(const ProbeResult&) const = default;  ///< readers tell a row that was sent once more
};

/// A linear probe fitted on a few labels (paper section 4.5): one row of a low-data run.
struct LowDataResult {
  int64_t labelsPerClass = 0;
  int64_t subset = 0;  ///< 0 .. lowdata.subsets - 1
  int64_t layer = 0;
  double accuracy = 0;  ///< share of the test images, 0..1
  double loss = 0;      ///< their mean cross entropy, nats
};

/// How often each code of a VQ-VAE was chosen for the validation images.
struct CodebookUse {
  int64_t step = 0;
  std::vector<int64_t> counts;  ///< [codes]
};

/// A set of pictures drawn at one step: for each prompt its original, and `perPrompt` completions; or whole images
/// (given 0).
struct SampleSet {
  int64_t step = 0;
  int64_t width = 0, height = 0;
  int64_t given = 0;      ///< tokens of each original that the model was given; 0 = drawn from nothing
  int64_t perPrompt = 0;  ///< pictures drawn a prompt (all of them when given is 0)
  std::vector<std::vector<Token>> originals;  ///< one a prompt, n tokens each; empty when given is 0
  std::vector<std::vector<Token>> samples;    ///< prompt-major: samples[prompt * perPrompt + k]
  std::vector<double> originalNats;           ///< mean nats a token of each original under the model
  std::vector<double> sampleNats;             ///< mean nats a drawn token of each sample
  // Where tokens are codes of a VQ-VAE: the decoded pictures, RGB as in Image; else empty. A VQ-VAE's own
  // reconstructions are completions, one an original.
  int64_t pixelWidth = 0, pixelHeight = 0;
  std::vector<std::vector<uint8_t>> originalPixels, samplePixels;
  /// The images that the codes of the originals were made of, as long as originalPixels; empty where those are the
  /// images themselves, or the images are not known (sets that were stored before they were kept).
  std::vector<std::vector<uint8_t>> truePixels;
};

struct CheckpointSaved {
  int64_t step = 0;
  std::string file;  ///< relative to the run's folder; absolute where that had no room (core/run/rescue.h)
  int64_t bytes = 0;
  double validationLoss = 0;                      ///< NaN if none was measured
  std::string reason;                             ///< "last", "best", "kept", "stopped": why it is on disk
  std::optional<double> validationAccuracy = {};  ///< of a classifier; where there is one, it decides which is best
};
struct CheckpointRemoved {
  int64_t step = 0;
};

/// Interrupted: its process died. Importing: it comes from files, and is not whole yet. Finished, Stopped, Failed and
/// Interrupted are final until the run is resumed.
enum class RunState { Queued, Preparing, Running, Paused, Stopping, Finished, Stopped, Failed, Interrupted, Importing };
/// In the order of the enumerators, as the store writes them: never change a name.
inline constexpr std::array<std::string_view, 10> kRunStateNames{"queued",      "preparing", "running", "paused",
                                                                 "stopping",    "finished",  "stopped", "failed",
                                                                 "interrupted", "importing"};
constexpr std::string_view stateName(RunState state) {
  return kRunStateNames[static_cast<size_t>(state)];
}
/// A process trains it, or is about to.
constexpr bool isActive(RunState state) {
  return state == RunState::Preparing || state == RunState::Running || state == RunState::Paused ||
         state == RunState::Stopping;
}
/// A process trains or imports the run.
constexpr bool isHeld(RunState state) {
  return isActive(state) || state == RunState::Importing;
}

struct StateChanged {
  RunState state = RunState::Running;
  std::string detail;  ///< Failed: the sentence; Preparing: the present piece of work
};
/// A line of the run's log.
struct LogLine {
  enum class Level { Info, Warning, Error } level = Level::Info;
  std::string text;
};
/// Sizes known once the data is ready; written once a run (and again on resume).
struct RunPrepared {
  int64_t trainImages = 0, validationImages = 0, testImages = 0;
  int64_t positions = 0, width = 0, height = 0, parameters = 0, paletteSize = 0;
  std::vector<std::string> classNames;
  std::vector<Colour> palette;  ///< the colours of the samples' tokens
  /// Version, CPU, threads, precision, ISA, LibTorch, ...
  std::vector<std::pair<std::string, std::string>> environment;
};

using TrainEvent = std::variant<StepStats, Evaluation, Scalars, ProbeResult, LowDataResult, CodebookUse, SampleSet,
                                CheckpointSaved, CheckpointRemoved, StateChanged, LogLine, RunPrepared>;
/// Called on the lane's thread only. May wait, while a disk is full. Throws Error where events can no longer be stored
/// for a reason that will not pass, which ends the run.
using EventSink = std::function<void(const TrainEvent&)>;

}  // namespace scanline
