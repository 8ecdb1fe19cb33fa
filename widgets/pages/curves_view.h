#pragma once

#include <QWidget>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/store/run_types.h"
#include "widgets/plot/chart_types.h"

class QAbstractButton;
class QGridLayout;
class QLabel;
class QScrollArea;
class QSlider;
class QVBoxLayout;

namespace scanline {

class Chart;
class ChartLegend;
class SeriesCharts;

/// The series that every training has.
enum class Curve { TrainLoss, ValidationLoss, TestLoss, LearningRate, GradientNorm, ImagesPerSecond };

/// The Curves page: the loss above learning rate, gradient norm and throughput, over a common step axis, with one
/// crosshair; below them, charts of the other series that the runs have. What is shown (zoom, smoothing, logarithmic
/// axes) outlives every change of the runs.
class CurvesView : public QWidget {
  Q_OBJECT

 public:
  explicit CurvesView(QWidget* parent = nullptr);

  /// The runs to show. Points of runs that stay are kept; those of the others are forgotten.
  void setRuns(std::vector<ChartRun> runs);
  /// Points of one series, steps ascending. A step that is there already, and all after it, are replaced (a resumed
  /// run). Points of a run that is not shown are ignored: they may have been on their way when it was unticked.
  void append(int64_t run, Curve curve, std::span<const Point> points);
  /// The same for any series, by its stored name.
  void append(int64_t run, const std::string& series, std::span<const Point> points);
  void clear(int64_t run);
  /// Marks a step chosen elsewhere, until the mouse shows another.
  void setStepCursor(std::optional<int64_t> step);

  double smoothing() const;
  void setSmoothing(double weight);  ///< 0..0.99
  bool isLogX() const;
  bool isLogY() const;

 signals:
  void stepClicked(qint64 step);
  void runClicked(qint64 run);
  void settingsChanged();                ///< smoothing or axes, by the person: worth remembering
  void failed(const QString& sentence);  ///< a picture could not be written

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  static constexpr size_t kCharts = 4;
  static constexpr size_t kLossChart = 0, kRateChart = 1, kNormChart = 2, kSpeedChart = 3;

  static size_t chartOf(Curve curve);

  QWidget* makeToolbar();
  QAbstractButton* makeToggle(const QString& text, const QString& help);
  void connectChart(Chart& chart);
  void applyLooks();
  void updateButtons();
  void updateLegend();
  void updateTitle();
  void setTestLine(const ChartRun& run);
  void arrange();
  void placeBelow();
  std::vector<Chart*> shownCharts() const;  ///< all that share steps, zoom and crosshair
  void showCursor(std::optional<double> x, const Chart* at);
  bool shows(int64_t run) const;

  std::array<Chart*, kCharts> charts_;
  SeriesCharts* further_;
  QGridLayout* below_ = nullptr;   ///< the small charts
  QVBoxLayout* column_ = nullptr;  ///< the loss, the row below it, and the further charts
  ChartLegend* legend_;
  QSlider* smoothing_ = nullptr;
  QLabel* smoothingText_ = nullptr;
  QAbstractButton *logX_ = nullptr, *logY_ = nullptr, *clip_ = nullptr;
  QAbstractButton *back_ = nullptr, *forward_ = nullptr, *reset_ = nullptr;
  std::vector<ChartRun> runs_;
  std::optional<int64_t> pinned_;
};

}  // namespace scanline
