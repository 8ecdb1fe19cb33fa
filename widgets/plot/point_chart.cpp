// A chart of runs as points: where each is. point_chart_paint.cpp draws them, point_chart_input.cpp has mouse and keys.
#include "widgets/plot/point_chart.h"

#include <algorithm>
#include <cmath>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kBucket = 16;  // px

}  // namespace

PointChart::PointChart(QWidget* parent) : QWidget(parent), empty_(tr("No runs to show.")) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  setAccessibleName(tr("Runs as points"));
}

void PointChart::setValues(SharedRunValues values) {
  const qint64 at = current();
  values_ = std::move(values);
  axes_.x = axes_.y = axes_.colour = -1;  // they belong to the values before
  rebuild();
  if (at == 0 || !values_) return;
  const auto found = std::ranges::find(values_->runs, at);
  if (found != values_->runs.end()) current_ = size_t(found - values_->runs.begin());
}

void PointChart::setAxes(const PointAxes& axes) {
  if (axes == axes_) return;
  const auto current = current_;
  axes_ = axes;
  rebuild();
  current_ = current;
}

void PointChart::setMarked(const MarkedRuns& marked) {
  if (marked == marked_) return;
  marked_ = marked;
  update();
}

void PointChart::setEmptyText(const QString& text) {
  empty_ = text;
  update();
}

const RunValues::Column* PointChart::column(int index) const {
  return values_ && index >= 0 && size_t(index) < values_->columns.size() ? &values_->columns[size_t(index)] : nullptr;
}

/// Everything that follows from values and axes.
void PointChart::rebuild() {
  rows_.clear();
  byX_.clear();
  byY_.clear();
  hovered_.reset();
  current_.reset();
  colouring_ = {};
  const auto *xs = column(axes_.x), *ys = column(axes_.y);
  if (xs && ys) {
    colouring_ = RunColouring(*values_, column(axes_.colour) ? axes_.colour : -1);
    const AxisScale x({0, 1}, axes_.logX && xs->texts.isEmpty()), y({0, 1}, axes_.logY && ys->texts.isEmpty());
    std::vector<double> shownX, shownY;
    for (size_t row = 0; row < values_->size(); ++row) {
      if (!x.shows(xs->values[row]) || !y.shows(ys->values[row])) continue;
      rows_.push_back(row);
      shownX.push_back(xs->values[row]);
      shownY.push_back(ys->values[row]);
    }
    wholeX_ = AxisScale::fitted(shownX, x.isLogarithmic());
    wholeY_ = AxisScale::fitted(shownY, y.isLogarithmic());
  }
  x_ = wholeX_;
  y_ = wholeY_;
  setAccessibleDescription(note());
  place();
}

QRect PointChart::gridIn(QSize size) const {
  const QFontMetrics metrics(font());
  const int right = colouring_.isScale() ? kScaleGap + kScaleWidth + kTickGap + kScaleText : kEdge + 8;
  const int top = kTop + metrics.height() + 10, bottom = 2 * metrics.height() + 16, left = kEdge + kLeftText;
  return {left, top, std::max(1, size.width() - left - right), std::max(1, size.height() - top - bottom)};
}

QPointF PointChart::pixelOf(const QRect& grid, double x, double y) const {
  return {grid.left() + x_.share(x) * grid.width(), grid.bottom() + 1 - y_.share(y) * grid.height()};
}

/// Where the points are on the screen, and in which bucket each is found.
void PointChart::place() {
  picture_ = {};
  places_.assign(rows_.size(), {});
  buckets_ = std::max(1, width() / kBucket + 1);
  bucket_.assign(size_t(buckets_) * size_t(std::max(1, height() / kBucket + 1)), {});
  const QRect grid = gridIn(size());
  for (size_t i = 0; i < rows_.size(); ++i) {
    places_[i] = pixelOf(grid, column(axes_.x)->values[rows_[i]], column(axes_.y)->values[rows_[i]]);
    if (!QRectF(grid).adjusted(-1, -1, 1, 1).contains(places_[i])) continue;
    const auto at = size_t(places_[i].y()) / kBucket * size_t(buckets_) + size_t(places_[i].x()) / kBucket;
    if (at < bucket_.size()) bucket_[at].push_back(uint32_t(i));
  }
  update();
}

std::optional<size_t> PointChart::rowAt(QPointF at) const {
  constexpr double kReach = 8;
  double nearest = kReach * kReach;
  std::optional<size_t> found;
  const int column = int(at.x()) / kBucket, line = int(at.y()) / kBucket;
  for (int y = line - 1; y <= line + 1; ++y) {
    for (int x = std::max(0, column - 1); x <= std::min(buckets_ - 1, column + 1); ++x) {
      const auto index = size_t(std::max(0, y)) * size_t(buckets_) + size_t(x);
      if (y < 0 || index >= bucket_.size()) continue;
      for (const uint32_t i : bucket_[index]) {
        const QPointF away = places_[i] - at;
        const double distance = QPointF::dotProduct(away, away);
        if (distance < nearest) nearest = distance, found = rows_[i];
      }
    }
  }
  return found;
}

std::optional<QPoint> PointChart::placeOf(qint64 run) const {
  for (size_t i = 0; i < rows_.size(); ++i)
    if (values_->runs[rows_[i]] == run && gridIn(size()).contains(places_[i].toPoint())) return places_[i].toPoint();
  return {};
}

qint64 PointChart::current() const {
  return values_ && current_ && *current_ < values_->size() ? values_->runs[*current_] : 0;
}

std::vector<int> PointChart::shownColumns() const {
  std::vector<int> columns{axes_.x};
  for (const int each : {axes_.y, axes_.colour})
    if (column(each) && std::ranges::find(columns, each) == columns.end()) columns.push_back(each);
  return columns;
}

QString PointChart::note() const {
  if (!values_ || !column(axes_.x) || !column(axes_.y)) return {};
  QStringList parts{tr("%1 of %2 runs").arg(text::steps(std::ssize(rows_)), text::steps(std::ssize(values_->runs)))};
  if (rows_.size() > kMostPoints) parts << tr("drawn as a density, brighter where more runs lie");
  const auto left = std::ssize(values_->runs) - std::ssize(rows_);
  if (left > 0)
    parts << (axes_.logX || axes_.logY
                  ? tr("%1 left out: no finite value, or none above 0 for a logarithmic axis").arg(text::steps(left))
                  : tr("%1 left out: no finite value").arg(text::steps(left)));
  if (axes_.means)
    parts << tr("lines: means of runs with the same %1, bands ± one standard deviation (n − 1)")
                 .arg(column(axes_.x)->name);
  return parts.join(QStringLiteral(" · "));
}

}  // namespace scanline
