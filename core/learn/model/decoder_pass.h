#pragma once

#include <span>
#include <vector>

#include "core/base/control.h"
#include "core/learn/model/decoder_state.h"

namespace scanline {

// Many positions at once, for decoder_prefill.cpp.

inline constexpr int64_t kFewRows = 64;

/// Some rows of the decoder, each at R positions `first` .. first + R - 1, of which T go into the row's cache.
struct Decoder::State::RowPass {
  /// What one row sees: the token before position first + i is targets[i - 1] (the start vector at position 0).
  struct Row {
    int32_t row;
    const Token* targets;
  };

  /// together: rows of one pass, at most.
  RowPass(State& decoder, int64_t first, int64_t cached, int64_t positions, int64_t together);

  /// The logits of the last of the T positions go to the rows' logits. targetCount: of each row's first positions, so
  /// many are scored; 0: none, which costs less.
  void run(std::span<const Row> some, int64_t targetCount, const Control& control);
  /// [rows of the last pass, R]: -log p of the targets, as far as they were scored.
  const std::vector<float>& nats() const { return scores; }

 private:
  template <class Part>
  void forBlocks(const Part& part);
  /// On one of the pool's threads: y [size, out] from x [size, in], from a panel on.
  void multiply(const PackedMatrix& matrix, int64_t firstPanel, Then then, int64_t size, const float* x, float* y,
                int thread) const;
  void finish(int64_t layer, int64_t begin, int64_t size, int thread) const;
  void queries(int64_t layer, bool isCut);
  void attention(int64_t layer, bool isCut);
  void lastRows();
  void score(int64_t targetCount);
  void keepScores(int64_t targetCount, int64_t begin, int64_t size, float* logits);
  /// So few positions that threads share the weights instead of the positions.
  bool isSmall() const { return !d.tiles && all < kFewRows; }

  State& d;
  const GptShape& s;
  int64_t first, T, R, D, V, all = 0;
  HeadLayout strips;
  int64_t stripSize;
  Rows a;
  Buffer strip, wide, last;
  int64_t leftBytes;
  at::Tensor left;  ///< of each thread, a block of rows as tiles
  std::vector<float> scores;
  std::span<const Row> rows;
};

}  // namespace scanline
