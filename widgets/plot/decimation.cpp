#include "widgets/plot/decimation.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scanline {

void MinMaxPyramid::Extremes::add(const Extremes& other) {
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  minPositive = std::min(minPositive, other.minPositive);
  notPositive += other.notPositive;
}

MinMaxPyramid::Bucket MinMaxPyramid::leaf(size_t at) const {
  const double value = values_[at];
  Bucket bucket{.minAt = Index(at), .maxAt = Index(at)};
  if (!std::isfinite(value)) return bucket;
  bucket.finite = 1;
  if (value > 0)
    bucket.minPositive = value;
  else
    bucket.notPositive = 1;
  return bucket;
}

MinMaxPyramid::Bucket MinMaxPyramid::merged(Bucket a, const Bucket& b) const {
  if (b.finite == 0) return a;
  if (a.finite == 0) return b;
  if (values_[b.minAt] < values_[a.minAt]) a.minAt = b.minAt;
  if (values_[b.maxAt] > values_[a.maxAt]) a.maxAt = b.maxAt;
  a.finite += b.finite;
  a.notPositive += b.notPositive;
  a.minPositive = std::min(a.minPositive, b.minPositive);
  return a;
}

MinMaxPyramid::Extremes MinMaxPyramid::extremesOf(const Bucket& bucket) const {
  if (bucket.finite == 0) return {};
  return {.min = values_[bucket.minAt],
          .max = values_[bucket.maxAt],
          .minPositive = bucket.minPositive,
          .notPositive = bucket.notPositive};
}

void MinMaxPyramid::append(double value) {
  const size_t at = values_.size();
  values_.push_back(value);
  if (!std::isfinite(value)) nonFinite_.push_back(Index(at));
  const Bucket added = leaf(at);
  size_t width = kFactor;
  for (size_t level = 0;; ++level, width *= kFactor) {
    if (level == levels_.size()) {
      if (values_.size() <= width / kFactor) break;  // one bucket below holds everything
      // The new level's only bucket so far covers all values.
      Bucket all = bucketOf(level, 0);
      for (size_t child = 1; child * (width / kFactor) < values_.size(); ++child)
        all = merged(all, bucketOf(level, child));
      levels_.push_back({all});
      continue;
    }
    auto& buckets = levels_[level];
    if (at / width == buckets.size())
      buckets.push_back(added);
    else
      buckets.back() = merged(buckets.back(), added);
  }
}

void MinMaxPyramid::truncate(size_t size) {
  if (size >= values_.size()) return;
  values_.resize(size);
  nonFinite_.erase(std::lower_bound(nonFinite_.begin(), nonFinite_.end(), Index(size)), nonFinite_.end());
  size_t below = size, width = kFactor;
  for (size_t level = 0; level < levels_.size(); ++level, width *= kFactor) {
    const size_t count = (size + width - 1) / width;
    if (below <= 1) {
      levels_.resize(level);
      break;
    }
    levels_[level].resize(count);
    const size_t first = (count - 1) * kFactor;
    Bucket tail = bucketOf(level, first);
    for (size_t child = first + 1; child < below; ++child) tail = merged(tail, bucketOf(level, child));
    levels_[level].back() = tail;
    below = count;
  }
}

MinMaxPyramid::Extremes MinMaxPyramid::extremes(size_t first, size_t last) const {
  last = std::min(last, size());
  Extremes found;
  while (first < last) {
    // The widest bucket that starts here and ends in time; the tail bucket may be short of its full width.
    size_t level = 0, width = 1;
    while (level < levels_.size() && first % (width * kFactor) == 0 &&
           (first + width * kFactor <= last || last == size())) {
      ++level;
      width *= kFactor;
    }
    found.add(extremesOf(bucketOf(level, first / width)));
    first += width;
  }
  return found;
}

void MinMaxPyramid::emitBucket(const Bucket& bucket, size_t first, size_t last, std::vector<Index>& out) const {
  if (bucket.finite == 0) {
    out.push_back(Index(first));
    return;
  }
  std::array<Index, 4> picked{Index(first), bucket.minAt, bucket.maxAt, Index(last - 1)};
  std::sort(picked.begin(), picked.end());
  const auto* end = std::unique(picked.begin(), picked.end());
  for (const auto* at = picked.begin(); at != end; ++at) {
    // A NaN at the rim of a bucket would tear the line although its neighbours are drawn on the same place.
    if (last - first == 1 || std::isfinite(values_[*at])) out.push_back(*at);
  }
}

std::vector<MinMaxPyramid::Index> MinMaxPyramid::pick(size_t first, size_t last,
                                                      const std::function<size_t(size_t)>& reach) const {
  last = std::min(last, size());
  std::vector<Index> out;
  while (first < last) {
    const size_t room = std::max<size_t>(1, reach(first) - first);
    size_t level = 0, width = 1;
    while (level < levels_.size() && width * kFactor <= room && first % (width * kFactor) == 0 &&
           (first + width * kFactor <= last || last == size())) {
      ++level;
      width *= kFactor;
    }
    const size_t end = std::min(first + width, last);
    emitBucket(bucketOf(level, first / width), first, end, out);
    first = end;
  }
  return out;
}

std::pair<double, double> quantiles(const MinMaxPyramid& values, size_t first, size_t last, double low, double high) {
  constexpr size_t kSample = 16'384;
  last = std::min(last, values.size());
  const size_t stride = last > first ? (last - first + kSample - 1) / kSample : 1;
  std::vector<double> sample;
  for (size_t at = first; at < last; at += stride)
    if (std::isfinite(values[at])) sample.push_back(values[at]);
  if (sample.empty()) return {std::nan(""), std::nan("")};
  const auto at = [&](double share) {
    const auto nth = sample.begin() + std::ptrdiff_t(std::lround(share * double(sample.size() - 1)));
    std::nth_element(sample.begin(), nth, sample.end());
    return *nth;
  };
  const double lower = at(low);
  return {lower, at(high)};
}

}  // namespace scanline
