#include "widgets/plot/chart_plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plot/chart_ticks.h"

namespace scanline {

namespace {

constexpr double kFarOff = 50;  // spans beyond the axis at which values are cut, to keep the rasteriser's numbers small
constexpr size_t kSmoothPoints = 4000;  // above, unsmoothed lines are drawn without antialiasing
constexpr double kNoisy = 8;            // widths that a line goes up and down; above, it is a band, and drawn as hairs
constexpr double kSamePlace = 0.3;      // px
constexpr qsizetype kPiece = 64;        // points after which a long line is broken and goes on as another
constexpr double kJoinShare = 0.6;      // of the colour, in lines between dots
constexpr double kPaleShare = 0.55;     // of a pale line's colour, the rest is the ground's
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

QPen solidPen(const QColor& colour, double width, Qt::PenStyle dash = Qt::SolidLine) {
  // Round ends hide the cuts of long lines.
  return QPen(colour, width, dash, dash == Qt::SolidLine ? Qt::RoundCap : Qt::FlatCap, Qt::RoundJoin);
}

/// What a line of this weight keeps of its colour.
QColor weighted(const QColor& colour, LineWeight weight, const Theme& theme) {
  return weight == LineWeight::Pale ? theme.faint(colour, kPaleShare) : colour;
}

/// The points of `values` worth drawing at `width` pixels, with one on either side so that the line leaves the picture;
/// whole, or in pieces as a thick line wants it.
QVector<QCPGraphData> visible(const ChartSeries& series, const MinMaxPyramid& values, const ChartFrame& frame,
                              int width, bool inPieces = true) {
  auto [first, last] = series.inside(frame.x.low, frame.x.high);
  if (first > 0) --first;
  if (last < series.size()) ++last;
  const double step = frame.x.width() / width, factor = std::pow(frame.x.high / frame.x.low, 1.0 / width);
  const auto reach = [&, logX = frame.logX](size_t at) {
    const double x = series.x(at);
    return logX ? (x > 0 ? series.after(x * factor) : at + 1) : series.after(x + step);
  };
  const double bottom = frame.y.low - kFarOff * frame.y.width(), top = frame.y.high + kFarOff * frame.y.width();
  QVector<QCPGraphData> points;
  size_t before = first;
  for (const auto at : values.pick(first, last, reach)) {
    const double x = series.x(at), y = values[at];
    if (frame.logX && x <= 0) continue;
    if (!points.isEmpty() && series.isInterrupted(before, at)) points.append({x, kNotANumber});
    before = at;
    const bool shown = std::isfinite(y) && (!frame.logY || y > 0);
    // Filling the outline of a wide line costs the square of its length where it crosses itself: a dense one is cut in
    // pieces.
    if (inPieces && points.size() % (kPiece + 2) == kPiece && std::isfinite(points.back().value)) {
      const QCPGraphData end = points.back();
      points.append({end.key, kNotANumber});
      points.append(end);
    }
    points.append({x, shown ? std::clamp(y, frame.logY ? y : bottom, top) : kNotANumber});
  }
  return points;
}

/// Drops points that would be drawn within a fraction of a pixel of the one before, and says how far the line goes up
/// and down, in its widths. `size`: of the picture, pixels.
double thinOut(QVector<QCPGraphData>& points, const ChartFrame& frame, QSizeF size) {
  const auto share = [](double at, const Span& span, bool logarithmic) {
    return logarithmic ? std::log(at / span.low) / std::log(span.high / span.low) : (at - span.low) / span.width();
  };
  double travel = 0;
  qsizetype kept = 0;
  QPointF last;
  for (qsizetype at = 0; at < points.size(); ++at) {
    const QCPGraphData& point = points[at];
    const QPointF pixel(share(point.key, frame.x, frame.logX) * size.width(),
                        share(point.value, frame.y, frame.logY) * size.height());
    const QPointF by = pixel - last;
    const bool isAlone = kept == 0 || !std::isfinite(by.y()) || at + 1 == points.size();
    if (!isAlone && std::abs(by.x()) < kSamePlace && std::abs(by.y()) < kSamePlace) continue;
    if (!isAlone) travel += std::abs(by.y()) / size.width();
    last = pixel;
    points[kept++] = point;
  }
  points.resize(kept);
  return travel;
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

void ChartPlot::setXAxis(TickText text, const QString& title) {
  xText_ = text;
  plot_->xAxis->setLabel(title);
}

void ChartPlot::paintFigure(QPaintDevice& device, QSize size, int head, const std::function<void(QPainter&)>& paintHead,
                            const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  const bool raster = device.devType() == QInternal::Image;
  QCPPainter painter;
  if (!painter.begin(&device)) return;
  painter.setMode(QCPPainter::pmNonCosmetic);
  painter.setMode(QCPPainter::pmVectorized, !raster);
  painter.setRenderHint(QPainter::Antialiasing);
  // In pixels, since a device of its own resolution would make points of another size than the layout reckons with.
  const QFont screen = plot_->font();
  QFont exact = screen;
  exact.setPixelSize(QFontInfo(screen).pixelSize());
  plot_->setFont(exact);
  painter.setFont(exact);
  paintHead(painter);
  const QSize inner(size.width(), size.height() - head);
  setAxes(frame, inner);
  fill(frame, lines, theme, 2 * inner.width());
  painter.translate(0, head);
  plot_->toPainter(&painter, inner.width(), inner.height());
  plot_->setFont(screen);
}

void ChartPlot::fill(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme,
                     int width) {
  styleAxes(theme);
  graphsUsed_ = 0;
  // Numbers along the axes of nothing would be invented ones.
  const bool any =
      std::ranges::any_of(lines, [](const auto& line) { return line.second.isShown() && !line.second.series.empty(); });
  anyStrong_ = std::ranges::any_of(
      lines, [](const auto& line) { return line.second.isShown() && line.second.style.weight == LineWeight::Strong; });
  plot_->xAxis->setVisible(any);
  plot_->yAxis->setVisible(any);
  // Backwards through weights and looks, so that the most important line is drawn last.
  for (const auto weight : {LineWeight::Pale, LineWeight::Normal, LineWeight::Strong})
    for (const auto look :
         {LineLook::Faint, LineLook::Dots, LineLook::Reference, LineLook::Curve, LineLook::Points, LineLook::Mark})
      for (const auto& [key, line] : lines)
        if (line.isShown() && line.style.weight == weight && line.style.look == look)
          fillLine(line, frame, theme, width);
  for (const auto& [key, line] : lines)
    if (line.isShown()) fillMarks(line, frame, theme, width);
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
  graph.setBrush(Qt::NoBrush);
  graph.setChannelFillGraph(nullptr);
  return graph;
}

void ChartPlot::fillLine(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width) {
  const ChartSeries& series = line.series;
  const LineWeight weight = line.style.weight;
  const QColor colour = weighted(theme.run(line.style.colour), weight, theme);
  const Qt::PenStyle dash = runDash(line.style.colour);
  const QString main = QStringLiteral("main"), behind = QStringLiteral("raw");
  auto points = visible(series, series.shown(), frame, width);
  const bool isFaint =
      line.style.look == LineLook::Faint || line.style.look == LineLook::Dots || line.style.look == LineLook::Reference;
  fillBand(line, frame, theme, width);
  fillWhiskers(line, frame, theme);
  if (series.isSmoothed() && line.style.look == LineLook::Curve) {
    QCPGraph& raw = nextGraph(behind);
    // A hairline is one dot of the screen, however fine those are: finer ones need more of the colour.
    const double share = ((theme.dark ? 0.6 : 0.38) + (plot_->bufferDevicePixelRatio() > 1.4 ? 0.2 : 0)) *
                         (anyStrong_ && weight != LineWeight::Strong ? 0.5 : 1);
    raw.setPen(QPen(theme.faint(theme.run(line.style.colour), share), 0));
    raw.setAntialiased(false);
    raw.data()->set(visible(series, series.raw(), frame, width), true);
  }
  QCPGraph& graph = nextGraph(isFaint ? behind : main);
  const auto dots = [&](double size) {
    return QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.card, 1), QBrush(colour), size);
  };
  switch (line.style.look) {
    case LineLook::Curve: {
      const double travel = thinOut(points, frame, QSizeF(area().size()));
      const bool isFine = travel < kNoisy && (series.isSmoothed() || size_t(points.size()) < kSmoothPoints);
      const double thick = weight == LineWeight::Strong ? 2.5 : weight == LineWeight::Pale ? 1.2 : 1.5;
      graph.setPen(solidPen(colour, isFine ? thick : 0, isFine ? dash : Qt::SolidLine));
      graph.setAntialiased(isFine);
      if (points.size() == 1) graph.setScatterStyle(dots(7));  // a line of one point would not be seen
      break;
    }
    case LineLook::Points: {
      const bool hasDots = points.size() < width / 6;
      if (hasDots) graph.setScatterStyle(dots(weight == LineWeight::Strong ? 8 : 7));
      graph.setPen(solidPen(colour, 1, dash));
      if (!line.style.faintJoin || !hasDots) break;
      // The dots are what was measured; the line between them only leads the eye.
      graph.setPen(solidPen(theme.faint(colour, kJoinShare), 1, Qt::DashLine));
      if (points.size() > 1 && points[0].key == 0) points.insert(1, QCPGraphData{0, kNotANumber});
      break;
    }
    case LineLook::Faint:
      graph.setPen(solidPen(theme.faint(colour, line.style.ramp ? rampShare(*line.style.ramp)
                                                : theme.dark    ? 0.5
                                                                : 0.35),
                            1));
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

void ChartPlot::fillBand(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width) {
  if (line.low.empty() || line.high.empty()) return;
  const QString behind = QStringLiteral("raw");
  QCPGraph& low = nextGraph(behind);
  low.setPen(Qt::NoPen);
  low.data()->set(visible(line.low, line.low.shown(), frame, width, false), true);
  QCPGraph& high = nextGraph(behind);
  high.setPen(Qt::NoPen);
  QColor tint = theme.run(line.style.colour);
  tint.setAlphaF(theme.dark ? 0.28F : 0.2F);  // bands that lie over each other are seen through
  high.setBrush(tint);
  high.setChannelFillGraph(&low);
  high.data()->set(visible(line.high, line.high.shown(), frame, width, false), true);
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
