#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/mapped_rows.h"
#include "core/jobs/studio_pictures.h"
#include "core/run/events.h"
#include "core/run/probe_question.h"

namespace scanline {

/// How the probes of a run are fitted.
struct ProbeSettings {
  ProbeSpec spec;
  uint64_t seed = 1;
  double maskRate = 0;  ///< BERT
  int64_t masks = 1;
  Precision precision = Precision::Auto;
  int64_t threads = 0;
};
/// Those of the run `runToml`, its spec in the store; if that is empty, of the run that the model comes from; for a
/// model of other software, which names none, the defaults. Throws Error for a spec that cannot be read.
ProbeSettings probeSettingsOf(const ModelFacts& facts, std::string_view runToml = {});
/// The rows of the validation pictures that the probes of such a run are scored on: those in its confusion matrices.
std::vector<int64_t> scoredRows(const StudioData& data, const ProbeSettings& settings);

/// The answers of linear probes of some layers for some pictures. A value; any thread.
class PredictionTable {
 public:
  DataSplit split = DataSplit::Validation;
  std::vector<int64_t> rows;    ///< [count] places in the split, ascending
  std::vector<int32_t> labels;  ///< [count] -1: not known
  int64_t classes = 0;
  std::vector<int64_t> layers;  ///< ascending
  MappedRows file;              ///< [count] records of [layers, 1 + classes]: the class said, then the probabilities

  int64_t count() const { return std::ssize(rows); }
  /// `index` in 0 .. count() - 1, `at` a place in `layers`.
  int32_t said(int64_t index, int64_t at) const { return static_cast<int32_t>(record(index, at)[0]); }
  /// [classes], which sum to 1.
  std::span<const float> probabilities(int64_t index, int64_t at) const { return record(index, at).subspan(1); }
  bool isRight(int64_t index, int64_t at) const { return said(index, at) == labels[static_cast<size_t>(index)]; }
  /// The place of a layer in `layers`; -1: it is not among them.
  int64_t placeOf(int64_t layer) const;
  /// The place of a row of the split in `rows`; -1: it is not among them.
  int64_t indexOf(int64_t row) const;
  /// Counts of (true class, class said) over the pictures whose class is known, as in ProbeResult.
  std::vector<ConfusionCell> confusion(int64_t at) const;
  /// The share that is said rightly, 0..1; 0 without pictures.
  double accuracy(int64_t at) const;
  /// The place of the layer that is most accurate on these rows, ascending; of equals the first.
  int64_t bestLayer(std::span<const int64_t> ofRows) const;
  /// Those that are said wrongly, the surest of its answer first; of equals the lower row.
  std::vector<int64_t> certainErrors(int64_t at) const;
  /// Those of class `truth` that are taken for `said`, the surest first.
  std::vector<int64_t> cell(int64_t at, int32_t truth, int32_t said) const;

 private:
  std::span<const float> record(int64_t index, int64_t at) const;
  void sortBySureness(std::vector<int64_t>& indices, int64_t at) const;
};

/// Which pictures probes are to classify, and of which layers.
struct PredictionsWanted {
  DataSplit split = DataSplit::Validation;
  std::vector<int64_t> rows;    ///< ascending; empty: all of the split
  std::vector<int64_t> layers;  ///< ascending; empty: all, 0 .. L
};
/// Fits the probes as the run of `settings` fits them, on the same pictures, and lets them classify those that are
/// wanted. Computed once for each content of the model's file (`modelIdentity`, see contentIdentity()), question and
/// content of the data, and then read where they lie (core/jobs/feature_cache.h). Reports the progress, in shares of
/// its own. Minutes at the first time. Throws Error for data without classes, a layer or row that is none, an empty
/// split or a full disk; Stopped.
PredictionTable predictionsOf(const StudioData& data, const ProbeSettings& settings, const PredictionsWanted& wanted,
                              std::string_view modelIdentity, const Control& control);

}  // namespace scanline
