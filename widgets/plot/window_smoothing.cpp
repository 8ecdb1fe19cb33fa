#include "widgets/plot/window_smoothing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scanline {

namespace {

constexpr double kReach = 4;        // deviations that a Gaussian window reaches to either side
constexpr double kNodes = 8;        // of the grid, a deviation
constexpr double kMostNodes = 4e6;  // of a grid; with more, each point is summed by itself
constexpr size_t kLookEvery = 4096;

bool isTime(size_t at) {
  return at % kLookEvery == 0;
}

/// Each point over its window, weighed one by one.
std::vector<double> gaussianBySums(double deviation, std::span<const double> x, std::span<const double> y,
                                   const std::atomic<bool>& cancelled) {
  std::vector<double> out(y.size());
  const double reach = kReach * deviation, share = -0.5 / (deviation * deviation);
  size_t first = 0, last = 0;
  for (size_t at = 0; at < y.size(); ++at) {
    if (isTime(at) && cancelled) return {};
    while (x[first] < x[at] - reach) ++first;
    while (last < x.size() && x[last] <= x[at] + reach) ++last;
    double sum = 0, weight = 0;
    for (size_t near = first; near < last; ++near) {
      if (!std::isfinite(y[near])) continue;
      const double away = x[near] - x[at], counts = std::exp(share * away * away);
      sum += counts * y[near];
      weight += counts;
    }
    out[at] = std::isfinite(y[at]) ? sum / weight : y[at];
  }
  return out;
}

/// Points shared out between the nodes of a grid, the nodes smoothed, and points read off between them. Sharing out and
/// reading off widen the bell by a third of a squared cell, which its width gives back.
std::vector<double> gaussianByGrid(double deviation, std::span<const double> x, std::span<const double> y,
                                   const std::atomic<bool>& cancelled) {
  const double cell = deviation / kNodes, start = x.front();
  const auto nodes = size_t((x.back() - start) / cell) + 2;
  std::vector<double> sums(nodes), weights(nodes);
  for (size_t at = 0; at < y.size(); ++at) {
    if (!std::isfinite(y[at])) continue;
    const double place = (x[at] - start) / cell;
    const auto node = std::min(size_t(place), nodes - 2);
    const double upper = place - double(node);
    sums[node] += (1 - upper) * y[at];
    weights[node] += 1 - upper;
    sums[node + 1] += upper * y[at];
    weights[node + 1] += upper;
  }
  const double variance = kNodes * kNodes - 1.0 / 3;  // in cells
  const auto reach = size_t(std::ceil(kReach * kNodes));
  std::vector<double> bell(2 * reach + 1);
  for (size_t at = 0; at < bell.size(); ++at) {
    const double away = double(at) - double(reach);
    bell[at] = std::exp(-0.5 * away * away / variance);
  }
  std::vector<double> smoothSums(nodes), smoothWeights(nodes);
  for (size_t node = 0; node < nodes; ++node) {
    if (isTime(node) && cancelled) return {};
    const size_t first = node > reach ? node - reach : 0, last = std::min(nodes, node + reach + 1);
    const double* counts = &bell[first + reach - node];
    double sum = 0, weight = 0;
    for (size_t near = first; near < last; ++near, ++counts) {
      sum += *counts * sums[near];
      weight += *counts * weights[near];
    }
    smoothSums[node] = sum;
    smoothWeights[node] = weight;
  }
  std::vector<double> out(y.size());
  for (size_t at = 0; at < y.size(); ++at) {
    const double place = (x[at] - start) / cell;
    const auto node = std::min(size_t(place), nodes - 2);
    const double upper = place - double(node);
    const double sum = (1 - upper) * smoothSums[node] + upper * smoothSums[node + 1];
    const double weight = (1 - upper) * smoothWeights[node] + upper * smoothWeights[node + 1];
    out[at] = std::isfinite(y[at]) && weight > 0 ? sum / weight : y[at];
  }
  return out;
}

/// Counts of ranks, with the n-th found by halving (a Fenwick tree).
class RankCounts {
 public:
  explicit RankCounts(size_t ranks) : counts_(ranks + 1) {
    while (2 * top_ <= ranks) top_ *= 2;
  }
  void add(size_t rank, int32_t by) {
    for (size_t at = rank + 1; at < counts_.size(); at += at & (~at + 1)) counts_[at] += by;
  }
  /// The rank that has `before` smaller ones.
  size_t nth(int32_t before) const {
    size_t at = 0;
    for (size_t step = top_; step > 0; step /= 2)
      if (at + step < counts_.size() && counts_[at + step] <= before) {
        at += step;
        before -= counts_[at];
      }
    return at;
  }

