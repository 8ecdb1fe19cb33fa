// Parallel coordinates: data and drawing. Mouse and keys are in parallel_chart_input.cpp.
#include "widgets/plot/parallel_chart.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"
#include "widgets/plot/colour_scale.h"

namespace scanline {

namespace {

constexpr int kEdge = 12, kSide = 64, kBrushHalf = 6, kScaleRoom = 88, kScaleWidth = 12;
constexpr size_t kSmoothLines = 400;  // more are drawn without antialiasing

}  // namespace

ParallelChart::ParallelChart(QWidget* parent) : QWidget(parent), empty_(tr("No runs to show.")) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  setAccessibleName(tr("Parallel coordinates of runs"));
}

void ParallelChart::setValues(SharedRunValues values) {
  values_ = std::move(values);
  axes_.clear();
  brushes_.clear();
  hovered_.reset();
  current_.reset();
  colourColumn_ = -1;
  refilter();
}

void ParallelChart::setAxes(std::vector<Axis> axes, int colourColumn) {
  if (!values_) return;
  std::vector<std::optional<Span>> brushes;
  scales_.clear();
  for (const Axis& axis : axes) {
    const auto before = std::ranges::find(axes_, axis);
    brushes.push_back(before == axes_.end() ? std::nullopt : brushes_[size_t(before - axes_.begin())]);
    const auto& column = values_->columns[size_t(axis.column)];
    scales_.push_back(AxisScale::fitted(column.values, axis.logarithmic && column.texts.isEmpty()));
  }
  axes_ = std::move(axes);
  brushes_ = std::move(brushes);
  colourColumn_ = colourColumn;
  colouring_ = RunColouring(*values_, colourColumn);
  focusAxis_ = std::min(focusAxis_, axes_.empty() ? 0 : axes_.size() - 1);
  refilter();
}

void ParallelChart::setMarked(const MarkedRuns& marked) {
  if (marked == marked_) return;
  marked_ = marked;
  update();
}

void ParallelChart::setEmptyText(const QString& text) {
  empty_ = text;
  update();
}

void ParallelChart::setBrush(size_t axis, std::optional<Span> brush) {
  if (brush) brush = Span{std::clamp(brush->low, 0.0, 1.0), std::clamp(brush->high, 0.0, 1.0)};
  if (brushes_[axis] == brush) return;
  brushes_[axis] = brush;
  refilter();
  emit brushChanged();
}

bool ParallelChart::hasBrush() const {
  return std::ranges::any_of(brushes_, [](const auto& brush) { return brush.has_value(); });
}

/// Which runs lie inside all brushes; those without a value lie in no brush of its axis.
void ParallelChart::refilter() {
  const size_t runs = values_ ? values_->size() : 0;
  inside_.assign(runs, 1);
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    if (!brushes_[axis]) continue;
    const auto& values = columnOf(axis).values;
    for (size_t row = 0; row < runs; ++row) {
      const double share = scales_[axis].share(values[row]);
      if (!(share >= brushes_[axis]->low && share <= brushes_[axis]->high)) inside_[row] = 0;
    }
  }
  insideCount_ = size_t(std::ranges::count(inside_, 1));
  setAccessibleDescription(note());
  redraw();
}

void ParallelChart::redraw() {
  picture_ = {};
  update();
}

std::vector<qint64> ParallelChart::brushedRuns() const {
  std::vector<qint64> runs;
  for (size_t row = 0; row < inside_.size(); ++row)
    if (inside_[row]) runs.push_back(values_->runs[row]);
  return runs;
}

QString ParallelChart::note() const {
  if (!values_ || axes_.empty()) return {};
  const QString all = text::steps(std::ssize(inside_));
  QStringList parts{hasBrush() ? tr("%1 of %2 runs lie inside the brushes").arg(text::steps(qint64(insideCount_)), all)
                               : tr("%1 runs · drag along an axis to choose a part of it").arg(all)};
  if (inside_.size() > kMostLines)
    parts << tr("%1 of them are drawn, evenly chosen").arg(text::steps(qint64(kMostLines)));
  return parts.join(QStringLiteral(" · "));
}

qint64 ParallelChart::current() const {
  return current_ ? values_->runs[*current_] : 0;
}

std::vector<int> ParallelChart::shownColumns() const {
  std::vector<int> columns;
  for (const Axis& axis : axes_) columns.push_back(axis.column);
  if (colourColumn_ >= 0 && std::ranges::find(columns, colourColumn_) == columns.end())
    columns.push_back(colourColumn_);
  return columns;
}

