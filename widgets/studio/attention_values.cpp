#include "widgets/studio/attention_values.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace scanline {

namespace {

constexpr float kUnseen = std::numeric_limits<float>::quiet_NaN();

bool isCausal(const ModelFacts& facts) {
  return facts.objective == Objective::Autoregressive;
}

int64_t positionsOf(const ModelFacts& facts) {
  return facts.across * facts.down;
}

}  // namespace

bool fits(const AttentionRow& row, const ModelFacts& facts) {
  const int64_t n = positionsOf(facts);
  return n > 0 && std::ssize(row.weights) == facts.layers * facts.heads * n &&
         std::ssize(row.rollout) == facts.layers * n;
}

PixelWeights weightsOf(const AttentionRow& row, const ModelFacts& facts, const AttentionChoice& choice,
                       int64_t position) {
  assert(fits(row, facts));
  const int64_t n = positionsOf(facts), first = choice.layer * facts.heads;
  std::vector<float> columns(static_cast<size_t>(n), 0);
  const auto add = [&](const std::vector<float>& from, int64_t at, float share) {
    for (int64_t j = 0; j < n; ++j) columns[static_cast<size_t>(j)] += share * from[static_cast<size_t>(at * n + j)];
  };
  if (choice.kind == AttentionChoice::Kind::Rollout)
    add(row.rollout, choice.layer, 1);
  else if (choice.kind == AttentionChoice::Kind::Head)
    add(row.weights, first + choice.head, 1);
  else
    for (int64_t head = 0; head < facts.heads; ++head)
      add(row.weights, first + head, 1 / static_cast<float>(facts.heads));
  if (!isCausal(facts)) return {std::move(columns), 0};
  PixelWeights result{std::vector<float>(static_cast<size_t>(n), kUnseen), columns[0]};
  for (int64_t j = 1; j <= std::min(position, n - 1); ++j)
    result.values[static_cast<size_t>(j - 1)] = columns[static_cast<size_t>(j)];
  return result;
}

int patternRadius(const ModelFacts& facts) {
  return static_cast<int>(std::clamp<int64_t>(std::min(facts.across, facts.down) / 2, 2, 16));
}

std::vector<OffsetPattern> offsetPatterns(std::span<const float> maps, const ModelFacts& facts, int radius) {
  const int64_t n = positionsOf(facts), across = facts.across;
  assert(std::ssize(maps) == facts.heads * n * n);
  const bool causal = isCausal(facts);
  const int wide = 2 * radius + 1, down = causal ? radius + 1 : wide;
  std::vector<OffsetPattern> patterns;
  for (int64_t head = 0; head < facts.heads; ++head) {
    const size_t cells = static_cast<size_t>(wide * down);
    std::vector<double> sums(cells, 0);
    std::vector<int64_t> counts(cells, 0);
    double start = 0;
    for (int64_t i = 0; i < n; ++i) {
      const float* row = &maps[static_cast<size_t>((head * n + i) * n)];
      if (causal) start += row[0];
      for (int64_t j = causal ? 1 : 0; j < (causal ? i + 1 : n); ++j) {
        const int64_t seen = causal ? j - 1 : j, dx = seen % across - i % across, dy = seen / across - i / across;
        if (std::abs(dx) > radius || std::abs(dy) > radius) continue;
        const auto cell = static_cast<size_t>((dy + radius) * wide + dx + radius);
        sums[cell] += row[j];
        ++counts[cell];
      }
    }
    OffsetPattern pattern{radius, down, std::vector<float>(cells, kUnseen), start / static_cast<double>(n)};
    for (size_t cell = 0; cell < cells; ++cell)
      if (counts[cell] > 0) pattern.values[cell] = static_cast<float>(sums[cell] / static_cast<double>(counts[cell]));
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

}  // namespace scanline
