#include "widgets/plot/dense_points.h"

#include <algorithm>
#include <cmath>

#include "widgets/plot/line_raster.h"

namespace scanline {

namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kSameScale = 1e-6;  // share; where a view moves, rounding makes another one of it
constexpr double kSamePlace = 0.1;   // pixels
constexpr double kMargin = 1;        // widths of a view that moves

Span stretchOf(const ChartFrame& frame) {
  return {onAxis(frame.x.low, frame.logX), onAxis(frame.x.high, frame.logX)};
}

}  // namespace

double onAxis(double value, bool isLogarithmic) {
  return isLogarithmic ? std::log(value) : value;
}

DensePoints::DensePoints(const ChartSeries& series, const MinMaxPyramid& values, const ChartFrame& frame, int width,
                         double margin)
    : revision_(series.revision()), logX_(frame.logX), logY_(frame.logY) {
  const Span seen = stretchOf(frame);
  pixel_ = seen.width() / width;
  stretch_ = {seen.low - margin * seen.width(), seen.high + margin * seen.width()};
  const auto valueOf = [this](double place) { return logX_ ? std::exp(place) : place; };
  auto [first, last] = margin > 0 ? series.inside(valueOf(stretch_.low), valueOf(stretch_.high))
                                  : series.inside(frame.x.low, frame.x.high);
  if (first > 0) --first;
  if (last < series.size()) ++last;
  if (first == 0) stretch_.low = -kInfinite;
  if (last == series.size()) stretch_.high = kInfinite;
  const double factor = std::exp(pixel_);
  const auto reach = [&](size_t at) {
    const double x = series.x(at);
    return logX_ ? (x > 0 ? series.after(x * factor, at) : at + 1) : series.after(x + pixel_, at);
  };
  const auto picked = values.pick(first, last, reach);
  points_.reserve(picked.size());
  size_t before = first;
  for (const auto at : picked) {
    const double x = series.x(at), y = values[at];
    if (logX_ && x <= 0) continue;
    if (!points_.empty() && series.isInterrupted(before, at)) points_.emplace_back(x, kNotANumber);
    before = at;
    points_.emplace_back(x, std::isfinite(y) && (!logY_ || y > 0) ? y : kNotANumber);
  }
  travel_.reserve(points_.size());
  double sum = 0, height = kNotANumber;
  for (const QPointF& point : points_) {
    const double next = onAxis(point.y(), logY_);
    if (std::isfinite(next - height)) sum += std::abs(next - height);
    height = next;
    travel_.push_back(sum);
  }
}

bool DensePoints::isOf(const ChartSeries& series, const ChartFrame& frame, int width) const {
  const double pixel = stretchOf(frame).width() / width;
  return series.revision() == revision_ && frame.logX == logX_ && frame.logY == logY_ &&
         std::abs(pixel - pixel_) <= kSameScale * pixel_;
}

bool DensePoints::covers(const ChartFrame& frame) const {
  const Span seen = stretchOf(frame);
  return seen.low >= stretch_.low && seen.high <= stretch_.high;
}

std::pair<size_t, size_t> DensePoints::indices(const ChartFrame& frame) const {
  const auto low = std::ranges::lower_bound(points_, frame.x.low, {}, &QPointF::x);
  const auto high = std::ranges::upper_bound(points_, frame.x.high, {}, &QPointF::x);
  const auto first = static_cast<size_t>(low - points_.begin()), last = static_cast<size_t>(high - points_.begin());
  return {first > 0 ? first - 1 : 0, std::min(last + 1, points_.size())};
}

std::span<const QPointF> DensePoints::shown(const ChartFrame& frame) const {
  const auto [first, last] = indices(frame);
  return std::span(points_).subspan(first, last - first);
}

double DensePoints::travel(const ChartFrame& frame) const {
  const auto [first, last] = indices(frame);
  return last > first ? travel_[last - 1] - travel_[first] : 0;
}

const LineColumns& DensePoints::columns(const ChartFrame& frame, double pixelsPerUnit, bool isStroke, int reach) const {
  if (points_.empty()) return made_.columns;
  const Span all{onAxis(points_.front().x(), logX_), onAxis(points_.back().x(), logX_)}, seen = stretchOf(frame);
  const auto ofLine = [&all](double low, double high) {
    return Span{std::max(low, all.low), std::min(high, all.high)};
  };
  const Span wanted = ofLine(seen.low, seen.high);
  const bool isSameGrid =
      made_.pixelsPerUnit > 0 && made_.isStroke == isStroke && made_.reach >= reach &&
      std::abs(made_.pixelsPerUnit - pixelsPerUnit) * std::max(std::abs(all.low), std::abs(all.high)) < kSamePlace;
  if (isSameGrid && made_.stretch.low <= wanted.low && made_.stretch.high >= wanted.high) return made_.columns;
  const double margin = isSameGrid ? kMargin * seen.width() : 0;  // it moves
  const Span stretch = ofLine(seen.low - margin, seen.high + margin);
  const double perUnit = pixelsPerUnit * (isStroke ? kStrokeParts : 1);
  std::vector<QPointF> places;
  places.reserve(points_.size());
  for (const QPointF& point : points_)
    places.emplace_back(onAxis(point.x(), logX_) * perUnit, onAxis(point.y(), logY_));
  const auto first = static_cast<int64_t>(std::floor(stretch.low * perUnit)) - reach;
  const int64_t end = static_cast<int64_t>(std::floor(stretch.high * perUnit)) + 1 + reach;
  const auto count = static_cast<size_t>(std::max<int64_t>(0, end - first));
  made_ = {pixelsPerUnit, isStroke, reach, stretch,
           isStroke ? strokeColumns(places, first, count) : hairColumns(places, first, count)};
  return made_.columns;
}

}  // namespace scanline
