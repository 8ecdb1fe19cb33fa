#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// Pictures of a data set that a probe learns from, is chosen on or is asked about.
struct ProbePictures {
  TokenSet tokens;            ///< [count]; labels: a class each, 0 .. classes - 1
  std::vector<int64_t> rows;  ///< [count] places in their set, which decide the masks that BERT sees them under
};

/// Which linear probes to fit, and to which pictures to apply them.
struct ProbeQuestion {
  ProbeSpec spec;  ///< its layers are not read
  uint64_t seed = 1;
  double maskRate = 0;  ///< BERT
  int64_t masks = 1;    ///< BERT: a picture is classified under so many
  /// In which products are computed; Auto: as when the model was trained.
  Precision precision = Precision::Auto;
  int64_t threads = 0;          ///< CPU threads, which decide how sums are rounded; 0 = as many as there are cores
  std::vector<int64_t> layers;  ///< ascending, 0 .. L
  int64_t classes = 0;
  ProbePictures train;  ///< those that it is fitted to
  ProbePictures held;   ///< of several penalties the one counts that is best on these; they are classified, too
  ProbePictures asked;  ///< further ones that are classified
};

/// The answers of one layer's probe.
struct ProbeClassification {
  std::vector<int32_t> said;         ///< [count] the class that most masks see
  std::vector<float> probabilities;  ///< [count, classes]; of several masks, the mean
};
struct LayerPredictions {
  int64_t layer = 0;
  double l2 = 0;  ///< the penalty's weight; SGD has none
  ProbeClassification held, asked;
};

/// Rows of a labelled set, ascending: `count` different ones drawn by `seed`, all if there are no more, or if it is 0.
/// `part` keeps apart the draws of one seed.
std::vector<int64_t> drawnRows(std::span<const int32_t> labels, int64_t count, uint64_t seed, uint64_t part);
/// Rows that a classifier learns from, so that it can: drawnRows(.., 0) as they are where they hold every class of the
/// set. Otherwise an image of each class that is missing, drawn by the seed, takes the place of one of the most
/// frequent class. If `count` is smaller than the number of classes, two classes are made sure of.
std::vector<int64_t> learningRows(std::span<const int32_t> labels, int64_t count, uint64_t seed);
/// The rows of a run's training images that its probes are fitted to. Throws Error if all are of one class, or only one
/// is to be drawn.
std::vector<int64_t> probeTrainingRows(std::span<const int32_t> labels, const ProbeSpec& spec, uint64_t seed);
/// The rows of its validation images that they are scored on.
std::vector<int64_t> probeScoredRows(std::span<const int32_t> labels, const ProbeSpec& spec, uint64_t seed);

}  // namespace scanline
