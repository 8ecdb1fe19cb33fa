#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/mapped_rows.h"
#include "core/jobs/studio_pictures.h"

namespace scanline {

/// Features of all pictures of a split: a row each, in the order of the split. They lie in a file of the user's cache
/// folder (core/jobs/feature_cache.h). A value; any thread.
struct FeatureTable {
  int64_t count = 0, width = 0;  ///< rows, D
  MappedRows file;

  /// `index` in 0 .. count - 1.
  std::span<const float> row(int64_t index) const {
    return {reinterpret_cast<const float*>(file.row(index).data()), static_cast<size_t>(width)};
  }
  /// [count, D], copied.
  std::vector<float> all() const;
};

/// As OpenModel::features() of a layer. Computed once for each content of the model's file (`modelIdentity`, see
/// contentIdentity()), layer and content of the split, and then read where they lie; a computation that was cut off
/// goes on where it ended. Reports pictures. Minutes at the first time. Throws Error for a layer that is none, an empty
/// split or a full disk; Stopped.
FeatureTable featuresOf(const StudioData& data, DataSplit split, std::string_view modelIdentity, int64_t layer,
                        const Control& control);
/// Throws Error, saying which there are, if `layer` is not in 0 .. layers.
void checkLayer(const ModelFacts& facts, int64_t layer);

struct Neighbour {
  int64_t row = 0;
  double likeness = 0;  ///< cosine, -1..1; of pixels, minus the mean squared difference of their values 0..255
};

/// A row of features [D].
using FeatureRow = std::function<std::span<const float>(int64_t row)>;
/// The `k` of `count` rows whose features have the largest cosine with `query` [D], the largest first, of equals the
/// lower row. A vector of length 0 has the cosine 0 with all. Looks at all rows. Throws Stopped.
std::vector<Neighbour> nearestRows(int64_t count, const FeatureRow& rowAt, std::span<const float> query, int64_t k,
                                   const Control& control = {});
/// The same of the rows of a table. Throws Error if the query is of another width.
std::vector<Neighbour> nearestByFeatures(const FeatureTable& table, std::span<const float> query, int64_t k,
                                         const Control& control = {});
/// The `k` pictures of `images` that differ least from `query`, which has their size. Throws Error if it has not;
/// Stopped.
std::vector<Neighbour> nearestByPixels(const ImageSet& images, const Image& query, int64_t k,
                                       const Control& control = {});

}  // namespace scanline
