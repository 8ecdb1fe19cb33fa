#include "widgets/plot/chart_plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plot/chart_ticks.h"

namespace scanline {

namespace {

constexpr double kFarOff = 50;  // spans beyond the axis at which values are cut, to keep the rasteriser's numbers small
constexpr size_t kSmoothPoints = 4000;  // above, thin unsmoothed lines are drawn without antialiasing
constexpr int kLabelGap = 8;
constexpr size_t kMostLabels = 6;
constexpr qsizetype kPiece = 64;  // points after which a long line is broken and goes on as another
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

QPen solidPen(const QColor& colour, double width, Qt::PenStyle dash = Qt::SolidLine) {
  // Round ends hide the cuts of long lines.
  return QPen(colour, width, dash, dash == Qt::SolidLine ? Qt::RoundCap : Qt::FlatCap, Qt::RoundJoin);
}

/// The points of `values` worth drawing at `width` pixels, with one on either side so that the line leaves the picture.
QVector<QCPGraphData> visible(const ChartSeries& series, const MinMaxPyramid& values, const ChartFrame& frame,
                              int width) {
  auto [first, last] = series.inside(frame.x.low, frame.x.high);
  if (first > 0) --first;
  if (last < series.size()) ++last;
  // Half a pixel: its extremes then fall on the right column.
  const double step = frame.x.width() / (2.0 * width), factor = std::pow(frame.x.high / frame.x.low, 1 / (2.0 * width));
  const auto reach = [&, logX = frame.logX](size_t at) {
    const double x = series.x(at);
    return logX ? (x > 0 ? series.after(x * factor) : at + 1) : series.after(x + step);
  };
  const double bottom = frame.y.low - kFarOff * frame.y.width(), top = frame.y.high + kFarOff * frame.y.width();
  QVector<QCPGraphData> points;
  for (const auto at : values.pick(first, last, reach)) {
    const double x = series.x(at), y = values[at];
    if (frame.logX && x <= 0) continue;
    const bool shown = std::isfinite(y) && (!frame.logY || y > 0);
    // Filling the outline of a wide line costs the square of its length where it crosses itself: a dense one is cut in
    // pieces.
    if (points.size() % (kPiece + 2) == kPiece && std::isfinite(points.back().value)) {
      const QCPGraphData end = points.back();
      points.append({end.key, kNotANumber});
      points.append(end);
    }
    points.append({x, shown ? std::clamp(y, frame.logY ? y : bottom, top) : kNotANumber});
  }
  return points;
}

}  // namespace

ChartPlot::ChartPlot(QWidget* parent, TickText x, TickText y, const QString& xTitle)
    : plot_(new QCustomPlot(parent)), xText_(x), yText_(y) {
  plot_->setObjectName(QStringLiteral("plot"));
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->setMouseTracking(true);
  plot_->setMinimumSize(8, 8);  // of nothing it cannot make a picture, and complains
  plot_->setPlottingHint(QCP::phFastPolylines);
  plot_->setNotAntialiasedElements(QCP::aeAxes | QCP::aeGrid);
  plot_->addLayer(QStringLiteral("raw"), plot_->layer(QStringLiteral("grid")));
  plot_->addLayer(QStringLiteral("labels"), plot_->layer(QStringLiteral("axes")));
  plot_->axisRect()->setMinimumMargins({40, 8, 20, 20});
  plot_->plotLayout()->setRowSpacing(0);
  plot_->xAxis->setLabel(xTitle);
  QObject::connect(plot_, &QCustomPlot::afterLayout, plot_, [this] { placeLabels(); });
}

QWidget& ChartPlot::widget() const {
  return *plot_;
}

void ChartPlot::draw(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  setAxes(frame, plot_->size());
  fill(frame, lines, theme, std::max(1, int(plot_->axisRect()->width() * plot_->bufferDevicePixelRatio())));
  plot_->replot(QCustomPlot::rpQueuedRefresh);
}

void ChartPlot::paintFigure(QPaintDevice& device, QSize size, const QString& title, const ChartFrame& frame,
                            const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  const bool raster = device.devType() == QInternal::Image;
  QCPPainter painter;
  if (!painter.begin(&device)) return;
  painter.setMode(QCPPainter::pmNonCosmetic);
  painter.setMode(QCPPainter::pmVectorized, !raster);
  painter.setRenderHint(QPainter::Antialiasing);
  QFont bold = plot_->font();
  bold.setWeight(QFont::DemiBold);
  painter.setFont(bold);
  const int head = QFontMetrics(bold).height() + 12;
  painter.setPen(theme.text);
  painter.drawText(QRect(12, 8, size.width() - 24, head), Qt::AlignLeft | Qt::AlignTop, title);
  const QSize inner(size.width(), size.height() - head);
  setAxes(frame, inner);
  fill(frame, lines, theme, 2 * inner.width());
  painter.translate(0, head);
  plot_->toPainter(&painter, inner.width(), inner.height());
}

void ChartPlot::fill(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme,
                     int width) {
  styleAxes(theme);
  graphsUsed_ = 0;
  // Backwards through the looks, so that the most important line is drawn last.
  for (const auto look :
       {LineLook::Faint, LineLook::Dots, LineLook::Reference, LineLook::Curve, LineLook::Points, LineLook::Mark})
    for (const auto& [key, line] : lines)
      if (line.style.look == look) fillLine(line, frame, theme, width);
  for (const auto& [key, line] : lines) fillMarks(line, frame, theme, width);
  while (plot_->graphCount() > int(graphsUsed_)) plot_->removeGraph(plot_->graphCount() - 1);
  setLabels(frame, lines, theme);
}

void ChartPlot::styleAxes(const Theme& theme) {
  plot_->setBackground(QBrush(theme.card));
  for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
    const QPen hairline(theme.line, 1);
    axis->setBasePen(hairline);
    axis->setTickPen(hairline);
    axis->setSubTickPen(hairline);
    axis->setNumberFormat(QStringLiteral("g"));  // else 3e-3 is set with superscripts, unlike elsewhere
    axis->setTickLength(0, 4);
    axis->setSubTickLength(0, 2);
    axis->setTickLabelColor(theme.mutedText);
    axis->setLabelColor(theme.mutedText);
    axis->setTickLabelFont(plot_->font());
    axis->setLabelFont(plot_->font());
    axis->setTickLabelPadding(6);
    axis->setLabelPadding(2);
    axis->grid()->setPen(QPen(theme.grid, 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
  }
  plot_->xAxis->grid()->setVisible(false);
}

void ChartPlot::setAxes(const ChartFrame& frame, QSize size) {
  const int xTicks = std::clamp(size.width() / 110, 3, 6), yTicks = std::clamp(size.height() / 55, 3, 6);
  const auto set = [](QCPAxis& axis, bool logarithmic, TickText text, int ticks, const Span& span) {
    axis.setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis.setTicker(makeTicker(text, logarithmic, ticks));
    axis.setSubTicks(logarithmic);
    axis.setRange(span.low, span.high);
  };
  set(*plot_->xAxis, frame.logX, xText_, xTicks, frame.x);
  set(*plot_->yAxis, frame.logY, yText_, yTicks, frame.y);
}

QCPGraph& ChartPlot::nextGraph(const QString& layer) {
  while (plot_->graphCount() <= int(graphsUsed_)) plot_->addGraph()->setAdaptiveSampling(false);
  QCPGraph& graph = *plot_->graph(int(graphsUsed_++));
  graph.setLayer(layer);
  graph.setLineStyle(QCPGraph::lsLine);
  graph.setScatterStyle(QCPScatterStyle());
  graph.setAntialiased(true);
  return graph;
}

void ChartPlot::fillLine(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width) {
  const ChartSeries& series = line.series;
  const QColor colour = theme.run(line.style.colour);
  const Qt::PenStyle dash = runDash(line.style.colour);
  const QString main = QStringLiteral("main"), behind = QStringLiteral("raw");
  const auto points = visible(series, series.shown(), frame, width);
  const bool isFaint =
      line.style.look == LineLook::Faint || line.style.look == LineLook::Dots || line.style.look == LineLook::Reference;
  fillWhiskers(line, frame, theme);
  if (series.isSmoothed() && line.style.look == LineLook::Curve) {
    QCPGraph& raw = nextGraph(behind);
    // A hairline is one dot of the screen, however fine those are: finer ones need more of the colour.
    const double share = (theme.dark ? 0.5 : 0.38) + (plot_->bufferDevicePixelRatio() > 1.4 ? 0.2 : 0);
    raw.setPen(QPen(theme.faint(colour, share), 0));
    raw.setAntialiased(false);
    raw.data()->set(visible(series, series.raw(), frame, width), true);
  }
  QCPGraph& graph = nextGraph(isFaint ? behind : main);
  switch (line.style.look) {
    case LineLook::Curve:
      graph.setPen(solidPen(colour, series.isSmoothed() || size_t(points.size()) < kSmoothPoints ? 1.5 : 0, dash));
      graph.setAntialiased(series.isSmoothed() || size_t(points.size()) < kSmoothPoints);
      if (points.size() == 1)  // a line of one point would not be seen
        graph.setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.card, 1), QBrush(colour), 7));
      break;
    case LineLook::Points:
      graph.setPen(solidPen(colour, 1, dash));
      if (points.size() < width / 6)
        graph.setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.card, 1), QBrush(colour), 7));
      break;
    case LineLook::Faint:
      graph.setPen(solidPen(theme.faint(colour, theme.dark ? 0.5 : 0.35), 1));
      break;
    case LineLook::Dots:
      graph.setLineStyle(QCPGraph::lsNone);
      graph.setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(colour, 1), QBrush(theme.card), 5));
      break;
    case LineLook::Mark:
      graph.setLineStyle(QCPGraph::lsNone);
      graph.setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(colour, 1.5), Qt::NoBrush, 14));
      break;
    case LineLook::Reference:
      graph.setPen(solidPen(theme.mutedText, 1.2, Qt::DashLine));
      break;
  }
  graph.data()->set(points, true);
}

