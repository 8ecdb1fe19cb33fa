#pragma once

#include <QWidget>
#include <map>
#include <vector>

#include "core/run/events.h"
#include "core/run/low_data_mean.h"
#include "widgets/pages/paper_curves.h"
#include "widgets/plot/chart_types.h"

class QCheckBox;
class QLabel;

namespace scanline {

class Chart;
class ChartLegend;

/// A linear probe on few labels: accuracy over labels of each class, the subsets as dots, their mean with
/// whiskers of one standard deviation, and the paper's numbers to compare.
class LowDataView : public QWidget {
  Q_OBJECT

 public:
  explicit LowDataView(QWidget* parent = nullptr);

  /// Results of runs that stay are kept. The first run is in front.
  void setRuns(std::vector<ChartRun> runs);
  /// All results of a run so far; runs not shown are ignored.
  void setResults(int64_t run, std::vector<LowDataResult> results);
  /// The paper's numbers, and how many classes its data have.
  void setReference(std::vector<ReferencePoint> points, int64_t classes);
  /// Whether the front run learns from the paper's images; its numbers say nothing about others.
  void setReferenceApplies(bool applies);

 signals:
  void runClicked(qint64 run);
  void failed(const QString& sentence);  ///< a picture could not be written

 private:
  void refresh();
  void drawRun(const ChartRun& run, int64_t place);

  std::vector<ChartRun> runs_;
  std::map<int64_t, std::vector<LowDataResult>> results_;
  std::vector<ReferencePoint> reference_;
  int64_t classes_ = 10;
  bool applies_ = true;
  Chart* chart_;
  ChartLegend* legend_;
  QCheckBox* paper_;
  QLabel* caption_;
};

}  // namespace scanline
