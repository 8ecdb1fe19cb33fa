#include "widgets/plot/chart_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "widgets/plot/window_smoothing.h"

namespace scanline {

namespace {

constexpr size_t kAtOnce = 20'000;     // points that are smoothed within a millisecond or so, by any method
constexpr size_t kShortTail = 64;      // new points whose centred windows are looked at one by one
constexpr size_t kLongTail = 250'000;  // new points that a method that looks back smooths in a few milliseconds
// A pause: longer than this, and than this many times the mean distance of points so far.
constexpr double kLeastPause = 60'000 / 10, kPauseRatio = 20;
constexpr size_t kKnownPace = 3;  // points from which on their distance is known
constexpr size_t kPiece = 4096;   // points that are taken at once

double xOf(const QPointF& point) {
  return point.x();
}
double yOf(const QPointF& point) {
  return point.y();
}
double xOf(const Point& point) {
  return double(point.step);
}
double yOf(const Point& point) {
  return point.value;
}

}  // namespace

SmoothingJob::Result SmoothingJob::run() const {
  Result result{.how = how, .smoothed = {}, .running = RunningSmoothing(how), .cancelled = cancelled};
  std::vector<double> values;
  if (how.isCentred()) {
    values = smoothed(how, *x, *y, *cancelled);
  } else {
    values.reserve(y->size());
    for (size_t at = 0; at < y->size() && !*cancelled; ++at) values.push_back(result.running.next((*x)[at], (*y)[at]));
  }
  if (!*cancelled) result.smoothed.append(values);
  return result;
}

void ChartSeries::touch() {
  static uint64_t changes = 0;  // series belong to the window's thread
  revision_ = ++changes;
}

std::vector<double>& ChartSeries::writableX() {
  if (x_.use_count() > 1) x_ = std::make_shared<std::vector<double>>(*x_);
  return *x_;
}

/// Points that follow point `at` - 1 in time; from the first one on that came without, none has a time.
void ChartSeries::addTimes(size_t at, std::span<const Point> points) {
  if (times_.size() != at || points.empty() || points.front().timeMs <= 0) return;
  if (times_.empty()) firstMs_ = points.front().timeMs;
  std::array<uint32_t, kPiece> times;  // filled below
  size_t count = 0;
  uint32_t before = times_.empty() ? 0 : times_.back();
  for (; count < points.size() && points[count].timeMs > 0; ++count, ++at) {
    const int64_t since =
        std::clamp<int64_t>((points[count].timeMs - firstMs_) / 10, before, std::numeric_limits<uint32_t>::max());
    const double pause = double(since) - before;
    if (at >= kKnownPace && pause > kLeastPause && pause > kPauseRatio * double(before) / double(at - 1))
      restarts_.push_back(MinMaxPyramid::Index(at));
    before = times[count] = uint32_t(since);
  }
  times_.insert(times_.end(), times.begin(), times.begin() + std::ptrdiff_t(count));
}

/// Takes points, at most kPiece, as long as x rises; at least one. Returns how many.
template <class P>
size_t ChartSeries::appendRising(std::span<const P> points) {
  std::array<double, kPiece> x, y;  // filled below
  size_t count = 0;
  do {
    x[count] = xOf(points[count]);
    y[count] = yOf(points[count]);
    ++count;
  } while (count < std::min(kPiece, points.size()) && !(xOf(points[count]) <= x[count - 1]));
  auto& xs = writableX();
  if constexpr (std::is_same_v<P, Point>) addTimes(xs.size(), points.first(count));
  xs.insert(xs.end(), x.begin(), x.begin() + std::ptrdiff_t(count));
  raw_.append(std::span(y).first(count));
  return count;
}

void ChartSeries::reserve(size_t size) {
  if (size <= x_->capacity()) return;
  writableX().reserve(size);
  raw_.reserve(size);
  times_.reserve(size);
  if (wanted_.isOn() && !wanted_.isCentred()) smoothed_.reserve(size);
}

/// In pieces that the processor's cache holds, since a million points block the window otherwise.
template <class P>
void ChartSeries::appendAll(std::span<const P> points) {
  const size_t needed = size() + points.size();
  if (x_->capacity() < needed) reserve(std::max(2 * size(), needed));
  size_t from = raw_.size();  // so far smoothed
  while (!points.empty()) {
    if (const double x = xOf(points.front()); !x_->empty() && x <= x_->back()) {
      smoothTail(from);
      cut(size_t(std::lower_bound(x_->begin(), x_->end(), x) - x_->begin()));
      from = raw_.size();
    }
    points = points.subspan(appendRising(points));
  }
  smoothTail(from);
  touch();
}

void ChartSeries::append(std::span<const QPointF> points) {
  appendAll(points);
}
void ChartSeries::append(std::span<const Point> points) {
  appendAll(points);
}

void ChartSeries::truncateAfter(double x) {
  cut(size_t(std::upper_bound(x_->begin(), x_->end(), x) - x_->begin()));
}

/// Forgets the points from `keep` on.
void ChartSeries::cut(size_t keep) {
  if (keep >= size()) return;
  writableX().resize(keep);
  raw_.truncate(keep);
  times_.resize(std::min(times_.size(), keep));
  restarts_.erase(std::ranges::lower_bound(restarts_, MinMaxPyramid::Index(keep)), restarts_.end());
  smoothAll();
}

std::optional<double> ChartSeries::timeMs(size_t at) const {
  if (at >= times_.size()) return {};
  return double(firstMs_) + 10.0 * times_[at];
}

// --- smoothing ---

void ChartSeries::setSmoothing(const Smoothing& how) {
  if (how == wanted_) return;
  wanted_ = how;
  smoothAll();
}

/// The curve or its smoothing has changed.
void ChartSeries::smoothAll() {
  touch();
  if (underWay_) *underWay_ = true;
  underWay_.reset();
  isStale_ = wanted_.isOn() && size() > 0;
  if (!isStale_) {
    current_ = wanted_;
    smoothed_ = {};
    running_ = RunningSmoothing(wanted_);
  } else if (size() <= kAtOnce) {
    SmoothingJob job{wanted_, x_, raw_.snapshot(), std::make_shared<std::atomic<bool>>(false)};
    SmoothingJob::Result result = job.run();
    smoothed_ = std::move(result.smoothed);
    running_ = result.running;
    current_ = wanted_;
    isStale_ = false;
  } else if (smoothed_.size() > size()) {  // points were cut off: a method that only looks back keeps the rest
    if (current_.isCentred()) {
      smoothed_ = {};
    } else {
      smoothed_.truncate(size());
      running_ = RunningSmoothing(current_);
      for (size_t at = 0; at < size(); ++at) running_.next((*x_)[at], raw_[at]);
      isStale_ = current_ != wanted_;
    }
  }
}

/// The values from `from` on are new.
void ChartSeries::smoothTail(size_t from) {
  if (from == raw_.size() || !wanted_.isOn()) return;
  const bool isLong = raw_.size() > kAtOnce;
  if (!isLong && (wanted_.isCentred() || current_ != wanted_ || isStale_)) return smoothAll();
  if (smoothed_.size() != from || !current_.isOn()) {
    isStale_ = true;
    return;
  }
  if (raw_.size() - from > (current_.isCentred() ? kShortTail : kLongTail)) {  // elsewhere
    smoothed_ = {};
    isStale_ = true;
  } else if (current_.isCentred()) {
    std::vector<double> values;
    const auto& y = *raw_.snapshot();
    for (size_t at = from; at < y.size(); ++at)
      values.push_back(smoothedEnd(current_, std::span(*x_).first(at + 1), std::span(y).first(at + 1)));
    smoothed_.append(values);
    isStale_ = true;  // those before look ahead to the new ones
  } else {
    std::array<double, kPiece> values;  // filled below
    for (size_t at = from; at < raw_.size();) {
      size_t count = 0;
      for (; count < kPiece && at < raw_.size(); ++at) values[count++] = running_.next((*x_)[at], raw_[at]);
      smoothed_.append(std::span(values).first(count));
    }
  }
}

std::optional<SmoothingJob> ChartSeries::takeJob() {
  if (!isStale_ || underWay_) return {};
  underWay_ = std::make_shared<std::atomic<bool>>(false);
  return SmoothingJob{wanted_, x_, raw_.snapshot(), underWay_};
}

bool ChartSeries::takeResult(SmoothingJob::Result result) {
  if (result.cancelled != underWay_ || !underWay_) return false;
  underWay_.reset();
  touch();
  const size_t from = result.smoothed.size();
  smoothed_ = std::move(result.smoothed);
  running_ = result.running;
  current_ = wanted_;
  isStale_ = false;
  if (from < raw_.size()) smoothTail(from);  // points that came meanwhile
  return true;
}

// --- places ---

double ChartSeries::mapped(size_t at) const {
  if (mapping_.by == XMapping::By::Time)
    return at < times_.size() ? double(firstMs_) + 10.0 * times_[at] - mapping_.origin : 0;
  return (*x_)[at] * mapping_.scale;
}

/// The first point for which before(x) does not hold; it holds for all before that one.
template <class Before>
size_t ChartSeries::firstNot(Before before) const {
  size_t low = 0, high = size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (before(mapped(middle)))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::optional<size_t> ChartSeries::nearest(double x) const {
  if (empty()) return {};
  const size_t at = firstNot([x](double each) { return each < x; });
  if (at == size()) return size() - 1;
  return at > 0 && x - mapped(at - 1) <= mapped(at) - x ? at - 1 : at;
}

std::optional<size_t> ChartSeries::nearestGiven(double x) const {
  if (empty()) return {};
  const auto above = size_t(std::lower_bound(x_->begin(), x_->end(), x) - x_->begin());
  if (above == size()) return size() - 1;
  return above > 0 && x - (*x_)[above - 1] <= (*x_)[above] - x ? above - 1 : above;
}

std::pair<size_t, size_t> ChartSeries::inside(double low, double high) const {
  return {firstNot([low](double each) { return each < low; }), after(high)};
}

size_t ChartSeries::after(double x) const {
  return firstNot([x](double each) { return each <= x; });
}

size_t ChartSeries::after(double x, size_t from) const {
  size_t low = from, step = 1;  // no point before `low` is right of x
  while (low + step <= size() && mapped(low + step - 1) <= x) {
    low += step;
    step *= 2;
  }
  size_t high = std::min(low + step - 1, size());
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (mapped(middle) <= x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool ChartSeries::isInterrupted(size_t first, size_t last) const {
  if (mapping_.by != XMapping::By::Time || restarts_.empty()) return false;
  const auto next = std::ranges::upper_bound(restarts_, MinMaxPyramid::Index(first));
  return next != restarts_.end() && *next <= last;
}

}  // namespace scanline