void ChartPlot::fillWhiskers(const ChartLine& line, const ChartFrame& frame, const Theme& theme) {
  const ChartSeries& series = line.series;
  QVector<QCPGraphData> ends, caps;
  for (size_t at = 0; at < std::min(series.size(), line.deviations.size()); ++at) {
    const double x = series.x(at), low = series.raw()[at] - line.deviations[at],
                 high = series.raw()[at] + line.deviations[at];
    if (!std::isfinite(low) || !std::isfinite(high) || (frame.logX && x <= 0) || (frame.logY && low <= 0)) continue;
    ends << QCPGraphData{x, low} << QCPGraphData{x, high} << QCPGraphData{x, kNotANumber};
    caps << QCPGraphData{x, low} << QCPGraphData{x, high};
  }
  if (ends.isEmpty()) return;
  const QPen pen(line.style.look == LineLook::Reference ? theme.mutedText : theme.run(line.style.colour), 1.2);
  QCPGraph& bars = nextGraph(QStringLiteral("raw"));
  bars.setPen(pen);
  bars.data()->set(ends, true);
  QPainterPath cap(QPointF(-4, 0));
  cap.lineTo(4, 0);
  QCPGraph& capped = nextGraph(QStringLiteral("raw"));
  capped.setLineStyle(QCPGraph::lsNone);
  capped.setScatterStyle(QCPScatterStyle(cap, pen));
  capped.data()->set(caps, true);
}

