#pragma once

#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/run/events.h"
#include "widgets/plot/figure_export.h"

namespace scanline {

/// Which classes a probe takes for which: rows are true classes, columns the answers of the probe; the deeper the
/// colour, the greater the share of its row. Counts stand in the cells while there is room; the cell under the mouse is
/// put in words. A click chooses a cell that is not empty; arrows walk, Enter chooses.
class ConfusionView : public QWidget {
  Q_OBJECT

 public:
  explicit ConfusionView(QWidget* parent = nullptr);

  /// `cells` as in ProbeResult; names may be fewer than classes (numbers then stand in).
  void setMatrix(const QString& title, int64_t classes, std::vector<ConfusionCell> cells, QStringList names);
  /// The cell whose pictures are shown; emits nothing.
  void setChosen(std::optional<std::pair<int64_t, int64_t>> cell);
  int64_t classes() const { return classes_; }
  int32_t count(int64_t truth, int64_t said) const;
  /// The middle of a cell, in pixels of this widget.
  QPoint centreOf(int64_t truth, int64_t said) const;
  /// "3 taken for 5: 4 of 18 (22.2 %)"
  QString words(int64_t truth, int64_t said) const;

  QSize sizeHint() const override { return {380, 420}; }
  QSize minimumSizeHint() const override { return {260, 280}; }

 signals:
  void cellChosen(int truth, int said);
  void failed(const QString& sentence);

 protected:
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Layout {
    QRect grid;
    int cell;
  };
  Layout layoutIn(QSize size) const;
  void paint(QPainter& painter, QSize size, const Theme& theme) const;
  void paintCells(QPainter& painter, const Layout& layout, const Theme& theme) const;
  QFont digitsFont(int cell) const;
  void paintNames(QPainter& painter, const Layout& layout, const Theme& theme) const;
  QString nameOf(int64_t at) const;

  QString title_;
  int64_t classes_ = 0;
  std::vector<ConfusionCell> cells_;  ///< ascending
  std::vector<int64_t> rowSums_;      ///< [classes]
  QStringList names_;
  using Cell = std::pair<int64_t, int64_t>;  ///< true class, class said
  void point(std::optional<Cell> cell);
  void choose(const Cell& cell);
  std::optional<Cell> cellAt(QPoint at) const;

  std::optional<Cell> hovered_, chosen_;  ///< under the mouse, or walked to
};

}  // namespace scanline
