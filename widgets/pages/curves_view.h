#pragma once

#include <QTimer>
#include <QWidget>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/store/run_types.h"
#include "widgets/pages/curve_axis.h"
#include "widgets/pages/seed_groups.h"
#include "widgets/plot/chart_types.h"
#include "widgets/plot/curve_smoothing.h"

class QAbstractButton;
class QComboBox;
class QLabel;
class QSlider;

namespace scanline {

class Chart;
class ChartBoard;
class ChartLegend;
class CurvesValues;
class SeriesCharts;

/// The series that every training has.
enum class Curve { TrainLoss, ValidationLoss, TestLoss, LearningRate, GradientNorm, ImagesPerSecond };

/// The Curves page: the loss above learning rate, gradient norm and throughput, over a common axis, with one crosshair;
/// below them, charts of the other series that the runs have. The first run is the chosen one: it lies on top, thicker
/// than the others. Zoom, smoothing, axes and arrangement stay when the runs change.
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
  /// So many points of a series will come in all, by parts. For the series that every training has.
  void expect(int64_t run, const std::string& series, size_t points);
  void clear(int64_t run);
  /// Marks a step chosen elsewhere, until the mouse shows another.
  void setStepCursor(std::optional<int64_t> step);

  double smoothing() const;
  void setSmoothing(double weight);  ///< 0..0.99
  bool isLogX() const;
  bool isLogY() const;
  CurveAxis axis() const;
  /// Everything else that is worth remembering: method of smoothing, axis, seeds, table, arrangement of the charts, and
  /// size and folder of pictures.
  QByteArray state() const;
  /// Anything that state() did not write leaves the page as it is.
  void restoreState(const QByteArray& state);

 public slots:
  /// Brings the run out before all others while it is pointed at somewhere; RunId{} ends that.
  void emphasise(RunId run);

 signals:
  void stepClicked(qint64 step);
  void runClicked(qint64 run);
  void settingsChanged();                ///< smoothing, axes or arrangement, by the person: worth remembering
  void exported(const QString& file);    ///< a picture or numbers were written
  void failed(const QString& sentence);  ///< they could not be

 private:
  static constexpr size_t kCharts = 4;
  static constexpr size_t kLossChart = 0, kRateChart = 1, kNormChart = 2, kSpeedChart = 3;

  static size_t chartOf(Curve curve);

  void makeCharts();
  QWidget* makeToolbar();
  QWidget* makeSmoothingGroup(QWidget* bar);
  QComboBox* makeBox(QWidget* bar, const char* name, const QString& help, const QStringList& entries);
  QAbstractButton* makeToggle(const QString& text, const QString& help);
  void connectChart(Chart& chart);
  void connectLegend();
  void settingChanged();
  Smoothing wantedSmoothing() const;
  SeedView seedView() const;
  void applyLooks();
  void applyAxis();
  void chooseAxis();
  void updateAxisEntries();
  void updateButtons();
  void updateLegend();
  void updateTitle();
  void updateValues();
  void restyle();
  void styleLine(int64_t run, LineStyle& style) const;
  void setTestLine(const ChartRun& run);
  bool seedsAreJoined() const;
  void updateSeeds();
  void addMeans(Chart& chart);
  void arrange();
  void hold();
  void endHold();
  void release();
  std::vector<Chart*> shownCharts() const;  ///< all that share steps, zoom and crosshair
  void showCursor(std::optional<double> x, const Chart* at);
  bool shows(int64_t run) const;
  double startOf(int64_t run) const;
  std::optional<double> xOfStep(int64_t step) const;
  std::optional<int64_t> stepAt(const Chart& chart, double x) const;
  QString seriesName(const Chart& chart, int64_t key) const;

  std::array<Chart*, kCharts> charts_;
  SeriesCharts* further_ = nullptr;
  ChartBoard* board_ = nullptr;
  ChartLegend *legend_ = nullptr, *looks_ = nullptr;  ///< of the runs; of training and validation
  CurvesValues* values_ = nullptr;
  QComboBox *method_ = nullptr, *axis_ = nullptr, *seeds_ = nullptr;
  QSlider* smoothing_ = nullptr;
  QLabel* smoothingText_ = nullptr;
  QAbstractButton *logX_ = nullptr, *logY_ = nullptr, *clip_ = nullptr, *table_ = nullptr;
  QAbstractButton *back_ = nullptr, *forward_ = nullptr, *reset_ = nullptr;
  std::vector<ChartRun> runs_;
  std::vector<std::vector<size_t>> groups_;  ///< places in runs_ of those that differ in the seed alone
  std::set<int64_t> hidden_;                 ///< switched off in the legend
  std::optional<int64_t> pointedAt_;
  std::optional<int64_t> pinned_;  ///< the step chosen elsewhere
  QTimer seedTimer_;
  QTimer hold_;  ///< while it runs, the charts stay: the first points of the chosen runs are on their way
};

}  // namespace scanline