void ChartPlot::fillMarks(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width) {
  const auto lost = line.series.raw().nonFinite();
  if (lost.empty()) return;
  const QPointF upper = valueAt(QPointF(area().topLeft()) + QPointF(0, 5));
  const QPointF lower = valueAt(QPointF(area().bottomLeft()) - QPointF(0, 5));
  QVector<QCPGraphData> above, below;
  const double room = frame.x.width() / std::max(1, width);
  auto at = std::lower_bound(lost.begin(), lost.end(), line.series.inside(frame.x.low, frame.x.high).first);
  while (at != lost.end() && line.series.x(*at) <= frame.x.high) {
    const double x = line.series.x(*at), value = line.series.raw()[*at];
    if (!frame.logX || x > 0) (value < 0 ? below : above).append({x, value < 0 ? lower.y() : upper.y()});
    // At most one mark a pixel, found by bisection: a diverged run may hold nothing but NaN.
    at = std::lower_bound(at + 1, lost.end(), line.series.after(x + room));
  }
  for (const auto& [marks, shape] :
       {std::pair{above, QCPScatterStyle::ssTriangleInverted}, std::pair{below, QCPScatterStyle::ssTriangle}}) {
    if (marks.isEmpty()) continue;
    QCPGraph& graph = nextGraph(QStringLiteral("main"));
    graph.setLineStyle(QCPGraph::lsNone);
    const QColor colour = theme.run(line.style.colour);
    graph.setScatterStyle(QCPScatterStyle(shape, QPen(theme.bad, 1), QBrush(colour), 8));
    graph.data()->set(marks, true);
  }
}

void ChartPlot::setLabels(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  plot_->clearItems();
  labels_.clear();
  const QFontMetrics metrics(plot_->font());
  const auto labelled = [](const ChartLine& line) { return line.style.labelled && !line.series.empty(); };
  const auto count =
      size_t(std::count_if(lines.begin(), lines.end(), [&](const auto& l) { return labelled(l.second); }));
  int widest = 0;
  if (count <= kMostLabels) {
    for (const auto& [key, line] : lines) {
      if (!labelled(line)) continue;
      const auto [first, last] = line.series.inside(frame.x.low, frame.x.high);
      if (first == last) continue;
      size_t at = last - 1;
      while (at > first && !std::isfinite(line.series.shown()[at])) --at;
      const QString name = metrics.elidedText(line.style.name, Qt::ElideRight, 130);
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
  std::sort(placed.begin(), placed.end());
  for (size_t at = 1; at < placed.size(); ++at)
    placed[at].first = std::max(placed[at].first, placed[at - 1].first + height);
  double limit = inside.bottom() - height / 2.0;
  for (size_t at = placed.size(); at-- > 0; limit = placed[at].first - height)
    placed[at].first = std::min(placed[at].first, limit);
  for (const auto& [y, item] : placed) item->position->setPixelPosition({double(inside.right() + kLabelGap), y});
}

QRect ChartPlot::area() const {
  return plot_->axisRect()->rect();
}

QPointF ChartPlot::pixelOf(double x, double y) const {
  return {plot_->xAxis->coordToPixel(x), plot_->yAxis->coordToPixel(y)};
}

QPointF ChartPlot::valueAt(QPointF pixel) const {
  return {plot_->xAxis->pixelToCoord(pixel.x()), plot_->yAxis->pixelToCoord(pixel.y())};
}

double ChartPlot::drawTime() const {
  return plot_->replotTime(true);
}

void ChartPlot::setPixelRatio(double ratio) {
  plot_->setBufferDevicePixelRatio(ratio);
}

}  // namespace scanline
