#pragma once

#include <QPointF>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/store/run_types.h"
#include "widgets/plot/curve_smoothing.h"
#include "widgets/plot/decimation.h"

namespace scanline {

/// Where the points of a line stand on the x axis: at the x they were given, at the time they were written, or nowhere
/// since nobody knows.
struct XMapping {
  enum class By { Value, Time, Nowhere };
  By by = By::Value;
  double scale = 1;   ///< by value: x counts so much, > 0
  double origin = 0;  ///< by time: Unix ms that are 0 on the axis
  bool operator==(const XMapping&) const = default;
};

/// A curve to be smoothed by another thread.
struct SmoothingJob {
  Smoothing how;
  std::shared_ptr<const std::vector<double>> x, y;
  std::shared_ptr<std::atomic<bool>> cancelled;

  struct Result {
    Smoothing how;
    MinMaxPyramid smoothed;
    RunningSmoothing running;  ///< after the last value, where the method looks back
    std::shared_ptr<std::atomic<bool>> cancelled;
  };
  Result run() const;
};

/// The points of one line in ascending x, raw and smoothed, each with its pyramid. Grows at its end.
///
/// A short curve is smoothed at once; of a long one, takeJob() gives the work to do elsewhere, and until its result
/// comes the curve keeps the smoothing that it has.
class ChartSeries {
 public:
  /// A point that does not lie right of the last one first drops all points from its x on, as a resumed run overwrites
  /// steps.
  void append(double x, double y) { append(std::span<const QPointF>(std::array{QPointF(x, y)})); }
  void append(std::span<const QPointF> points);
  /// x is the step; these points know when they were written.
  void append(std::span<const Point> points);
  /// Room for so many points in all: as they come in parts, those before stay where they are.
  void reserve(size_t size);
  /// Forgets points right of x, as given.
  void truncateAfter(double x);
  /// All points are smoothed, not only those shown.
  void setSmoothing(const Smoothing& how);
  /// Returns whether that is another one than before.
  bool setMapping(const XMapping& mapping) {
    if (mapping == mapping_) return false;
    mapping_ = mapping;
    touch();
    return true;
  }
  /// All points have a place on the axis: one of time has none for points that came without.
  bool isPlaced() const {
    return mapping_.by == XMapping::By::Value || (mapping_.by == XMapping::By::Time && times_.size() == size());
  }

  /// Another one for each line and each change of it.
  uint64_t revision() const { return revision_; }

  bool empty() const { return x_->empty(); }
  size_t size() const { return x_->size(); }
  /// On the axis.
  double x(size_t at) const { return mapped(at); }
  /// As given to append().
  double givenX(size_t at) const { return (*x_)[at]; }
  /// Unix ms, to 10 ms and never falling; nothing where the points came without.
  std::optional<double> timeMs(size_t at) const;
  bool isSmoothed() const { return smoothed_.size() == raw_.size() && raw_.size() > 0 && current_.isOn(); }
  const MinMaxPyramid& raw() const { return raw_; }
  const MinMaxPyramid& shown() const { return isSmoothed() ? smoothed_ : raw_; }

  /// The smoothing that is still to be done elsewhere, once; nothing while there is none or it is under way.
  std::optional<SmoothingJob> takeJob();
  /// False where the curve has changed meanwhile, so that the result is worth nothing.
  bool takeResult(SmoothingJob::Result result);

  /// Index of the point nearest in x; O(log n).
  std::optional<size_t> nearest(double x) const;
  /// Index of the point nearest to an x as given; O(log n).
  std::optional<size_t> nearestGiven(double x) const;
  /// Indices [first, last) of the points with x in [low, high]; O(log n).
  std::pair<size_t, size_t> inside(double low, double high) const;
  /// Index of the first point right of x; O(log n).
  size_t after(double x) const;
  /// The same for an x at or right of the point `from`; the nearer the result, the quicker.
  size_t after(double x, size_t from) const;
  /// On an axis of time: whether the run stood still somewhere between these two points, first < last.
  bool isInterrupted(size_t first, size_t last) const;

 private:
  template <class P>
  void appendAll(std::span<const P> points);
  template <class P>
  size_t appendRising(std::span<const P> points);
  std::vector<double>& writableX();
  void touch();
  void cut(size_t size);
  void addTimes(size_t at, std::span<const Point> points);
  void smoothTail(size_t from);
  void smoothAll();
  double mapped(size_t at) const;
  template <class Before>
  size_t firstNot(Before before) const;

  uint64_t revision_ = 0;  ///< 0: never changed, and so empty
  std::shared_ptr<std::vector<double>> x_ = std::make_shared<std::vector<double>>();
  std::vector<uint32_t> times_;  ///< 10 ms since firstMs_, never falling; as many as points, or none
  int64_t firstMs_ = 0;
  std::vector<MinMaxPyramid::Index> restarts_;  ///< points that came long after the one before
  XMapping mapping_;
  MinMaxPyramid raw_, smoothed_;  ///< as many smoothed values as points, or none
  Smoothing wanted_, current_;    ///< asked for; that of smoothed_
  RunningSmoothing running_;
  bool isStale_ = false;                         ///< smoothed_ is not of wanted_
  std::shared_ptr<std::atomic<bool>> underWay_;  ///< the job that was taken
};

}  // namespace scanline
