#pragma once

#include <span>
#include <vector>

#include "core/run/open_model.h"

namespace scanline {

/// Whose weights are shown.
struct AttentionChoice {
  enum class Kind {
    Head,     ///< of one head
    Mean,     ///< over the heads of a layer
    Rollout,  ///< attention rollout up to a layer
  };
  Kind kind = Kind::Head;
  int64_t layer = 0, head = 0;  ///< from 0
};

/// The weights of one row by the pixels that are looked at.
struct PixelWeights {
  std::vector<float> values;  ///< [n]; NaN for pixels that the model cannot see
  double start = 0;           ///< share of the start vector; 0 for BERT, which has none
};

/// Whether `row` has the sizes that `facts` promise: [L, H, n] and [L, n].
bool fits(const AttentionRow& row, const ModelFacts& facts);
/// Autoregressive: column 0 is the start vector and column j > 0 pixel j - 1, and the row of `position` sees no later
/// ones. BERT: column j is pixel j. `row` fits `facts`.
PixelWeights weightsOf(const AttentionRow& row, const ModelFacts& facts, const AttentionChoice& choice,
                       int64_t position);

/// A head's weights by the offset from the predicted pixel to the attended one, means over the pixels
/// that have a neighbour at this offset.
struct OffsetPattern {
  int radius = 0;             ///< columns -radius .. radius
  int down = 0;               ///< rows -radius .. 0 (autoregressive), else -radius .. radius
  std::vector<float> values;  ///< [down, 2 * radius + 1]; NaN where no pixel sees a neighbour
  double start = 0;           ///< mean share of the start vector
};

/// How far patterns reach for pictures of this size: half of the shorter side, at least 2 and at most 16.
int patternRadius(const ModelFacts& facts);
/// One pattern a head from `maps`, [H, n, n] of a layer (OpenModel::attentionMaps). Takes H n n steps: not for the UI
/// thread.
std::vector<OffsetPattern> offsetPatterns(std::span<const float> maps, const ModelFacts& facts, int radius);

}  // namespace scanline
