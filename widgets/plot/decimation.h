#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace scanline {

/// Values by index with their extremes in buckets of 8, 64, 512, ... , kept up to date as values are appended. A curve
/// of a million points is drawn from a few thousand of them, always the same ones, and no spike is lost; the range of
/// any stretch costs O(log n). NaN and infinities are counted and never enter a range.
class MinMaxPyramid {
 public:
  using Index = uint32_t;  ///< 2^32 points are more than any run has steps

  struct Extremes {
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    double minPositive = std::numeric_limits<double>::infinity();
    size_t notPositive = 0;  ///< finite values <= 0, which a logarithmic axis cannot show
    bool any() const { return min <= max; }
    bool anyPositive() const { return minPositive <= max; }
    void add(const Extremes& other);
  };

  void append(double value) { append(std::span(&value, 1)); }
  /// Many at once cost a fraction of as many calls.
  void append(std::span<const double> values);
  /// Room for so many values in all.
  void reserve(size_t size);
  /// Forgets the values from `size` on.
  void truncate(size_t size);

  size_t size() const { return values_->size(); }
  double operator[](size_t at) const { return (*values_)[at]; }
  /// The values as they are now, for another thread: they are copied before they change.
  std::shared_ptr<const std::vector<double>> snapshot() const { return values_; }

  /// Of the values [first, last).
  Extremes extremes(size_t first, size_t last) const;

  /// Indices of [first, last) worth drawing, ascending. `reach(i)` is the index after the last value that falls on the
  /// same place of the picture as value i; of each such stretch at most first, minimum, maximum and last are given, and
  /// every value where the stretch is short. A stretch without a finite value gives one index, whose value breaks the
  /// line.
  std::vector<Index> pick(size_t first, size_t last, const std::function<size_t(size_t)>& reach) const;

  /// Indices of NaN and infinities, ascending.
  std::span<const Index> nonFinite() const { return nonFinite_; }

 private:
  static constexpr size_t kFactor = 8;
  struct Bucket {
    Index minAt = 0, maxAt = 0;  ///< meaningful if finite > 0
    Index finite = 0, notPositive = 0;
    double minPositive = std::numeric_limits<double>::infinity();
  };

  Bucket leaf(size_t at) const;
  Bucket bucketOf(size_t level, size_t at) const { return level == 0 ? leaf(at) : levels_[level - 1][at]; }
  Bucket merged(Bucket a, const Bucket& b) const;
  Bucket bucketOfValues(size_t first, size_t last) const;
  bool isWholeBucket(size_t first, Bucket& bucket) const;
  Extremes extremesOf(const Bucket& bucket) const;
  std::vector<double>& writable();
  void rebuild(size_t from);
  void emitBucket(const Bucket& bucket, size_t first, size_t last, std::vector<Index>& out) const;

  std::shared_ptr<std::vector<double>> values_ = std::make_shared<std::vector<double>>();
  std::vector<std::vector<Bucket>> levels_;  ///< levels_[k]: buckets of 8^(k+1) values, the last one not full
  std::vector<Index> nonFinite_;
};

/// The values at shares `low` and `high` (0..1) of the finite ones among [first, last); of long stretches a regular
/// sample of some ten thousand values is looked at. No finite value: both are NaN.
std::pair<double, double> quantiles(const MinMaxPyramid& values, size_t first, size_t last, double low, double high);

}  // namespace scanline
