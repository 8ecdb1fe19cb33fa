#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plot/chart_plot.h"
#include "widgets/plot/line_raster.h"

// How lines are drawn: the choice of their points, and their strokes. Lines of many points are drawn in
// chart_dense.cpp.

namespace scanline {

namespace {

constexpr double kFarOff = 50;  // spans beyond the axis at which values are cut, to keep the rasteriser's numbers small
constexpr size_t kSmoothPoints = 4000;  // above, unsmoothed lines are drawn without antialiasing
constexpr double kNoisy = 8;            // widths that a line goes up and down; above, it is a band, and drawn as hairs
constexpr double kSamePlace = 0.3;      // px
constexpr double kStraight = 0.15;      // px that a line may pass its points by
constexpr qsizetype kFewPoints = 100;   // above, lines are drawn by columns and their dashes go along x
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

/// The points of `values` worth drawing at `width` pixels, with one on either side so that the line leaves the picture.
QVector<QCPGraphData> visible(const ChartSeries& series, const MinMaxPyramid& values, const ChartFrame& frame,
                              int width) {
  auto [first, last] = series.inside(frame.x.low, frame.x.high);
  if (first > 0) --first;
  if (last < series.size()) ++last;
  const double step = frame.x.width() / width, factor = std::pow(frame.x.high / frame.x.low, 1.0 / width);
  const auto reach = [&, logX = frame.logX](size_t at) {
    const double x = series.x(at);
    return logX ? (x > 0 ? series.after(x * factor, at) : at + 1) : series.after(x + step, at);
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
    points.append({x, shown ? std::clamp(y, frame.logY ? y : bottom, top) : kNotANumber});
  }
  return points;
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

/// Where points stand in a picture.
class Places {
 public:
  Places(const ChartFrame& frame, QSizeF size)
      : frame_(frame),
        size_(size),
        perX_(size.width() / lengthOf(frame.x, frame.logX)),
        perY_(size.height() / lengthOf(frame.y, frame.logY)) {}
  QPointF of(const QCPGraphData& point) const {
    return {perX_ * lengthOf({frame_.x.low, point.key}, frame_.logX),
            perY_ * lengthOf({frame_.y.low, point.value}, frame_.logY)};
  }
  QSizeF size() const { return size_; }

 private:
  static double lengthOf(const Span& span, bool logarithmic) {
    return logarithmic ? std::log(span.high / span.low) : span.high - span.low;
  }
  ChartFrame frame_;
  QSizeF size_;
  double perX_, perY_;
};

/// Leaves points out between which the line is straight, to a fraction of a pixel: from a point on, as long as one
/// stretch passes all that follow.
void straighten(QVector<QCPGraphData>& points, const Places& places) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  qsizetype kept = 0;
  QPointF from;
  double low = -kInfinite, high = kInfinite;  // slopes of the stretches that pass
  for (qsizetype at = 0; at < points.size(); ++at) {
    const QCPGraphData point = points[at];
    QPointF by = places.of(point) - from;
    const bool isOn = kept > 1 && by.x() > kSamePlace && by.y() >= low * by.x() && by.y() <= high * by.x();
    if (isOn) {
      --kept;  // the one before is passed
    } else if (kept > 0) {
      from = places.of(points[kept - 1]);
      by = places.of(point) - from;
      low = -kInfinite;
      high = kInfinite;
    } else {
      by = {};
    }
    points[kept++] = point;
    if (!std::isfinite(by.y()) || by.x() <= kSamePlace) {
      low = kInfinite;  // from here on nothing passes
      high = -kInfinite;
    } else {
      low = std::max(low, (by.y() - kStraight) / by.x());
      high = std::min(high, (by.y() + kStraight) / by.x());
    }
  }
  points.resize(kept);
}

/// Drops points that would be drawn within a fraction of a pixel of the one before, and says how far the line goes up
/// and down, in its widths.
double thinOut(QVector<QCPGraphData>& points, const Places& places) {
  double travel = 0;
  qsizetype kept = 0;
  QPointF last;
  for (qsizetype at = 0; at < points.size(); ++at) {
    const QCPGraphData& point = points[at];
    const QPointF pixel = places.of(point);
    const QPointF by = pixel - last;
    const bool isAlone = kept == 0 || !std::isfinite(by.y()) || at + 1 == points.size();
    if (!isAlone && std::abs(by.x()) < kSamePlace && std::abs(by.y()) < kSamePlace) continue;
    if (!isAlone) travel += std::abs(by.y()) / places.size().width();
    last = pixel;
    points[kept++] = point;
  }
  points.resize(kept);
  return travel;
}

}  // namespace

/// Lines of many points, of one layer, that follow each other: they are drawn into one picture.
class DenseLines : public QCPLayerable {
 public:
  explicit DenseLines(QCustomPlot* plot) : QCPLayerable(plot) {}
  void clear() { lines_.clear(); }
  void add(QVector<QCPGraphData> points, const QPen& pen) { lines_.push_back({std::move(points), pen}); }

