#include "core/learn/model/token_rows.h"

#include <algorithm>
#include <numeric>

namespace scanline {

at::Tensor tokensOf(const TokenSet& set, std::span<const int64_t> rows) {
  auto tokens = at::empty({std::ssize(rows), set.length}, at::kLong);
  auto* to = tokens.mutable_data_ptr<int64_t>();
  for (const auto row : rows) to = std::ranges::copy(set.image(row), to).out;
  return tokens;
}

at::Tensor tokensOf(std::span<const std::vector<Token>> images, int64_t first, int64_t last) {
  const auto some = images.subspan(static_cast<size_t>(first), static_cast<size_t>(last - first));
  auto tokens = at::empty({std::ssize(some), std::ssize(some.front())}, at::kLong);
  auto* to = tokens.mutable_data_ptr<int64_t>();
  for (const auto& image : some) to = std::ranges::copy(image, to).out;
  return tokens;
}

at::Tensor labelsOf(const TokenSet& set, std::span<const int64_t> rows) {
  auto labels = at::empty({std::ssize(rows)}, at::kLong);
  std::ranges::transform(rows, labels.mutable_data_ptr<int64_t>(),
                         [&](int64_t row) { return set.labels[static_cast<size_t>(row)]; });
  return labels;
}

std::vector<int64_t> rowsFrom(int64_t first, int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

std::vector<int64_t> drawRows(int64_t total, int64_t count, uint64_t seed, Purpose purpose) {
  RandomStream random(seed, purpose);
  return drawRows(total, count, random);
}

}  // namespace scanline
