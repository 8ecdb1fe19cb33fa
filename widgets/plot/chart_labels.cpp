#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plot/chart_plot.h"
#include "widgets/plot/end_names.h"

// The names at the right ends of the lines.

namespace scanline {

namespace {

constexpr int kLabelGap = 8, kLongestLabel = 150;
constexpr size_t kMostLabels = 6;

}  // namespace

void ChartPlot::setLabels(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  plot_->clearItems();
  labels_.clear();
  const QFontMetrics metrics(plot_->font());
  const auto labelled = [](const ChartLine& line) {
    return line.style.labelled && line.isShown() && !line.series.empty();
  };
  const auto count =
      size_t(std::count_if(lines.begin(), lines.end(), [&](const auto& l) { return labelled(l.second); }));
  const int longest = std::min(kLongestLabel, plot_->width() / 3);  // the lines need the most of a narrow chart
  int widest = 0;
  if (count <= kMostLabels) {
    QStringList names;
    for (const auto& [key, line] : lines)
      if (labelled(line)) names << line.style.name;
    names = endNames(names, metrics, longest);
    qsizetype next = 0;
    for (const auto& [key, line] : lines) {
      if (!labelled(line)) continue;
      const QString& name = names[next++];
      const auto [first, last] = line.series.inside(frame.x.low, frame.x.high);
      if (first == last) continue;
      size_t at = last - 1;
      while (at > first && !std::isfinite(line.series.shown()[at])) --at;
      auto* item = new QCPItemText(plot_);
      item->setLayer(QStringLiteral("labels"));
      item->setClipToAxisRect(false);
      item->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
      item->setFont(plot_->font());
      item->setColor(line.style.look == LineLook::Reference ? theme.mutedText : theme.run(line.style.colour));
      item->setText(name);
      labels_.push_back({item, line.series.shown()[at]});
      widest = std::max(widest, metrics.horizontalAdvance(name));
    }
  }
  plot_->axisRect()->setMinimumMargins({40, 8, widest > 0 ? widest + kLabelGap + 12 : 20, 20});
}

void ChartPlot::placeLabels() {
  // From the top down, each at its line's end or just below its upper neighbour; then back up if the last fell off.
  if (labels_.empty()) return;
  const QRect inside = area();
  const int height = QFontMetrics(plot_->font()).height();
  std::vector<std::pair<double, QCPItemText*>> placed;
  for (const auto& label : labels_) {
    const double y = plot_->yAxis->coordToPixel(label.y);
    placed.emplace_back(
        std::clamp(std::isfinite(y) ? y : 0.0, inside.top() + height / 2.0, inside.bottom() - height / 2.0),
        label.item);
  }
  // Of lines that end at the same value the order stays from one drawing to the next.
  std::ranges::stable_sort(placed, {}, &std::pair<double, QCPItemText*>::first);
  for (size_t at = 1; at < placed.size(); ++at)
    placed[at].first = std::max(placed[at].first, placed[at - 1].first + height);
  double limit = inside.bottom() - height / 2.0;
  for (size_t at = placed.size(); at-- > 0; limit = placed[at].first - height)
    placed[at].first = std::min(placed[at].first, limit);
  for (const auto& [y, item] : placed) item->position->setPixelPosition({double(inside.right() + kLabelGap), y});
}

}  // namespace scanline