 protected:
  QRect clipRect() const override { return mParentPlot->axisRect()->rect(); }
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override {
    applyAntialiasingHint(painter, false, QCP::aePlottables);
  }
  void draw(QCPPainter* painter) override {
    painter->modes() == QCPPainter::pmDefault ? drawPicture(*painter) : drawStrokes(*painter);
  }

 private:
  struct Line {
    QVector<QCPGraphData> points;
    QPen pen;  ///< of no width: a hair
  };

  QPolygonF placesOf(const Line& line) const {
    QPolygonF places(line.points.size());
    const QCPAxis &x = *mParentPlot->xAxis, &y = *mParentPlot->yAxis;
    for (qsizetype at = 0; at < places.size(); ++at)
      places[at] = {x.coordToPixel(line.points[at].key), y.coordToPixel(line.points[at].value)};
    return places;
  }

  void drawPicture(QCPPainter& painter) const {
    if (lines_.empty()) return;
    const QRect area = clipRect();
    const double ratio = painter.device()->devicePixelRatioF();
    QImage picture((QSizeF(area.size()) * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    picture.fill(Qt::transparent);
    // Dashes go with the curve when it is moved.
    const QCPAxis& x = *mParentPlot->xAxis;
    const double origin = (x.coordToPixel(x.scaleType() == QCPAxis::stLogarithmic ? 1 : 0) - area.left()) * ratio;
    for (const Line& line : lines_) {
      QPolygonF places = placesOf(line);
      for (QPointF& place : places) place = (place - area.topLeft()) * ratio;
      const std::span points(places.constData(), size_t(places.size()));
      const double width = line.pen.widthF() * ratio;
      if (width == 0) {
        drawHair(picture, points, line.pen.color().rgb());
        continue;
      }
      QVector<qreal> dashes = line.pen.dashPattern();
      for (qreal& dash : dashes) dash *= width;
      drawStroke(picture, points,
                 {.colour = line.pen.color().rgb(),
                  .width = width,
                  .dashes = std::span(dashes.constData(), size_t(dashes.size())),
                  .origin = origin});
    }
    picture.setDevicePixelRatio(ratio);
    painter.drawImage(area.topLeft(), picture);
  }

  /// For files, at any scale.
  void drawStrokes(QCPPainter& painter) const {
    for (const Line& line : lines_) {
      painter.setPen(line.pen);
      painter.setAntialiasing(line.pen.widthF() > 0);
      QPolygonF stroke;
      const auto flush = [&] {
        if (stroke.size() > 1) painter.drawPolyline(stroke);
        stroke.clear();
      };
      for (const QPointF& place : placesOf(line)) {
        if (!std::isfinite(place.y())) {
          flush();
          continue;
        }
        stroke.append(place);
        if (stroke.size() < kPiece) continue;
        flush();
        stroke.append(place);
      }
      flush();
    }
  }

  std::vector<Line> lines_;
};

void ChartPlot::addDense(const QString& layer, QVector<QCPGraphData> points, const QPen& pen) {
  const auto& drawn = plot_->layer(layer)->children();
  if (denseUsed_ == 0 || drawn.isEmpty() || drawn.last() != dense_[denseUsed_ - 1]) {
    if (denseUsed_ == dense_.size()) dense_.push_back(new DenseLines(plot_));
    dense_[denseUsed_]->clear();
    dense_[denseUsed_++]->setLayer(layer);
  }
  dense_[denseUsed_ - 1]->add(std::move(points), pen);
}

void ChartPlot::beginLines() {
  graphsUsed_ = denseUsed_ = 0;
}

/// Removes the lines of an earlier drawing that this one did not use.
void ChartPlot::endLines() {
  while (plot_->graphCount() > int(graphsUsed_)) plot_->removeGraph(plot_->graphCount() - 1);
  for (size_t at = denseUsed_; at < dense_.size(); ++at) dense_[at]->clear();
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
    // A hairline is one dot of the screen, however fine those are: finer ones need more of the colour.
    const double share = ((theme.dark ? 0.6 : 0.38) + (plot_->bufferDevicePixelRatio() > 1.4 ? 0.2 : 0)) *
                         (anyStrong_ && weight != LineWeight::Strong ? 0.5 : 1);
    addDense(behind, visible(series, series.raw(), frame, width),
             QPen(theme.faint(theme.run(line.style.colour), share), 0));
  }
  const double thick = weight == LineWeight::Strong ? 2.5 : weight == LineWeight::Pale ? 1.2 : 1.5;
  if (line.style.look == LineLook::Curve) {
    const Places places(frame, QSizeF(area().size()));
    const double travel = thinOut(points, places);
    if (travel >= kNoisy || (!series.isSmoothed() && size_t(points.size()) >= kSmoothPoints))
      return addDense(main, std::move(points), QPen(colour, 0));
    straighten(points, places);
    if (points.size() > kFewPoints) return addDense(main, std::move(points), solidPen(colour, thick, dash));
  }
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