// --- geometry ---

QRect ParallelChart::gridIn(QSize size) const {
  const int height = QFontMetrics(font()).height(), right = kSide + (colouring_.isScale() ? kScaleRoom : 0);
  return {kSide, kEdge + 2 * height, std::max(1, size.width() - kSide - right),
          std::max(1, size.height() - 2 * kEdge - 2 * height - 4)};
}

double ParallelChart::xOf(const QRect& grid, size_t axis) const {
  return axes_.size() < 2 ? grid.center().x() : grid.left() + double(axis) * grid.width() / double(axes_.size() - 1);
}

QPoint ParallelChart::placeOn(size_t axis, double share) const {
  const QRect grid = gridIn(size());
  return {qRound(xOf(grid, axis)), grid.bottom() + 1 - qRound(share * grid.height())};
}

double ParallelChart::shareAt(double y) const {
  const QRect grid = gridIn(size());
  return std::clamp((grid.bottom() + 1 - y) / grid.height(), 0.0, 1.0);
}

std::optional<size_t> ParallelChart::axisAt(QPointF at) const {
  constexpr double kReach = 10;
  const QRect grid = gridIn(size());
  for (size_t axis = 0; axis < axes_.size(); ++axis)
    if (std::abs(at.x() - xOf(grid, axis)) <= kReach && at.y() >= grid.top() - kReach &&
        at.y() <= grid.bottom() + kReach)
      return axis;
  return {};
}

/// The run of the drawn line that passes nearest above or below.
std::optional<size_t> ParallelChart::rowAt(QPointF at) const {
  const QRect grid = gridIn(size());
  if (axes_.size() < 2 || !grid.contains(at.toPoint())) return {};
  const double along = (at.x() - grid.left()) * double(axes_.size() - 1) / grid.width();
  const auto left = std::min(size_t(along), axes_.size() - 2);
  const double share = shareAt(at.y()), between = along - double(left);
  double nearest = 7.0 / grid.height();
  std::optional<size_t> found;
  const size_t every = (inside_.size() + kMostLines - 1) / kMostLines;
  for (size_t row = 0; row < inside_.size(); row += every) {
    if (!inside_[row]) continue;
    const double a = scales_[left].share(columnOf(left).values[row]);
    const double b = scales_[left + 1].share(columnOf(left + 1).values[row]);
    const double away = std::abs(a + between * (b - a) - share);
    if (away < nearest) nearest = away, found = row;
  }
  return found;
}

// --- painting ---

void ParallelChart::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  paint(painter, size(), theme, true);
  if (hasFocus()) paintFocusFrame(painter, rect(), theme);
}

void ParallelChart::paint(QPainter& painter, QSize size, const Theme& theme, bool interactive) {
  if (!values_ || values_->size() == 0 || axes_.empty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(QPoint(), size).adjusted(kEdge, kEdge, -kEdge, -kEdge), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_);
    return;
  }
  const QRect grid = gridIn(size);
  if (!interactive) {
    paintLines(painter, grid, theme);
  } else {
    if (picture_.isNull()) {
      picture_ = QImage(size * devicePixelRatio(), QImage::Format_ARGB32_Premultiplied);
      picture_.setDevicePixelRatio(devicePixelRatio());
      picture_.fill(Qt::transparent);
      QPainter onto(&picture_);
      paintLines(onto, grid, theme);
    }
    painter.drawImage(0, 0, picture_);
    painter.setRenderHint(QPainter::Antialiasing);
    for (size_t row = 0; row < values_->size(); ++row) {
      const qint64 run = values_->runs[row];
      const bool told = hovered_ ? hovered_ == row : hasFocus() && current_ == row;
      if (!told && run != marked_.chosen && !marked_.ticked.contains(run)) continue;
      // Ticked runs keep the colour of their value, which says more than a colour of all ticked ones.
      const bool stands = told || run == marked_.chosen;
      painter.setPen(QPen(stands ? theme.text : colouring_.colour(row, theme), told ? 3.5 : 2.5));
      paintLine(painter, grid, row);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
  }
  paintAxes(painter, grid, theme, interactive);
  if (colouring_.isScale()) {
    const QRect bar(grid.right() + kSide, grid.top(), kScaleWidth, grid.height());
    paintColourScale(painter, bar, {ColourMap::Even, colouring_.scale()}, theme);
  }
  const auto told = hovered_ ? hovered_ : hasFocus() ? current_ : std::nullopt;
  if (interactive && told && !dragging_) {
    const QPoint at = hovered_ ? mapFromGlobal(QCursor::pos())
                               : placeOn(focusAxis_, scales_[focusAxis_].share(columnOf(focusAxis_).values[*told]));
    paintRunTip(painter, rect(), at, *values_, *told, shownColumns(), theme);
  }
}

