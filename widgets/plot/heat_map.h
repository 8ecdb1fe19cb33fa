#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/plot/figure_export.h"

namespace scanline {

/// Accuracy by layer (rows, the first layer at the bottom) and step (columns), in viridis colours with a scale bar. A
/// click or the arrow keys choose a cell; the value under the mouse, else of the chosen cell, is written above.
class HeatMap : public QWidget {
  Q_OBJECT

 public:
  struct Cell {
    int64_t layer = 0;
    qint64 step = 0;
    bool operator==(const Cell&) const = default;
  };

  explicit HeatMap(QWidget* parent = nullptr);

  /// values[column * layers + layer], shares in 0..1, NaN where nothing was measured; one column a step.
  void setValues(int64_t layers, std::vector<qint64> steps, std::vector<double> values);
  /// The marked cell; emits nothing.
  void setCurrent(std::optional<Cell> cell);
  void setEmptyText(const QString& text);
  std::optional<Cell> current() const { return current_; }

  /// The middle of a cell, in pixels of this widget.
  QPoint centreOf(const Cell& cell) const;
  QSize minimumSizeHint() const override { return {260, 180}; }
  QSize sizeHint() const override { return {520, 320}; }

 signals:
  void cellChosen(qint64 layer, qint64 step);
  void failed(const QString& sentence);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void paint(QPainter& painter, QSize size, const Theme& theme, bool interactive) const;
  void paintCells(QPainter& painter, const QRect& grid, const Theme& theme) const;
  void paintAxes(QPainter& painter, const QRect& grid, const Theme& theme) const;
  QRect gridIn(QSize size) const;
  QRect rectOf(const QRect& grid, size_t column, int64_t layer) const;
  std::optional<Cell> cellAt(QPoint at) const;
  std::optional<size_t> columnOf(qint64 step) const;
  double valueOf(size_t column, int64_t layer) const { return values_[column * size_t(layers_) + size_t(layer)]; }
  QString textOf(const Cell& cell) const;
  QString shortTextOf(const Cell& cell) const;
  void choose(size_t column, int64_t layer);

  int64_t layers_ = 0;
  std::vector<qint64> steps_;
  std::vector<double> values_;
  double low_ = 0, high_ = 1;  ///< of the values, the ends of the scale
  std::optional<Cell> current_, hovered_;
  QString empty_;
};

}  // namespace scanline
