#include "widgets/plot/decimation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace scanline {

void MinMaxPyramid::Extremes::add(const Extremes& other) {
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  minPositive = std::min(minPositive, other.minPositive);
  notPositive += other.notPositive;
}

MinMaxPyramid::Bucket MinMaxPyramid::leaf(size_t at) const {
  const double value = (*values_)[at];
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
  if ((*values_)[b.minAt] < (*values_)[a.minAt]) a.minAt = b.minAt;
  if ((*values_)[b.maxAt] > (*values_)[a.maxAt]) a.maxAt = b.maxAt;
  a.finite += b.finite;
  a.notPositive += b.notPositive;
  a.minPositive = std::min(a.minPositive, b.minPositive);
  return a;
}

/// The bucket of kFactor positive values, without branches on them. False where some are not finite or not positive.
bool MinMaxPyramid::isWholeBucket(size_t first, Bucket& bucket) const {
  const auto values = std::span(*values_).subspan(first, kFactor);
  double least = values[0], greatest = values[0];
  bool fits = true;
  for (const double value : values) {
    fits &= value > 0 && value <= std::numeric_limits<double>::max();
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  if (!fits) return false;
  unsigned leastAt = 0, greatestAt = 0;  // a bit for each value
  for (size_t at = 0; at < kFactor; ++at) {
    leastAt |= unsigned{values[at] == least} << at;
    greatestAt |= unsigned{values[at] == greatest} << at;
  }
  bucket = {.minAt = Index(first) + Index(std::countr_zero(leastAt)),
            .maxAt = Index(first) + Index(std::countr_zero(greatestAt)),
            .finite = kFactor,
            .minPositive = least};
  return true;
}

/// The same bucket of values [first, last) as from merging their leaves, and many times quicker.
MinMaxPyramid::Bucket MinMaxPyramid::bucketOfValues(size_t first, size_t last) const {
  const double* values = values_->data();
  Bucket bucket{.minAt = Index(first), .maxAt = Index(first)};
  if (last - first == kFactor && isWholeBucket(first, bucket)) return bucket;
  double least = std::numeric_limits<double>::infinity(), greatest = -least;
  for (size_t at = first; at < last; ++at) {
    const double value = values[at];
    if (!std::isfinite(value)) continue;
    ++bucket.finite;
    if (value < least) least = value, bucket.minAt = Index(at);
    if (value > greatest) greatest = value, bucket.maxAt = Index(at);
    if (value > 0)
      bucket.minPositive = std::min(bucket.minPositive, value);
    else
      ++bucket.notPositive;
  }
  return bucket;
}

MinMaxPyramid::Extremes MinMaxPyramid::extremesOf(const Bucket& bucket) const {
  if (bucket.finite == 0) return {};
  return {.min = (*values_)[bucket.minAt],
          .max = (*values_)[bucket.maxAt],
          .minPositive = bucket.minPositive,
          .notPositive = bucket.notPositive};
}

std::vector<double>& MinMaxPyramid::writable() {
  if (values_.use_count() > 1) values_ = std::make_shared<std::vector<double>>(*values_);
  return *values_;
}

void MinMaxPyramid::reserve(size_t size) {
  writable().reserve(size);
  for (auto& level : levels_) {
    size = (size + kFactor - 1) / kFactor;
    level.reserve(size);
  }
}

void MinMaxPyramid::append(std::span<const double> values) {
  const size_t from = size();
  auto& all = writable();
  all.insert(all.end(), values.begin(), values.end());
  for (size_t at = from; at < all.size(); ++at)
    if (!std::isfinite(all[at])) nonFinite_.push_back(Index(at));
  rebuild(from);
}

void MinMaxPyramid::truncate(size_t size) {
  if (size >= this->size()) return;
  writable().resize(size);
  nonFinite_.erase(std::lower_bound(nonFinite_.begin(), nonFinite_.end(), Index(size)), nonFinite_.end());
  rebuild(size > 0 ? size - 1 : 0);
}

/// Makes the buckets over the values from `from` on; those before are as they should be.
void MinMaxPyramid::rebuild(size_t from) {
  size_t below = size(), first = from, level = 0;
  for (; below > 1; ++level) {
    const size_t count = (below + kFactor - 1) / kFactor;
    const bool isNew = level == levels_.size();
    if (isNew) levels_.emplace_back();
    first = isNew ? 0 : first / kFactor;
    auto& buckets = levels_[level];
    buckets.resize(count);
    for (size_t at = first; at < count; ++at) {
      const size_t end = std::min(below, (at + 1) * kFactor);
      if (level == 0) {
        buckets[at] = bucketOfValues(at * kFactor, end);
        continue;
      }
      Bucket all = bucketOf(level, at * kFactor);
      for (size_t child = at * kFactor + 1; child < end; ++child) all = merged(all, bucketOf(level, child));
      buckets[at] = all;
    }
    below = count;
  }
  levels_.resize(level);
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
    if (last - first == 1 || std::isfinite((*values_)[*at])) out.push_back(*at);
  }
}

std::vector<MinMaxPyramid::Index> MinMaxPyramid::pick(size_t first, size_t last,
                                                      const std::function<size_t(size_t)>& reach) const {
  last = std::min(last, size());
  std::vector<Index> out;
  while (first < last) {
    const size_t room = std::max<size_t>(1, reach(first) - first);
    if (room < kFactor) {  // no bucket is as short
      for (const size_t end = std::min(first + room, last); first < end; ++first) out.push_back(Index(first));
      continue;
    }
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
