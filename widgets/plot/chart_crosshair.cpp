#include <QLabel>
#include <algorithm>
#include <cmath>

#include "widgets/plot/chart.h"
#include "widgets/plot/chart_ticks.h"

// The texts at the crosshair, and in the middle of an empty chart.

namespace scanline {

namespace {

constexpr size_t kMostRows = 12;
constexpr size_t kMostReadouts = 3;
const QString kBetweenReadouts = QStringLiteral("   ");

}  // namespace

void Chart::updateOverlay() {
  ChartOverlay::Content content;
  content.area = plot_.area();
  const bool any = std::any_of(lines_.begin(), lines_.end(),
                               [](const auto& line) { return line.second.isShown() && !line.second.series.empty(); });
  const bool hasPoints =
      any || std::ranges::any_of(lines_, [](const auto& line) { return !line.second.series.empty(); });
  if (!hasPoints) content.empty = texts_.empty;
  if (hasPoints && !any) content.empty = tr("All its curves are hidden, or have no place on this axis.");
  if (drag_ == Drag::Zoom) content.rubberBand = QRectF(dragFrom_, dragAt_).normalized().toRect();
  if (cursor_ && any && drag_ == Drag::None) {
    content.crosshair = true;
    content.x = plot_.pixelOf(*cursor_, frame_.y.low).x();
    content.table = cursorTable_;
    fillTable(content);
  }
  overlay_->setContent(std::move(content));
  updateReadout();
}

void Chart::updateReadout() {
  const auto& content = overlay_->content();
  const QFontMetrics metrics(readout_->font());
  int room = readout_->width();
  QStringList values;
  for (const auto& row : content.rows) {
    if (content.table || row.points || values.size() == qsizetype(kMostReadouts)) continue;
    room -= metrics.horizontalAdvance(QStringLiteral("● ") + row.value);
    if (!values.empty()) room -= metrics.horizontalAdvance(kBetweenReadouts);
    if (room < 0) break;  // a number that is cut would be another number
    values << QStringLiteral("<span style='color:%1'>●</span>&nbsp;%2").arg(row.colour.name(), row.value);
  }
  readout_->setText(values.join(QStringLiteral(" &nbsp; ")));
}

void Chart::fillTable(ChartOverlay::Content& content) const {
  const Theme theme(palette());
  struct Found {
    double distance;
    TipRow row;
  };
  std::vector<Found> found;
  for (const auto& [key, line] : lines_) {
    const auto at = line.isData() ? line.series.nearest(*cursor_) : std::nullopt;
    if (!at) continue;
    const double x = line.series.x(*at), shown = line.series.shown()[*at], raw = line.series.raw()[*at];
    const bool points = line.style.look == LineLook::Points;
    // A curve that ended long ago has no value here; sparse points are shown with their own step.
    const QPointF pixel = plot_.pixelOf(x, shown);
    if (!points && std::abs(pixel.x() - content.x) > 24) continue;
    const QColor colour = theme.run(line.style.colour);
    TipRow row{.colour = colour, .dash = runDash(line.style.colour), .points = points, .name = line.style.name};
    row.value = valueText(texts_.y, shown);
    if (line.series.isSmoothed() && !points) row.extra = tr("raw %1").arg(valueText(texts_.y, raw));
    if (*at < line.deviations.size()) row.extra = tr("± %1").arg(valueText(texts_.y, line.deviations[*at]));
    if (x != *cursor_) row.extra = tr("at %1").arg(valueText(texts_.x, x));
    const double distance = std::isfinite(pixel.y()) ? std::abs(pixel.y() - mouseY_) : 1e9;
    found.push_back({distance, row});
    if (std::isfinite(pixel.y())) content.dots.emplace_back(pixel, colour);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
  content.title = tr("%1 %2").arg(texts_.xTitle, valueText(texts_.x, *cursor_));
  content.more = int(found.size()) - int(std::min(found.size(), kMostRows));
  for (size_t at = 0; at < std::min(found.size(), kMostRows); ++at) content.rows.push_back(std::move(found[at].row));
}

}  // namespace scanline
