#pragma once

#include <QString>
#include <QWidget>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/store/run_types.h"
#include "widgets/plot/chart.h"

class QLabel;
class QLineEdit;
class QToolButton;

namespace scanline {

/// Charts of the series that only some runs have: accuracies of a classifier, the use of a VQ-VAE's codebook, the
/// trials of a search; and, folded away under "Other series", the series of an imported run, under its own names. A
/// chart is there once it has a point. This widget is the line above those other series; its owner places the charts.
class SeriesCharts : public QWidget {
  Q_OBJECT

 public:
  /// Charts are made as children of `charts`.
  SeriesCharts(QWidget* charts, QWidget* parent);
  ~SeriesCharts() override;

  /// Points of runs that stay are kept; those of the others are forgotten.
  void setRuns(std::vector<ChartRun> runs);
  /// As CurvesView::append; `series` by its stored name.
  void append(int64_t run, const std::string& series, std::span<const Point> points);
  void clear(int64_t run);
  /// While it is held, the same charts are shown, with points or without.
  void setHeld(bool held);

  /// Asked for the weight of a run's lines and whether they are hidden; see restyle().
  using StyleOfRun = std::function<void(int64_t run, LineStyle& style)>;
  void setStyleOfRun(StyleOfRun styleOfRun) { styleOfRun_ = std::move(styleOfRun); }
  void restyle();

  bool isEmpty() const { return shown_.empty() && others_ == 0; }
  bool hasOthers() const { return others_ > 0; }
  /// The name by which a chart's place is remembered, and whether it stands among the other series.
  QString keyOf(const Chart& chart) const;
  bool isOther(const Chart& chart) const;
  /// Those shown now, in reading order.
  std::vector<Chart*> charts() const;
  /// Which of them run over steps, and so can share zoom and crosshair with other charts.
  static bool isBySteps(const Chart& chart);
  /// Which may be logarithmic: losses.
  static bool mayBeLogarithmic(const Chart& chart);
  static int64_t runOf(qint64 key);

 signals:
  /// A chart was made; it stays until this widget goes.
  void chartMade(Chart* chart);
  /// Other charts than before are shown.
  void shownChanged();

 private:
  struct Group;

  Group& groupOf(const std::string& series);
  void makeChart(Group& group);
  void setLines(Group& group);
  void refresh();
  void buildLine();
  Chart::Key lineFor(Group& group, const std::string& series, const ChartRun& run);
  bool hasPoints(const Group& group) const;

  std::vector<ChartRun> runs_;
  std::map<std::string, std::unique_ptr<Group>> groups_;  ///< by key: known ones by their place, others by name
  std::vector<Group*> shown_;
  size_t others_ = 0;  ///< series with points that are no known ones, shown or not
  StyleOfRun styleOfRun_;
  QWidget* charts_;
  QToolButton* fold_;
  QLineEdit* filter_;
  QLabel* more_;
  bool held_ = false;
  bool open_ = true;  ///< the other series are not folded away
};

}  // namespace scanline