void ParallelChart::paintLine(QPainter& painter, const QRect& grid, size_t row) const {
  QPolygonF line;
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    const double share = scales_[axis].share(columnOf(axis).values[row]);
    if (std::isnan(share)) {  // the line is broken where the run has no value
      painter.drawPolyline(line);
      line.clear();
    } else {
      line << QPointF(xOf(grid, axis), grid.bottom() + 1 - share * grid.height());
    }
  }
  painter.drawPolyline(line);
}

void ParallelChart::paintLines(QPainter& painter, const QRect& grid, const Theme& theme) const {
  const size_t every = std::max<size_t>(1, (inside_.size() + kMostLines - 1) / kMostLines);
  const size_t drawn = inside_.size() / every;
  painter.setRenderHint(QPainter::Antialiasing, drawn <= kSmoothLines);
  // Those outside of the brushes first, so that they lie behind.
  for (const char inside : {char(0), char(1)}) {
    for (size_t row = 0; row < inside_.size(); row += every) {
      if (inside_[row] != inside) continue;
      QColor colour = inside ? colouring_.colour(row, theme) : theme.grid;
      if (inside) colour.setAlphaF(drawn > kSmoothLines ? 0.35F : 0.8F);
      painter.setPen(QPen(colour, drawn <= kSmoothLines ? 1.4 : 0));
      paintLine(painter, grid, row);
    }
  }
  painter.setRenderHint(QPainter::Antialiasing, false);
}

void ParallelChart::paintAxes(QPainter& painter, const QRect& grid, const Theme& theme, bool interactive) const {
  const QFontMetrics metrics(font());
  const int room = axes_.size() < 2 ? grid.width() : grid.width() / int(axes_.size() - 1);
  // Names that would be cut stand on two lines in turn, each with twice the room.
  bool cut = false;
  for (size_t axis = 0; axis < axes_.size(); ++axis)
    cut = cut || metrics.horizontalAdvance(columnOf(axis).name) > room - 12;
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    const int x = qRound(xOf(grid, axis));
    painter.setPen(QPen(interactive && hasFocus() && axis == focusAxis_ ? theme.accent : theme.line, 2));
    painter.drawLine(x, grid.top(), x, grid.bottom());
    if (const auto& brush = brushes_[axis]) {
      const int top = grid.bottom() + 1 - qRound(brush->high * grid.height());
      const int bottom = grid.bottom() + 1 - qRound(brush->low * grid.height());
      QColor fill = theme.accent;
      fill.setAlpha(70);
      painter.setPen(QPen(theme.accent, 1));
      painter.setBrush(fill);
      painter.drawRect(QRect(QPoint(x - kBrushHalf, top), QPoint(x + kBrushHalf, bottom)));
      painter.setBrush(Qt::NoBrush);
    }
    const bool isFocus = interactive && hasFocus() && axis == focusAxis_;
    painter.setPen(isFocus ? theme.text : theme.mutedText);
    const int half = std::min({((cut ? 2 : 1) * room - 12) / 2, 80, x - 4});
    const int line = cut && axis % 2 == 1 ? 2 : 1;
    painter.drawText(QRect(x - half, grid.top() - line * metrics.height() - 8, 2 * half, metrics.height()),
                     Qt::AlignHCenter, metrics.elidedText(columnOf(axis).name, Qt::ElideMiddle, 2 * half));
    const bool isLast = axis + 1 == axes_.size() && axis > 0;
    for (const AxisTick& tick : ticksOf(scales_[axis], std::max(2, grid.height() / 60), columnOf(axis).texts)) {
      const int y = grid.bottom() + 1 - qRound(tick.share * grid.height());
      const QString label = metrics.elidedText(tick.label, Qt::ElideMiddle, std::min(kSide - 12, room - 16));
      const int wide = metrics.horizontalAdvance(label) + 2;
      // The numbers of the last axis stand outside of the lines, as those of the first do.
      const QRect box(isLast ? x + kBrushHalf + 4 : x - kBrushHalf - 4 - wide, y - metrics.height() / 2, wide,
                      metrics.height());
      painter.fillRect(box, QColor(theme.card.red(), theme.card.green(), theme.card.blue(), 190));
      painter.setPen(theme.mutedText);
      painter.drawText(box, Qt::AlignCenter, label);
    }
  }
}

}  // namespace scanline
