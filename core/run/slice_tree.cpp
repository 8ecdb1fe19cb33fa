#include "core/run/slice_tree.h"

#include <algorithm>
#include <cassert>

#include "core/base/parallel.h"

namespace scanline {

namespace {

constexpr int64_t kAddedTogether = 8192;  ///< floats that are added at a time, so that all operands fit into a cache

struct Nothing {};

}  // namespace

std::vector<Range> nodesOf(Range slices) {
  TreeSum<Nothing> tree;
  for (int64_t slice = slices.begin; slice < slices.end; ++slice) tree.add({slice, 1, {}}, [](Nothing&, Nothing) {});
  std::vector<Range> ranges;
  for (const auto& node : tree.nodes()) ranges.push_back({node.begin, node.begin + node.count});
  return ranges;
}

Range partOf(int64_t count, int64_t parts, int64_t part) {
  return {count * part / parts, count * (part + 1) / parts};
}

std::vector<double> sumAlongTree(std::span<const double> values, int64_t width) {
  const auto add = [](std::vector<double>& into, const std::vector<double>& other) {
    for (size_t k = 0; k < into.size(); ++k) into[k] += other[k];
  };
  TreeSum<std::vector<double>> tree;
  const auto size = static_cast<size_t>(width);
  for (size_t first = 0; first < values.size(); first += size) {
    const auto one = values.subspan(first, size);
    tree.add({static_cast<int64_t>(first / size), 1, {one.begin(), one.end()}}, add);
  }
  return tree.total(add);
}

float* SliceExchange::Memory::atLeast(int64_t count) {
  if (size < count) {
    floats.reset();  // the old ones first: two may be too many
    floats = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(count));
    size = count;
  }
  return floats.get();
}

void SliceExchange::sum(std::span<const std::span<const float>> nodes, std::span<float> total, int threads) {
  const int64_t processes = group_.size(), length = std::ssize(total), chunk = (length + processes - 1) / processes;
  // Process c adds the floats chunkOf(c).
  const auto chunkOf = [&](int64_t c) { return Range{std::min(length, c * chunk), std::min(length, (c + 1) * chunk)}; };
  const Range mine = chunkOf(group_.rank());

  // 1. To every process its chunk of each partial sum.
  std::vector<int64_t> outCounts, inCounts;
  std::vector<Range> ranges;  // slices of what comes in
  for (int64_t r = 0; r < processes; ++r) {
    const auto theirs = nodesOf(partOf(slices_, processes, r));
    outCounts.push_back(std::ssize(nodes) * chunkOf(r).size());
    inCounts.push_back(std::ssize(theirs) * mine.size());
    ranges.insert(ranges.end(), theirs.begin(), theirs.end());
  }
  std::span<const float> out = nodes.front();
  if (nodes.size() > 1) {
    float* const packed = packed_.atLeast(std::ssize(nodes) * length);
    float* to = packed;
    for (int64_t r = 0; r < processes; ++r)
      for (const auto& node : nodes) to = std::copy(node.begin() + chunkOf(r).begin, node.begin() + chunkOf(r).end, to);
    out = {packed, to};
  }
  const auto incoming = static_cast<size_t>(std::ssize(ranges) * mine.size());
  float* const received = received_.atLeast(static_cast<int64_t>(incoming));
  group_.exchange(out, outCounts, {received, incoming}, inCounts);

  // 2. The sum of this process's chunk, block by block.
  float* const sum = sum_.atLeast(chunk);
  inParallel((mine.size() + kAddedTogether - 1) / kAddedTogether, threads, [&](int64_t block) {
    const int64_t begin = block * kAddedTogether, count = std::min(kAddedTogether, mine.size() - begin);
    const auto add = [count](float* into, const float* other) {
      for (int64_t i = 0; i < count; ++i) into[i] += other[i];
    };
    TreeSum<float*> tree;
    for (size_t node = 0; node < ranges.size(); ++node)
      tree.add({ranges[node].begin, ranges[node].size(), received + static_cast<int64_t>(node) * mine.size() + begin},
               add);
    std::copy_n(tree.total(add), count, sum + begin);
  });

  // 3. All chunks to everybody. The last may be shorter, and all must be sent alike.
  std::fill(sum + mine.size(), sum + chunk, 0.0F);
  const std::span<const float> own(sum, static_cast<size_t>(chunk));
  const bool isEven = chunk * processes == length;
  const std::span<float> all =
      isEven ? total : std::span(gathered_.atLeast(chunk * processes), static_cast<size_t>(chunk * processes));
  group_.gather(std::as_bytes(own), std::as_writable_bytes(all), /*patient=*/false);
  if (!isEven) std::copy_n(all.begin(), length, total.begin());
}

}  // namespace scanline
