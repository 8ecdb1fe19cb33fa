#pragma once

#include <QPointF>
#include <QRect>
#include <QString>
#include <QVector>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "widgets/parts/theme.h"
#include "widgets/plot/chart_series.h"
#include "widgets/plot/chart_types.h"

class QCPAxis;
class QCPGraph;
class QCPGraphData;
class QCPItemText;
class QCPPainter;
class QCustomPlot;
class QPaintDevice;
class QPainter;
class QWidget;

namespace scanline {

class DenseLines;
class DensePoints;

/// The present state of a chart.
struct ChartFrame {
  Span x, y;
  bool logX = false, logY = false;
};

struct ChartLine {
  LineStyle style;
  ChartSeries series;
  std::vector<double> deviations;  ///< whiskers, of the first points; or empty
  ChartSeries low, high;           ///< edges of a band around the line, or empty

  bool isShown() const { return !style.hidden && series.isPlaced(); }
  /// Has values of its own, which the crosshair tells.
  bool isData() const { return isShown() && (style.look == LineLook::Curve || style.look == LineLook::Points); }
};

/// The drawing side of a chart, and the only place that knows QCustomPlot: axes, grid, and for each line as few points
/// as the width needs.
class ChartPlot {
 public:
  ChartPlot(QWidget* parent, TickText x, TickText y, const QString& xTitle);

  /// Owned by `parent`. Draws itself; handles no input.
  QWidget& widget() const;

  /// Hands over the part of the lines that `frame` shows, and redraws once, soon.
  void draw(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme);
  /// The same on another device, below a head of so many pixels that `paintHead` draws.
  void paintFigure(QPaintDevice& device, QSize size, int head, const std::function<void(QPainter&)>& paintHead,
                   const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme);
  void setXAxis(TickText text, const QString& title);

  /// Inside the axes, in pixels of widget().
  QRect area() const;
  QPointF pixelOf(double x, double y) const;
  QPointF valueAt(QPointF pixel) const;
  /// Milliseconds that drawing takes, averaged.
  double drawTime() const;
  void setPixelRatio(double ratio);

 private:
  struct Label {
    QCPItemText* item;
    double y;
  };

  void fill(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme, int width);
  void styleAxes(const Theme& theme);
  int xTicks(QSize size) const;
  void setAxes(const ChartFrame& frame, QSize size);
  void fillLine(int64_t key, const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width);
  void fillBand(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width);
  void fillWhiskers(const ChartLine& line, const ChartFrame& frame, const Theme& theme);
  void fillMarks(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width);
  void setLabels(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme);
  void placeLabels();
  void beginLines();
  void endLines();
  QCPGraph& nextGraph(const QString& layer);
  std::shared_ptr<DensePoints> densePoints(int64_t key, bool isRaw, const ChartSeries& series, const ChartFrame& frame,
                                           int width);
  void addDense(const QString& layer, const std::shared_ptr<DensePoints>& points, const ChartFrame& frame,
                const QPen& pen);

  QCustomPlot* plot_;
  TickText xText_, yText_;
  int xTicks_ = 0;  ///< at most so many, as drawn last
  size_t graphsUsed_ = 0, denseUsed_ = 0;
  std::vector<DenseLines*> dense_;
  struct KeptPoints {
    std::shared_ptr<DensePoints> points;
    int64_t round = 0;  ///< that they were used in
  };
  std::map<std::pair<int64_t, bool>, KeptPoints> kept_;  ///< by line, and whether they are of its raw values
  int64_t round_ = 0;
  bool anyStrong_ = false;  ///< the raw values of the other lines then step back
  std::vector<Label> labels_;
};

}  // namespace scanline
