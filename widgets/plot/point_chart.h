#pragma once

#include <QImage>
#include <QPolygonF>
#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/plot/run_values.h"

namespace scanline {

/// Which columns of RunValues a chart of points shows; -1: none.
struct PointAxes {
  int x = -1, y = -1, colour = -1;
  bool logX = false, logY = false;
  /// Lines through the means of runs that share x (and the colour, if that is a text), with a band of one standard
  /// deviation: runs that differ in their seed, say.
  bool means = false;
  bool operator==(const PointAxes&) const = default;
};

/// Any number of runs against any other, a point each. The mouse over a point names it, a click chooses the run, a
/// Ctrl+click ticks it, a drag ticks all in a rectangle, with Shift in a line drawn by hand; the wheel zooms, a double
/// click shows all. Keys: left and right walk by x, up and down by y; Enter chooses, Space ticks, + - 0 zoom, Escape
/// gives up a drag. Above kMostPoints the points are drawn as a density, and note() says so.
class PointChart : public QWidget {
  Q_OBJECT
 public:
  static constexpr size_t kMostPoints = 20000;

  explicit PointChart(QWidget* parent = nullptr);

  void setValues(SharedRunValues values);
  void setAxes(const PointAxes& axes);
  void setMarked(const MarkedRuns& marked);
  void setEmptyText(const QString& text);

  /// How many runs are drawn, how, and how many cannot be, as a sentence.
  QString note() const;
  /// The middle of a run's point, in pixels of this widget; nothing if it is not shown.
  std::optional<QPoint> placeOf(qint64 run) const;
  qint64 current() const;  ///< the run with the keyboard's mark; 0: none
  const AxisScale& xScale() const { return x_; }
  QSize minimumSizeHint() const override { return {280, 200}; }

 signals:
  void runClicked(qint64 run);
  void runToggled(qint64 run);
  void runsTicked(const std::vector<qint64>& runs);
  void failed(const QString& sentence);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  static constexpr int kEdge = 12, kTop = 10, kTickGap = 6, kScaleWidth = 12, kScaleGap = 14, kScaleText = 64,
                       kLeftText = 56;  ///< px
  enum class Drag { None, Press, Rectangle, Lasso };
  struct Group;  ///< runs that share x and colour

  const RunValues::Column* column(int index) const;
  void rebuild();
  void place();
  void zoomAbout(QPointF share, double factor);
  QRect gridIn(QSize size) const;
  QPointF pixelOf(const QRect& grid, double x, double y) const;
  std::vector<Group> groups() const;
  void paint(QPainter& painter, QSize size, const Theme& theme, bool interactive);
  void paintAxes(QPainter& painter, const QRect& grid, QSize size, const Theme& theme) const;
  void paintPoints(QPainter& painter, const QRect& grid, const Theme& theme) const;
  void paintDensity(QPainter& painter, const QRect& grid, const Theme& theme) const;
  void paintMeans(QPainter& painter, const QRect& grid, const Theme& theme) const;
  void paintLegend(QPainter& painter, const QRect& head, const QRect& grid, const Theme& theme) const;
  void paintMarks(QPainter& painter, const Theme& theme) const;
  std::optional<size_t> rowAt(QPointF at) const;
  std::vector<int> shownColumns() const;
  void walk(bool byX, int by);
  void setCurrent(size_t row);

  SharedRunValues values_;
  PointAxes axes_;
  MarkedRuns marked_;
  QString empty_;
  AxisScale wholeX_, wholeY_, x_, y_;  ///< all points, and the part that is shown
  RunColouring colouring_;
  std::vector<size_t> rows_;     ///< runs that can be drawn
  std::vector<QPointF> places_;  ///< of rows_, in pixels of this widget
  int buckets_ = 0;              ///< squares across the widget, in which points are found
  std::vector<std::vector<uint32_t>> bucket_;
  QImage picture_;                           ///< the points, until something about them changes
  std::vector<uint32_t> byX_, byY_;          ///< places in rows_, for the keys; made when first needed
  std::optional<size_t> hovered_, current_;  ///< rows
  Drag drag_ = Drag::None;
  QPolygonF path_;  ///< of the drag
};

}  // namespace scanline
