#include "widgets/plot/setting_map.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"
#include "widgets/plot/chart_ticks.h"
#include "widgets/plot/figure_export.h"

namespace scanline {

namespace {

constexpr int kEdge = 12, kTop = 10, kLeftText = 72, kTickGap = 6, kScaleWidth = 12, kScaleGap = 14, kScaleText = 64;
constexpr int kMostWide = 150, kMostHigh = 90;  ///< of a cell: few of them stand in the middle
constexpr QSize kFigureSize{640, 420};

/// The cells of one axis: their labels, and the cell in which a value lies.
struct Cuts {
  QStringList labels;
  std::vector<double> values;  ///< of cells that stand for one value each, ascending
  std::optional<AxisScale> bins;

  std::optional<size_t> at(double value) const {
    if (!std::isfinite(value)) return {};
    if (!bins) {
      const auto found = std::ranges::lower_bound(values, value);
      return size_t(found - values.begin());
    }
    const double share = bins->share(value);
    if (std::isnan(share)) return {};
    return std::min(size_t(std::max(0.0, share) * SettingMap::kBins), SettingMap::kBins - 1);
  }
};

Cuts cutsOf(const RunValues::Column& column, bool logarithmic) {
  Cuts cuts;
  for (const double value : column.values)
    if (std::isfinite(value)) cuts.values.push_back(value);
  std::ranges::sort(cuts.values);
  cuts.values.erase(std::unique(cuts.values.begin(), cuts.values.end()), cuts.values.end());
  const auto name = [](double value) { return valueText(TickText::Number, value); };
  if (cuts.values.size() <= SettingMap::kMostValues || !column.texts.isEmpty()) {
    for (const double value : cuts.values)
      cuts.labels << (column.texts.isEmpty() ? name(value) : column.texts.value(qsizetype(value)));
    return cuts;
  }
  if (logarithmic) std::erase_if(cuts.values, [](double value) { return value <= 0; });
  if (cuts.values.size() < 2) return cutsOf(column, false);
  cuts.bins = AxisScale({cuts.values.front(), cuts.values.back()}, logarithmic);
  for (size_t i = 0; i < SettingMap::kBins; ++i)
    cuts.labels << QStringLiteral("%1–%2").arg(text::number(cuts.bins->value(double(i) / SettingMap::kBins), 2),
                                               text::number(cuts.bins->value(double(i + 1) / SettingMap::kBins), 2));
  return cuts;
}

}  // namespace

SettingMap::SettingMap(QWidget* parent) : QWidget(parent), empty_(tr("No runs to show.")) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  setAccessibleName(tr("Heat map of two settings"));
}

void SettingMap::setValues(SharedRunValues values) {
  values_ = std::move(values);
  axes_ = {};
  rebuild();
}

void SettingMap::setAxes(const Axes& axes) {
  if (axes == axes_) return;
  axes_ = axes;
  rebuild();
}

void SettingMap::setEmptyText(const QString& text) {
  empty_ = text;
  update();
}

void SettingMap::rebuild() {
  xLabels_.clear();
  yLabels_.clear();
  cells_.clear();
  current_.reset();
  hovered_.reset();
  binned_ = false;
  update();
  if (!values_ || axes_.x < 0 || axes_.y < 0 || axes_.value < 0) return;
  const auto &xs = values_->columns[size_t(axes_.x)], &ys = values_->columns[size_t(axes_.y)];
  const auto& of = values_->columns[size_t(axes_.value)].values;
  const Cuts x = cutsOf(xs, axes_.logX), y = cutsOf(ys, axes_.logY);
  if (x.labels.isEmpty() || y.labels.isEmpty()) return;
  xLabels_ = x.labels;
  yLabels_ = y.labels;
  binned_ = x.bins || y.bins;
  cells_.resize(columns() * lines());
  for (size_t row = 0; row < values_->size(); ++row) {
    const auto column = x.at(xs.values[row]), line = y.at(ys.values[row]);
    if (column && line) cells_[*line * columns() + *column].rows.push_back(row);
  }
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (Cell& cell : cells_) {
    std::vector<double> values;
    for (const size_t row : cell.rows) values.push_back(of[row]);
    cell.value = meanDeviation(values);
    if (cell.value.count > 0) low = std::min(low, cell.value.mean), high = std::max(high, cell.value.mean);
  }
  if (low > high) low = 0, high = 1;
  if (low == high) high = low + std::max(1e-9, std::abs(low) * 0.1);
  scale_.axis = AxisScale({low, high}, false);
  setAccessibleDescription(note());
}