 private:
  std::vector<int32_t> counts_;
  size_t top_ = 1;
};

double middleOf(std::vector<double>& values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

std::vector<double> gaussianSmoothed(double deviation, std::span<const double> x, std::span<const double> y,
                                     const std::atomic<bool>& cancelled) {
  if (y.empty()) return {};
  const double nodes = (x.back() - x.front()) * kNodes / deviation;
  // The grid costs as many products as each point having 16 neighbours, and those want an exponential each.
  const bool byGrid = nodes < kMostNodes && nodes < 4 * double(y.size());
  return byGrid ? gaussianByGrid(deviation, x, y, cancelled) : gaussianBySums(deviation, x, y, cancelled);
}

std::vector<double> medianSmoothed(double reach, std::span<const double> x, std::span<const double> y,
                                   const std::atomic<bool>& cancelled) {
  std::vector<uint32_t> sorted;
  for (size_t at = 0; at < y.size(); ++at)
    if (std::isfinite(y[at])) sorted.push_back(uint32_t(at));
  std::ranges::sort(sorted, {}, [&](uint32_t at) { return y[at]; });
  std::vector<uint32_t> rank(y.size());
  for (size_t at = 0; at < sorted.size(); ++at) rank[sorted[at]] = uint32_t(at);
  std::vector<double> out(y.size());
  RankCounts counts(sorted.size());
  size_t first = 0, last = 0;
  int32_t inside = 0;
  const auto count = [&](size_t at, int32_t by) {
    if (!std::isfinite(y[at])) return;
    counts.add(rank[at], by);
    inside += by;
  };
  for (size_t at = 0; at < y.size(); ++at) {
    if (isTime(at) && cancelled) return {};
    for (; last < x.size() && x[last] <= x[at] + reach; ++last) count(last, 1);
    for (; x[first] < x[at] - reach; ++first) count(first, -1);
    if (!std::isfinite(y[at])) {
      out[at] = y[at];
      continue;
    }
    const double upper = y[sorted[counts.nth(inside / 2)]];
    out[at] = inside % 2 == 1 ? upper : (upper + y[sorted[counts.nth(inside / 2 - 1)]]) / 2;
  }
  return out;
}

std::vector<double> smoothed(const Smoothing& how, std::span<const double> x, std::span<const double> y,
                             const std::atomic<bool>& cancelled) {
  if (how.method == Smoothing::Method::Gaussian) return gaussianSmoothed(how.amount, x, y, cancelled);
  if (how.method == Smoothing::Method::Median) return medianSmoothed(how.amount, x, y, cancelled);
  RunningSmoothing running(how);
  std::vector<double> out;
  out.reserve(y.size());
  for (size_t at = 0; at < y.size(); ++at) {
    if (isTime(at) && cancelled) return {};
    out.push_back(running.next(x[at], y[at]));
  }
  return out;
}

double smoothedEnd(const Smoothing& how, std::span<const double> x, std::span<const double> y) {
  if (!std::isfinite(y.back())) return y.back();
  const bool isMedian = how.method == Smoothing::Method::Median;
  const double reach = isMedian ? how.amount : kReach * how.amount, share = -0.5 / (how.amount * how.amount);
  std::vector<double> values;
  double sum = 0, weight = 0;
  for (size_t at = y.size(); at-- > 0 && x[at] >= x.back() - reach;) {
    if (!std::isfinite(y[at])) continue;
    const double away = x.back() - x[at], counts = std::exp(share * away * away);
    if (isMedian) values.push_back(y[at]);
    sum += counts * y[at];
    weight += counts;
  }
  return isMedian ? middleOf(values) : sum / weight;
}

}  // namespace scanline
