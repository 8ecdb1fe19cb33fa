#pragma once

#include <span>
#include <vector>

#include "core/learn/evaluate/logistic_regression.h"
#include "core/run/events.h"
#include "core/run/probe_question.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// A linear classifier of features as they come.
struct LinearProbe {
  Standardizer standardizer;
  LogisticModel model;  ///< of standardised features
  double l2 = 0;        ///< its penalty; SGD has none
};

/// Fits probes to x_ND (any floating point) by spec.solver: one for each penalty of spec, or one by SGD.
/// `seed`: of SGD's batches. Throws as fitLogistic does.
std::vector<LinearProbe> fitProbes(const ProbeSpec& spec, const at::Tensor& x_ND, std::span<const int32_t> labels,
                                   int64_t classes, uint64_t seed, const Control& control);

/// Whether such fits go best side by side, a thread each. `width`: of one layer.
bool areSmallFits(const ProbeSpec& spec, int64_t rows, int64_t width, int64_t classes);

/// Images that a probe is scored on.
struct ScoredImages {
  std::span<const int64_t> rows;    ///< in their set; they decide ties of votes
  std::span<const int32_t> labels;  ///< of each
  int64_t masks = 1;                ///< features are of all rows under mask 0, then all under mask 1, ...
  int64_t classes = 0;
  uint64_t seed = 0;
};
struct ProbeScore {
  double accuracy = 0;                   ///< share of the images whose class most masks see, 0..1; 0 without images
  double loss = 0;                       ///< mean cross entropy over images and masks, nats
  std::vector<ConfusionCell> confusion;  ///< as in ProbeResult
};
/// x_MD: features as they come, [masks * images, D].
ProbeScore score(const LinearProbe& probe, const at::Tensor& x_MD, const ScoredImages& images);

/// Its prediction for each image. x_MD as for score().
ProbeClassification classify(const LinearProbe& probe, const at::Tensor& x_MD, const ScoredImages& images);

/// A probe, and how it does on the images that it was chosen on.
struct ChosenProbe {
  LinearProbe probe;
  ProbeScore score;
};
/// Of the probes of fitProbes() the one that is best on `held`, whose features are held_MD; of equals, the first.
ChosenProbe fitBest(const ProbeSpec& spec, const at::Tensor& train_ND, std::span<const int32_t> labels,
                    const at::Tensor& held_MD, const ScoredImages& held, const Control& control);

/// Which of two is chosen on images held out: the more accurate, then the one of lower loss.
bool isBetter(const ProbeScore& a, const ProbeScore& b);

}  // namespace scanline
