#include <qcustomplot.h>

#include <QSemaphore>
#include <QThreadPool>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <span>

#include "widgets/plot/chart_plot.h"
#include "widgets/plot/dense_points.h"
#include "widgets/plot/line_raster.h"

// Lines of many points: they are looked at once for each scale, and drawn column by column.

namespace scanline {

namespace {

constexpr double kFarOff = 50;      // heights of the picture outside of which places are cut, for the rasteriser
constexpr double kSamePlace = 0.3;  // px
constexpr double kStraight = 0.15;  // px that a line may pass its points by
constexpr qsizetype kPiece = 64;    // points after which a long line is broken and goes on as another
constexpr int kColumns = 96;        // that are drawn at once where several threads draw
constexpr size_t kFewLines = 4;     // that one thread draws before another one has come
constexpr double kLeastMargin = 0.4, kMoreMargin = 0.7;  // widths of a view that is moved

/// Leaves places out between which the line is straight, to a fraction of a pixel: from a place on, as long as one
/// stretch passes all that follow.
void straighten(QPolygonF& places) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  qsizetype kept = 0;
  QPointF from;
  double low = -kInfinite, high = kInfinite;  // slopes of the stretches that pass
  for (qsizetype at = 0; at < places.size(); ++at) {
    const QPointF place = places[at];
    QPointF by = place - from;
    const bool isOn = kept > 1 && by.x() > kSamePlace && by.y() >= low * by.x() && by.y() <= high * by.x();
    if (isOn) {
      --kept;  // the one before is passed
    } else if (kept > 0) {
      from = places[kept - 1];
      by = place - from;
      low = -kInfinite;
      high = kInfinite;
    } else {
      by = {};
    }
    places[kept++] = place;
    if (!std::isfinite(by.y()) || by.x() <= kSamePlace) {
      low = kInfinite;  // from here on nothing passes
      high = -kInfinite;
    } else {
      low = std::max(low, (by.y() - kStraight) / by.x());
      high = std::min(high, (by.y() + kStraight) / by.x());
    }
  }
  places.resize(kept);
}

/// Draws [0, width) in parts, here and on another thread that is free. One that does not come in time is not waited
/// for: a training may have all processors.
void inParts(int width, const std::function<void(int, int)>& draw) {
  struct Help {
    std::atomic<int> next = 0;          ///< column from which on nothing was taken
    std::atomic<bool> isTaken = false;  ///< by the helper, or by nobody any more
    QSemaphore done;
  };
  const auto help = std::make_shared<Help>();
  const auto work = [width](Help& of, const std::function<void(int, int)>& drawPart) {
    for (int from; (from = of.next.fetch_add(kColumns)) < width;) drawPart(from, std::min(from + kColumns, width));
  };
  const bool isAsked = QThreadPool::globalInstance()->tryStart([help, work, &draw] {
    if (help->isTaken.exchange(true)) return;  // `draw` is gone
    work(*help, draw);
    help->done.release();
  });
  work(*help, draw);
  if (isAsked && help->isTaken.exchange(true)) help->done.acquire();
}

/// Where an axis stands in the picture.
struct AxisPlace {
  explicit AxisPlace(const QCPAxis& axis)
      : isLogarithmic(axis.scaleType() == QCPAxis::stLogarithmic),
        low(onAxis(axis.range().lower, isLogarithmic)),
        pixel(axis.coordToPixel(axis.range().lower)),
        perUnit((axis.coordToPixel(axis.range().upper) - pixel) / (onAxis(axis.range().upper, isLogarithmic) - low)) {}
  double pixelOf(double value) const { return pixel + perUnit * (onAxis(value, isLogarithmic) - low); }

  bool isLogarithmic;
  double low, pixel, perUnit;  ///< low end, in units of the axis or of its logarithm; its pixel; pixels to a unit
};

}  // namespace