QString SettingMap::note() const {
  if (cells_.empty()) return {};
  size_t runs = 0;
  for (const Cell& cell : cells_) runs += size_t(cell.value.count);
  QStringList parts{tr("means of %1 over %2 of %3 runs")
                        .arg(values_->columns[size_t(axes_.value)].name, text::steps(qint64(runs)),
                             text::steps(std::ssize(values_->runs)))};
  if (binned_) parts << tr("more than %1 different values are put into %2 bins").arg(kMostValues).arg(kBins);
  return parts.join(QStringLiteral(" · "));
}

// --- geometry ---

QRect SettingMap::gridIn(QSize size) const {
  const QFontMetrics metrics(font());
  const int left = kEdge + kLeftText + kTickGap, right = kScaleGap + kScaleWidth + kTickGap + kScaleText;
  const int top = kTop + metrics.height() + 10, bottom = 2 * metrics.height() + 16;
  const QRect room(left, top, std::max(1, size.width() - left - right), std::max(1, size.height() - top - bottom));
  QRect grid(0, 0, std::min(room.width(), kMostWide * int(columns())),
             std::min(room.height(), kMostHigh * int(lines())));
  grid.moveCenter(room.center());
  return grid;
}

QRect SettingMap::rectOf(const QRect& grid, size_t index) const {
  const int column = int(index % columns()), line = int(index / columns());
  const int wide = int(columns()), high = int(lines());
  const QPoint topLeft(grid.left() + column * grid.width() / wide,
                       grid.bottom() + 1 - (line + 1) * grid.height() / high);
  const QPoint end(grid.left() + (column + 1) * grid.width() / wide, grid.bottom() + 1 - line * grid.height() / high);
  return {topLeft, end - QPoint(1, 1)};
}

std::optional<size_t> SettingMap::cellAt(QPoint at) const {
  const QRect grid = gridIn(size());
  for (size_t index = 0; index < cells_.size(); ++index)
    if (rectOf(grid, index).contains(at)) return index;
  return {};
}

QPoint SettingMap::placeOf(size_t column, size_t line) const {
  return rectOf(gridIn(size()), line * columns() + column).center();
}

QString SettingMap::tellCell(size_t index) const {
  const Cell& cell = cells_[index];
  const auto& columnsOf = values_->columns;
  const QString place = QStringLiteral("%1 %2 · %3 %4")
                            .arg(columnsOf[size_t(axes_.x)].name, xLabels_[qsizetype(index % columns())],
                                 columnsOf[size_t(axes_.y)].name, yLabels_[qsizetype(index / columns())]);
  if (cell.rows.empty()) return tr("%1 · no run").arg(place);
  if (cell.value.count == 0) return tr("%1 · no value").arg(place);
  if (cell.value.count == 1) return tr("%1 · %2, one run").arg(place, valueText(TickText::Number, cell.value.mean));
  return tr("%1 · %2, %3 runs")
      .arg(place, QString::fromStdString(spreadText(cell.value.mean, cell.value.deviation)))
      .arg(cell.value.count);
}

// --- painting ---

void SettingMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  paint(painter, size(), theme, true);
  if (hasFocus()) paintFocusFrame(painter, rect(), theme);
}

void SettingMap::paint(QPainter& painter, QSize size, const Theme& theme, bool interactive) const {
  if (cells_.empty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(QPoint(), size).adjusted(kEdge, kEdge, -kEdge, -kEdge), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_);
    return;
  }
  const QFontMetrics metrics(font());
  const QRect grid = gridIn(size), head(kEdge, kTop, size.width() - 2 * kEdge, metrics.height());
  const auto told = hovered_ ? hovered_ : current_;
  paintHead(painter, head, tr("Mean of %1").arg(values_->columns[size_t(axes_.value)].name),
            interactive && told ? tellCell(*told) : QString(), theme);
  for (size_t index = 0; index < cells_.size(); ++index) {
    const QRect cell = rectOf(grid, index).adjusted(0, 0, -1, -1);
    const Cell& value = cells_[index];
    if (value.value.count == 0) {
      painter.fillRect(cell, theme.grid);
      continue;
    }
    const QColor fill = scale_.colour(value.value.mean);
    painter.fillRect(cell, fill);
    const QString words = valueText(TickText::Number, value.value.mean);
    if (cell.height() < metrics.height() + 2 || metrics.horizontalAdvance(words) + 6 > cell.width()) continue;
    painter.setPen(inkOn(fill));
    painter.drawText(cell, Qt::AlignCenter, words);
  }
  paintLabels(painter, grid, size, theme);
  paintColourScale(painter, QRect(grid.right() + kScaleGap, grid.top(), kScaleWidth, grid.height()), scale_, theme);
  if (interactive && current_)
    paintCellRing(painter, rectOf(grid, *current_).adjusted(0, 0, -1, -1), hasFocus(), theme);
}

