#include "widgets/plot/chart_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plot/window_smoothing.h"

namespace scanline {

namespace {

constexpr size_t kAtOnce = 20'000;  // points that are smoothed within a millisecond or so
constexpr size_t kShortTail = 64;   // new points whose centred windows are looked at one by one
// A pause: longer than this, and than this many times the mean distance of points so far.
constexpr double kLeastPause = 60'000 / 10, kPauseRatio = 20;
constexpr size_t kKnownPace = 3;  // points from which on their distance is known

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

void ChartSeries::addTime(int64_t ms) {
  if (times_.empty()) firstMs_ = ms;
  const uint32_t before = times_.empty() ? 0 : times_.back();
  const int64_t since = std::clamp<int64_t>((ms - firstMs_) / 10, before, std::numeric_limits<uint32_t>::max());
  const size_t at = times_.size();
  const double pause = double(since) - before;
  if (at >= kKnownPace && pause > kLeastPause && pause > kPauseRatio * double(before) / double(at - 1))
    restarts_.push_back(MinMaxPyramid::Index(at));
  times_.push_back(uint32_t(since));
}

template <class P>
void ChartSeries::appendAll(std::span<const P> points) {
  constexpr bool hasTimes = std::is_same_v<P, Point>;
  std::vector<double> values;
  values.reserve(points.size());
  const auto hand = [&] {
    if (values.empty()) return;
    const size_t from = raw_.size();
    raw_.append(values);
    values.clear();
    smoothTail(from);
  };
  auto* xs = &writableX();
  if (xs->capacity() < xs->size() + points.size()) xs->reserve(std::max(2 * xs->size(), xs->size() + points.size()));
  for (const P& point : points) {
    const double x = xOf(point);
    if (!xs->empty() && x <= xs->back()) {
      hand();
      cut(size_t(std::lower_bound(x_->begin(), x_->end(), x) - x_->begin()));
      xs = &writableX();
    }
    if constexpr (hasTimes)
      if (times_.size() == xs->size() && point.timeMs > 0) addTime(point.timeMs);
    xs->push_back(x);
    values.push_back(yOf(point));
  }
  hand();
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
  if (isLong && (from == 0 || raw_.size() - from > kAtOnce)) {  // a whole curve has come: elsewhere
    smoothed_ = {};
    isStale_ = true;
    return;
  }
  std::vector<double> values;
  if (!current_.isCentred()) {
    for (size_t at = from; at < raw_.size(); ++at) values.push_back(running_.next((*x_)[at], raw_[at]));
  } else if (raw_.size() - from <= kShortTail) {
    const auto& y = *raw_.snapshot();
    for (size_t at = from; at < y.size(); ++at)
      values.push_back(smoothedEnd(current_, std::span(*x_).first(at + 1), std::span(y).first(at + 1)));
    isStale_ = true;  // those before look ahead to the new ones
  } else {
    smoothed_ = {};
    isStale_ = true;
    return;
  }
  smoothed_.append(values);
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
