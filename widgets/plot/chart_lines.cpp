#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plot/chart_plot.h"
#include "widgets/plot/dense_points.h"

// How lines are drawn: the choice of their points, and their strokes. Lines of many points are drawn in
// chart_dense.cpp.

namespace scanline {

namespace {

constexpr double kFarOff = 50;  // spans beyond the axis at which values are cut, to keep the rasteriser's numbers small
constexpr size_t kSmoothPoints = 4000;  // above, unsmoothed lines are drawn without antialiasing
constexpr double kNoisy = 8;            // widths that a line goes up and down; above, it is a band, and drawn as hairs
constexpr size_t kFewPoints = 100;      // above, lines are drawn by columns and their dashes go along x
constexpr qsizetype kPiece = 64;        // points after which a long line is broken and goes on as another
constexpr double kJoinShare = 0.6;      // of the colour, in lines between dots
constexpr double kPaleShare = 0.55;     // of a pale line's colour, the rest is the ground's
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

QPen solidPen(const QColor& colour, double width, Qt::PenStyle dash = Qt::SolidLine) {
  // Round ends hide the cuts of long lines.
  return QPen(colour, width, dash, dash == Qt::SolidLine ? Qt::RoundCap : Qt::FlatCap, Qt::RoundJoin);
}

/// The colour of a line of this weight.
QColor weighted(const QColor& colour, LineWeight weight, const Theme& theme) {
  return weight == LineWeight::Pale ? theme.faint(colour, kPaleShare) : colour;
}

/// Far above and below the frame values are cut.
QVector<QCPGraphData> graphData(std::span<const QPointF> points, const ChartFrame& frame) {
  const double bottom = frame.y.low - kFarOff * frame.y.width(), top = frame.y.high + kFarOff * frame.y.width();
  QVector<QCPGraphData> data;
  data.reserve(qsizetype(points.size()));
  for (const QPointF& point : points)
    data.append({point.x(), std::clamp(point.y(), frame.logY ? point.y() : bottom, top)});
  return data;
}

/// The points of `values` worth drawing at `width` pixels.
QVector<QCPGraphData> visible(const ChartSeries& series, const MinMaxPyramid& values, const ChartFrame& frame,
                              int width) {
  return graphData(DensePoints(series, values, frame, width, 0).shown(frame), frame);
}

/// Filling the outline of a wide line costs the square of its length where it crosses itself: a long one is cut in
/// pieces.
void cutInPieces(QVector<QCPGraphData>& points) {
  if (points.size() <= kPiece) return;
  QVector<QCPGraphData> pieces;
  for (const QCPGraphData& point : points) {
    if (pieces.size() % (kPiece + 2) == kPiece && std::isfinite(pieces.back().value)) {
      const QCPGraphData end = pieces.back();
      pieces.append({end.key, kNotANumber});
      pieces.append(end);
    }
    pieces.append(point);
  }
  points = std::move(pieces);
}

}  // namespace

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

void ChartPlot::fillLine(int64_t key, const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width) {
  const ChartSeries& series = line.series;
  const LineWeight weight = line.style.weight;
  const QColor colour = weighted(theme.run(line.style.colour), weight, theme);
  const Qt::PenStyle dash = runDash(line.style.colour);
  const QString main = QStringLiteral("main"), behind = QStringLiteral("raw");
  const bool isFaint =
      line.style.look == LineLook::Faint || line.style.look == LineLook::Dots || line.style.look == LineLook::Reference;
  fillBand(line, frame, theme, width);
  fillWhiskers(line, frame, theme);
  if (series.isSmoothed() && line.style.look == LineLook::Curve) {
    // A hairline is one dot of the screen, however fine those are: finer ones need more of the colour.
    const double share = ((theme.dark ? 0.6 : 0.38) + (plot_->bufferDevicePixelRatio() > 1.4 ? 0.2 : 0)) *
                         (anyStrong_ && weight != LineWeight::Strong ? 0.5 : 1);
    addDense(behind, densePoints(key, true, series, frame, width), frame,
             QPen(theme.faint(theme.run(line.style.colour), share), 0));
  }
  const double thick = weight == LineWeight::Strong ? 2.5 : weight == LineWeight::Pale ? 1.2 : 1.5;
  const auto dense = densePoints(key, false, series, frame, width);
  const auto shown = dense->shown(frame);
  if (line.style.look == LineLook::Curve) {
    const double heights = onAxis(frame.y.high, frame.logY) - onAxis(frame.y.low, frame.logY);
    const double travel = dense->travel(frame) / heights * area().height() / std::max(1, area().width());
    if (travel >= kNoisy || (!series.isSmoothed() && shown.size() >= kSmoothPoints))
      return addDense(main, dense, frame, QPen(colour, 0));
    if (shown.size() > kFewPoints) return addDense(main, dense, frame, solidPen(colour, thick, dash));
  }
  auto points = graphData(shown, frame);
  QCPGraph& graph = nextGraph(isFaint ? behind : main);
  const auto dots = [&](double size) {
    return QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.card, 1), QBrush(colour), size);
  };
  switch (line.style.look) {
    case LineLook::Curve:
      graph.setPen(solidPen(colour, thick, dash));
      if (points.size() == 1) graph.setScatterStyle(dots(7));  // a line of one point would not be seen
      break;
    case LineLook::Points: {
      const bool hasDots = points.size() < width / 6;
      if (hasDots) graph.setScatterStyle(dots(weight == LineWeight::Strong ? 8 : 7));
      graph.setPen(solidPen(colour, 1, dash));
      if (!line.style.faintJoin || !hasDots) break;
      // The dots are the measured values; the line between them only shows their order.
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
  cutInPieces(points);
  graph.data()->set(points, true);
}

void ChartPlot::fillBand(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width) {
  if (line.low.empty() || line.high.empty()) return;
  const QString behind = QStringLiteral("raw");
  QCPGraph& low = nextGraph(behind);
  low.setPen(Qt::NoPen);
  low.data()->set(visible(line.low, line.low.shown(), frame, width), true);
  QCPGraph& high = nextGraph(behind);
  high.setPen(Qt::NoPen);
  QColor tint = theme.run(line.style.colour);
  tint.setAlphaF(theme.dark ? 0.28F : 0.2F);  // bands that lie over each other are seen through
  high.setBrush(tint);
  high.setChannelFillGraph(&low);
  high.data()->set(visible(line.high, line.high.shown(), frame, width), true);
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

}  // namespace scanline
