#pragma once

#include <QImage>
#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/plot/run_values.h"

namespace scanline {

/// Parallel coordinates: an axis for each chosen column, a line for each run. A drag along an axis is a brush: only
/// runs inside all brushes keep their colour. A click on an axis takes its brush away; a click on a line chooses the
/// run, a Ctrl+click ticks it. Keys: left and right choose an axis, up and down walk over the brushed runs by its
/// values; with Shift they move the brush's upper end, with Ctrl its lower one; Delete takes the brush away, Escape
/// all; Enter chooses, Space ticks. Of more than kMostLines runs every n-th is drawn, and note() says so; brushes count
/// all.
class ParallelChart : public QWidget {
  Q_OBJECT
 public:
  static constexpr size_t kMostLines = 2000;

  struct Axis {
    int column = 0;
    bool logarithmic = false;
    bool operator==(const Axis&) const = default;
  };

  explicit ParallelChart(QWidget* parent = nullptr);

  void setValues(SharedRunValues values);
  /// Brushes of axes that stay, stay.
  void setAxes(std::vector<Axis> axes, int colourColumn);
  void setMarked(const MarkedRuns& marked);
  void setEmptyText(const QString& text);

  const std::vector<Axis>& axes() const { return axes_; }
  /// Between two shares of the axis, 0 at its low end; nothing: all.
  void setBrush(size_t axis, std::optional<Span> brush);
  std::optional<Span> brush(size_t axis) const { return brushes_[axis]; }
  std::vector<qint64> brushedRuns() const;
  bool hasBrush() const;
  QString note() const;
  qint64 current() const;
  /// Where the axis has this share, in pixels of this widget.
  QPoint placeOn(size_t axis, double share) const;
  QSize minimumSizeHint() const override { return {360, 200}; }

 signals:
  void brushChanged();
  void runClicked(qint64 run);
  void runToggled(qint64 run);
  void failed(const QString& sentence);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  const RunValues::Column& columnOf(size_t axis) const { return values_->columns[size_t(axes_[axis].column)]; }
  void refilter();
  void redraw();
  QRect gridIn(QSize size) const;
  double xOf(const QRect& grid, size_t axis) const;
  double shareAt(double y) const;
  std::optional<size_t> axisAt(QPointF at) const;
  std::optional<size_t> rowAt(QPointF at) const;
  void paint(QPainter& painter, QSize size, const Theme& theme, bool interactive);
  void paintLines(QPainter& painter, const QRect& grid, const Theme& theme) const;
  void paintLine(QPainter& painter, const QRect& grid, size_t row) const;
  void paintAxes(QPainter& painter, const QRect& grid, const Theme& theme, bool interactive) const;
  void moveBrush(bool upper, double by);
  void walk(int by);
  void setCurrent(size_t row);
  std::vector<int> shownColumns() const;

  SharedRunValues values_;
  std::vector<Axis> axes_;
  int colourColumn_ = -1;
  std::vector<AxisScale> scales_;             ///< of axes_
  std::vector<std::optional<Span>> brushes_;  ///< of axes_, in shares
  std::vector<char> inside_;                  ///< [runs], of all brushes
  size_t insideCount_ = 0;
  MarkedRuns marked_;
  RunColouring colouring_;
  QString empty_;
  QImage picture_;
  size_t focusAxis_ = 0;
  std::optional<size_t> hovered_, current_, pressed_;  ///< rows; the axis under a press
  double pressedAt_ = 0;                               ///< share
  bool dragging_ = false;
};

}  // namespace scanline