/// Lines of many points, of one layer, that follow each other: they are drawn into one picture.
class DenseLines : public QCPLayerable {
 public:
  explicit DenseLines(QCustomPlot* plot) : QCPLayerable(plot) {}
  void clear() { lines_.clear(); }
  void add(const std::shared_ptr<DensePoints>& points, const ChartFrame& frame, const QPen& pen) {
    lines_.push_back({points, frame, pen});
  }

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
    std::shared_ptr<DensePoints> points;
    ChartFrame frame;
    QPen pen;  ///< of no width: a hair
  };

  /// A line as it stands in the picture.
  struct Drawn {
    const LineColumns* columns;
    int64_t left;  ///< on the grid of the columns
    double width;  ///< pixels; 0: a hair
    QRgb colour;
    QVector<qreal> dashes;  ///< pixels
    double origin;          ///< of the dashes, which go with the curve when it is moved
  };

  std::vector<Drawn> drawn(const QRect& area, double ratio) const {
    const AxisPlace x(*mParentPlot->xAxis);
    const double origin = (mParentPlot->xAxis->coordToPixel(x.isLogarithmic ? 1 : 0) - area.left()) * ratio;
    std::vector<Drawn> all;
    all.reserve(lines_.size());
    for (const Line& line : lines_) {
      const double width = line.pen.widthF() * ratio;
      const bool isStroke = width > 0;
      const LineColumns& columns =
          line.points->columns(line.frame, x.perUnit * ratio, isStroke, isStroke ? strokeReach(width) : 0);
      const double left = line.points->pixelsPerUnit() * x.low - (x.pixel - area.left()) * ratio;
      QVector<qreal> dashes = isStroke ? line.pen.dashPattern() : QVector<qreal>();
      for (qreal& dash : dashes) dash *= width;
      all.push_back({.columns = &columns,
                     .left = std::llround(isStroke ? left * kStrokeParts : left),
                     .width = width,
                     .colour = line.pen.color().rgb(),
                     .dashes = std::move(dashes),
                     .origin = origin});
    }
    return all;
  }

  void drawPicture(QCPPainter& painter) const {
    if (lines_.empty()) return;
    const QRect area = clipRect();
    const double ratio = painter.device()->devicePixelRatioF();
    QImage picture((QSizeF(area.size()) * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    picture.fill(Qt::transparent);
    const AxisPlace y(*mParentPlot->yAxis);
    const RasterHeights heights{(y.pixel - y.perUnit * y.low - area.top()) * ratio, y.perUnit * ratio};
    const std::vector<Drawn> lines = drawn(area, ratio);
    const QImage& whole = picture;
    auto* pixels = picture.bits();
    const auto drawPart = [&](int from, int to) {
      QImage part(pixels + from * qsizetype(sizeof(QRgb)), to - from, whole.height(), whole.bytesPerLine(),
                  whole.format());
      for (const Drawn& line : lines) {
        if (line.width > 0)
          drawStroke(part, *line.columns, line.left + int64_t(from) * kStrokeParts, heights,
                     {.colour = line.colour,
                      .width = line.width,
                      .dashes = std::span(line.dashes.constData(), size_t(line.dashes.size())),
                      .origin = line.origin - from});
        else
          drawHair(part, *line.columns, line.left + from, heights, line.colour);
      }
    };
    lines.size() > kFewLines ? inParts(picture.width(), drawPart) : drawPart(0, picture.width());
    picture.setDevicePixelRatio(ratio);
    painter.drawImage(area.topLeft(), picture);
  }

  /// For files, at any scale.
  void drawStrokes(QCPPainter& painter) const {
    const AxisPlace x(*mParentPlot->xAxis), y(*mParentPlot->yAxis);
    const QRect area = clipRect();
    const double top = area.top() - kFarOff * area.height(), bottom = area.bottom() + kFarOff * area.height();
    for (const Line& line : lines_) {
      painter.setPen(line.pen);
      painter.setAntialiasing(line.pen.widthF() > 0);
      QPolygonF places;
      for (const QPointF& point : line.points->shown(line.frame))
        places.append({x.pixelOf(point.x()), std::clamp(y.pixelOf(point.y()), top, bottom)});
      if (line.pen.widthF() > 0) straighten(places);
      QPolygonF stroke;
      const auto flush = [&] {
        if (stroke.size() > 1) painter.drawPolyline(stroke);
        stroke.clear();
      };
      for (const QPointF& place : places) {
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

/// Those of the last drawing, as long as they are the same.
std::shared_ptr<DensePoints> ChartPlot::densePoints(int64_t key, bool isRaw, const ChartSeries& series,
                                                    const ChartFrame& frame, int width) {
  KeptPoints& kept = kept_[{key, isRaw}];
  kept.round = round_;
  const bool isSame = kept.points && kept.points->isOf(series, frame, width);
  if (isSame && kept.points->covers(frame)) return kept.points;
  // A view that moves will move on; not all lines are to be looked at again in the same drawing.
  constexpr double kGolden = 0.6180339887;
  const double margin = isSame ? kLeastMargin + kMoreMargin * std::fmod(kGolden * double(key & 0xffff), 1.0) : 0;
  kept.points = std::make_shared<DensePoints>(series, isRaw ? series.raw() : series.shown(), frame, width, margin);
  return kept.points;
}

void ChartPlot::addDense(const QString& layer, const std::shared_ptr<DensePoints>& points, const ChartFrame& frame,
                         const QPen& pen) {
  // One picture for lines that follow each other in a layer, as a picture costs as much as several lines. Raw values
  // and curves take turns here, but lie in different layers.
  const auto& drawn = plot_->layer(layer)->children();
  const auto used = std::span(dense_).first(denseUsed_);
  auto group = std::ranges::find_if(used, [&](DenseLines* each) { return !drawn.isEmpty() && each == drawn.last(); });
  if (group == used.end()) {
    if (denseUsed_ == dense_.size()) dense_.push_back(new DenseLines(plot_));
    dense_[denseUsed_]->clear();
    dense_[denseUsed_]->setLayer(layer);
    return dense_[denseUsed_++]->add(points, frame, pen);
  }
  (*group)->add(points, frame, pen);
}

void ChartPlot::beginLines() {
  graphsUsed_ = denseUsed_ = 0;
  ++round_;
}

/// Removes the lines of an earlier drawing that this one did not use.
void ChartPlot::endLines() {
  while (plot_->graphCount() > int(graphsUsed_)) plot_->removeGraph(plot_->graphCount() - 1);
  for (size_t at = denseUsed_; at < dense_.size(); ++at) dense_[at]->clear();
  std::erase_if(kept_, [this](const auto& kept) { return kept.second.round != round_; });
}

}  // namespace scanline
