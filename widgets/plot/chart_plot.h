#pragma once

#include <QPointF>
#include <QRect>
#include <QString>
#include <map>
#include <memory>
#include <vector>

#include "widgets/parts/theme.h"
#include "widgets/plot/chart_series.h"
#include "widgets/plot/chart_types.h"

class QCPAxis;
class QCPGraph;
class QCPItemText;
class QCPPainter;
class QCustomPlot;
class QPaintDevice;
class QWidget;

namespace scanline {

/// The present state of a chart.
struct ChartFrame {
  Span x, y;
  bool logX = false, logY = false;
};

struct ChartLine {
  LineStyle style;
  ChartSeries series;
  std::vector<double> deviations;  ///< whiskers, of the first points; or empty
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
  /// The same on another device, `top` logical pixels below its upper edge, under `title`.
  void paintFigure(QPaintDevice& device, QSize size, const QString& title, const ChartFrame& frame,
                   const std::map<int64_t, ChartLine>& lines, const Theme& theme);

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
  void setAxes(const ChartFrame& frame, QSize size);
  void fillLine(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width);
  void fillWhiskers(const ChartLine& line, const ChartFrame& frame, const Theme& theme);
  void fillMarks(const ChartLine& line, const ChartFrame& frame, const Theme& theme, int width);
  void setLabels(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme);
  void placeLabels();
  QCPGraph& nextGraph(const QString& layer);

  QCustomPlot* plot_;
  TickText xText_, yText_;
  size_t graphsUsed_ = 0;
  std::vector<Label> labels_;
};

}  // namespace scanline
