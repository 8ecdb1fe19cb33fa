#pragma once

#include <QString>
#include <QWidget>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/store/run_types.h"
#include "widgets/plot/chart_types.h"

class QGridLayout;
class QLabel;
class QLineEdit;
class QToolButton;
class QVBoxLayout;

namespace scanline {

class Chart;

/// Charts of the series that only some runs have: accuracies of a classifier, the use of a VQ-VAE's codebook, the
/// trials of a search; and, folded away under "Other series", the series of an imported run, under its own names. A
/// chart is there once it has a point.
class SeriesCharts : public QWidget {
  Q_OBJECT

 public:
  explicit SeriesCharts(QWidget* parent = nullptr);
  ~SeriesCharts() override;

  /// Points of runs that stay are kept; those of the others are forgotten.
  void setRuns(std::vector<ChartRun> runs);
  /// As CurvesView::append; `series` by its stored name.
  void append(int64_t run, const std::string& series, std::span<const Point> points);
  void clear(int64_t run);

  bool isEmpty() const { return shown_.empty() && others_ == 0; }
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

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  struct Group;

  Group& groupOf(const std::string& series);
  void makeChart(Group& group);
  void setLines(Group& group);
  void refresh();
  void place();
  bool hasPoints(const Group& group) const;

  std::vector<ChartRun> runs_;
  std::map<std::string, std::unique_ptr<Group>> groups_;  ///< by key: known ones by their place, others by name
  std::vector<Group*> shown_;
  size_t others_ = 0;  ///< series with points that are no known ones, shown or not
  QWidget* header_;
  QToolButton* fold_;
  QLineEdit* filter_;
  QLabel* more_;
  QGridLayout* known_;
  QGridLayout* unknown_;
  QVBoxLayout* column_ = nullptr;
  bool open_ = true;  ///< the other series are not folded away
};

}  // namespace scanline