void SettingMap::paintLabels(QPainter& painter, const QRect& grid, QSize size, const Theme& theme) const {
  const QFontMetrics metrics(font());
  painter.setPen(theme.mutedText);
  int free = grid.bottom() + metrics.height();  // going up: labels that would touch the one before are left out
  for (size_t line = 0; line < lines(); ++line) {
    const QRect cell = rectOf(grid, line * columns());
    if (cell.center().y() + metrics.height() / 2 > free) continue;
    free = cell.center().y() - metrics.height() / 2;
    painter.drawText(QRect(grid.left() - kTickGap - kLeftText, cell.center().y() - metrics.height() / 2, kLeftText,
                           metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter,
                     metrics.elidedText(yLabels_[qsizetype(line)], Qt::ElideMiddle, kLeftText));
  }
  free = 0;
  for (size_t column = 0; column < columns(); ++column) {
    const QRect cell = rectOf(grid, column);
    const QString label = metrics.elidedText(xLabels_[qsizetype(column)], Qt::ElideMiddle, std::max(60, cell.width()));
    const int half = metrics.horizontalAdvance(label) / 2;
    if (cell.center().x() - half < free) continue;
    free = cell.center().x() + half + 8;
    painter.drawText(QRect(cell.center().x() - half - 1, grid.bottom() + kTickGap, 2 * half + 4, metrics.height()),
                     Qt::AlignHCenter, label);
  }
  painter.drawText(
      QRect(kEdge, grid.bottom() + metrics.height() + 10, size.width() - 2 * kEdge, metrics.height()), Qt::AlignHCenter,
      tr("X: %1 · Y: %2").arg(values_->columns[size_t(axes_.x)].name, values_->columns[size_t(axes_.y)].name));
}

// --- input ---

void SettingMap::choose(size_t index, bool add) {
  current_ = index;
  setAccessibleDescription(tellCell(index));
  update();
  if (!cells_[index].rows.empty()) emit runsChosen(values_->idsOf(cells_[index].rows), add);
}

void SettingMap::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  if (const auto at = cellAt(event->position().toPoint())) choose(*at, event->modifiers() & Qt::ControlModifier);
}

void SettingMap::mouseMoveEvent(QMouseEvent* event) {
  const auto at = cellAt(event->position().toPoint());
  if (at == hovered_) return;
  hovered_ = at;
  setCursor(at && !cells_[*at].rows.empty() ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
}

void SettingMap::leaveEvent(QEvent*) {
  hovered_.reset();
  update();
}

void SettingMap::keyPressEvent(QKeyEvent* event) {
  if (cells_.empty()) return QWidget::keyPressEvent(event);
  auto column = current_ ? int64_t(*current_ % columns()) : 0, line = current_ ? int64_t(*current_ / columns()) : 0;
  switch (event->key()) {
    case Qt::Key_Left:
      --column;
      break;
    case Qt::Key_Right:
      ++column;
      break;
    case Qt::Key_Up:
      ++line;
      break;
    case Qt::Key_Down:
      --line;
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (current_) choose(*current_, event->key() == Qt::Key_Space);
      return;
    default:
      return QWidget::keyPressEvent(event);
  }
  hovered_.reset();
  if (!current_) column = line = 0;
  current_ = size_t(std::clamp<int64_t>(line, 0, int64_t(lines()) - 1)) * columns() +
             size_t(std::clamp<int64_t>(column, 0, int64_t(columns()) - 1));
  setAccessibleDescription(tellCell(*current_));
  update();
}

void SettingMap::contextMenuEvent(QContextMenuEvent* event) {
  if (cells_.empty()) return;
  openFigureMenu(
      *this, event->globalPos(), tr("heat-map"), kFigureSize,
      [this](QPainter& painter, const Theme& theme) { paint(painter, kFigureSize, theme, false); },
      [this](const QString& why) { emit failed(why); });
}

void SettingMap::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
