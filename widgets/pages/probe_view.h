#pragma once

#include <QStringList>
#include <QWidget>
#include <map>
#include <optional>
#include <vector>

#include "core/run/events.h"
#include "widgets/pages/paper_curves.h"
#include "widgets/pages/probe_pictures.h"
#include "widgets/plot/chart_types.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QStackedWidget;

namespace scanline {

class Chart;
class ChartLegend;
class ClassAccuracyTable;
class ConfusionView;
class HeatMap;
class SegmentedControl;
class StepRamp;
class StepSlider;

/// The Probe page: the accuracy of a linear classifier on each layer, step by step. The first run given is in front:
/// the heat map, the sentence above, the slider's ticks and the confusion matrices are its own; the others join the two
/// charts. Another step or run can be chosen to compare with, class by class. The pictures of a cell of a matrix are
/// asked for by picturesRequested.
class ProbeView : public QWidget {
  Q_OBJECT

 public:
  explicit ProbeView(QWidget* parent = nullptr);

  /// Runs that stay keep their probes; those of the others are forgotten. A step that the person chose, and
  /// the layer, stay if the new front run has them; else its newest probe is shown.
  void setRuns(std::vector<ChartRun> runs);
  /// Replaces all probes of a run that is shown; others are ignored.
  void setProbes(int64_t run, std::vector<ProbeResult> probes);
  void appendProbes(int64_t run, std::vector<ProbeResult> probes);
  /// Of the front run; too few are filled up with numbers.
  void setClassNames(QStringList names);
  /// L of the front run: probes are of layers 0 to L. 0 = as many as were measured.
  void setLayers(int64_t layers);
  /// When the first probe will come, for the empty page; nothing: none is planned.
  void setFirstProbeStep(std::optional<int64_t> step);
  /// Goes to the last probe at or before `step`. Emits nothing. While the newest is shown, newer ones follow by
  /// themselves.
  void setStep(int64_t step);
  /// The published curves to choose from; none is drawn at first.
  void setReferences(std::vector<ReferenceCurve> curves);

  int64_t step() const;  ///< -1 without probes
  /// Answers picturesRequested.
  ProbePicturesPanel* pictures() const { return pictures_; }

 signals:
  void stepChosen(qint64 step);
  void runClicked(qint64 run);
  void picturesRequested(const scanline::ProbePicturesWanted& wanted);
  void picturesUnwanted();
  void failed(const QString& sentence);  ///< a picture could not be written

 private:
  using ByLayer = std::map<int64_t, ProbeResult>;
  using Probes = std::map<int64_t, ByLayer>;  ///< by step

  void buildPage();
  void connectParts();
  void add(Probes& probes, std::vector<ProbeResult> results);
  void refresh();
  void refreshSteps();
  void refreshHeatMap();
  void refreshLayers();
  void refreshTrace();
  void refreshWords();
  void refreshCompared();
  void refreshConfusion();
  void showClasses(const ProbeResult& probe);
  const ProbeResult* comparedProbe(int64_t layer) const;
  const ByLayer* upToStep(int64_t run, int64_t step) const;
  QString className(int label) const;
  void askForPictures(int truth, int said);
  void closePictures();
  void makeSide();
  void refreshEmptyTexts();
  void remember(qint64 step);
  void chooseStep(qint64 step);
  void chooseCell(qint64 layer, qint64 step);
  void closeConfusion();
  const Probes* front() const;
  std::vector<qint64> mappedSteps() const;
  int64_t shownLayers() const;

  std::vector<ChartRun> runs_;
  std::map<int64_t, Probes> probes_;
  QStringList classNames_;
  std::vector<ReferenceCurve> references_;
  int64_t layers_ = 0;
  std::optional<int64_t> firstStep_;
  /// The other side of a comparison; step -1: the other run at the chosen step, or its last one before.
  struct Compared {
    int64_t run = 0, step = -1;
    bool operator==(const Compared&) const = default;
  };
  std::vector<Compared> comparable_;  ///< by the entries of their box, but for its first
  std::optional<Compared> compared_;
  std::optional<ProbePicturesWanted> wanted_;  ///< whose pictures are shown
  std::optional<int64_t> layer_;               ///< whose confusion matrix is open
  qint64 chosenStep_ = -1;                     ///< by the person, kept from run to run; -1: the newest is followed

  QLabel *words_, *detail_;
  QComboBox *reference_, *comparedBox_;
  ChartLegend* legend_;
  StepRamp* ramp_;
  QCheckBox* withoutUntrained_;
  Chart *byLayer_, *trace_;
  HeatMap* heatMap_;
  QWidget* side_;
  ConfusionView* confusion_;
  ClassAccuracyTable* classes_;
  SegmentedControl* sideKind_;
  QStackedWidget *sideStack_, *bottom_;
  QLabel* classWords_;
  ProbePicturesPanel* pictures_;
  StepSlider* slider_;
};

}  // namespace scanline
