#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "core/base/statistics.h"
#include "widgets/plot/colour_scale.h"
#include "widgets/plot/run_values.h"

namespace scanline {

/// A heat map of two columns: each cell has the mean of a third over the runs that share both. Columns with many
/// different values are cut into bins, and note() says so. The mouse over a cell tells mean, deviation and number of
/// runs, a click names its runs; arrows walk over the cells, Enter names the runs of one.
class SettingMap : public QWidget {
  Q_OBJECT
 public:
  static constexpr size_t kMostValues = 24, kBins = 12;

  struct Axes {
    int x = -1, y = -1, value = -1;
    bool logX = false, logY = false;  ///< bins of equal ratio instead of equal width
    bool operator==(const Axes&) const = default;
  };
  struct Cell {
    MeanDeviation value;
    std::vector<size_t> rows;
  };

  explicit SettingMap(QWidget* parent = nullptr);

  void setValues(SharedRunValues values);
  void setAxes(const Axes& axes);
  void setEmptyText(const QString& text);

  size_t columns() const { return size_t(xLabels_.size()); }
  size_t lines() const { return size_t(yLabels_.size()); }
  const Cell& cell(size_t column, size_t line) const { return cells_[line * columns() + column]; }
  QPoint placeOf(size_t column, size_t line) const;  ///< the middle of a cell, in pixels of this widget
  QString note() const;
  QSize minimumSizeHint() const override { return {280, 200}; }

 signals:
  void runsChosen(const std::vector<qint64>& runs, bool add);  ///< add: with Ctrl
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
  void rebuild();
  QRect gridIn(QSize size) const;
  QRect rectOf(const QRect& grid, size_t index) const;
  std::optional<size_t> cellAt(QPoint at) const;
  QString tellCell(size_t index) const;
  void paint(QPainter& painter, QSize size, const Theme& theme, bool interactive) const;
  void paintLabels(QPainter& painter, const QRect& grid, QSize size, const Theme& theme) const;
  void choose(size_t index, bool add);

  SharedRunValues values_;
  Axes axes_;
  QStringList xLabels_, yLabels_;
  bool binned_ = false;
  std::vector<Cell> cells_;  ///< [lines][columns]
  ColourScale scale_;
  std::optional<size_t> current_, hovered_;
  QString empty_;
};

}  // namespace scanline
