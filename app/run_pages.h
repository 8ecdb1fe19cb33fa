#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/run_feed.h"
#include "app/settings.h"
#include "app/speed_log.h"
#include "app/store_thread.h"
#include "core/spec/run_spec.h"
#include "widgets/parts/status_strip.h"
#include "widgets/plot/chart_types.h"

class QWidget;

namespace scanline {

class CompareView;
struct ComparedPictures;
class CompletionsView;
class CurvesView;
class DataPage;
class Inspector;
class ProbeView;
class ResultsView;

/// The views of the chosen runs, and the data they show. One run is the primary one: its pictures and its
/// inspector are shown; the others are overlaid on curves and probes. UI thread.
class RunPages : public QObject {
  Q_OBJECT
 public:
  RunPages(StoreThread& slowReader, Settings& settings, QWidget* parent);

  /// The pages of the centre, in order, with their titles.
  std::vector<std::pair<QWidget*, QString>> pages() const;
  QWidget* inspector() const;

  /// `primary` is one of `shown`, or none when nothing is shown. `runs`: facts of the shown runs and of those that they
  /// come from, as far as they are known; take() brings them, too.
  void setShown(const std::vector<RunId>& shown, RunId primary, const std::vector<RunSummary>& runs);
  /// Names, states and colours may have changed.
  void setSummaries(const std::vector<RunSummary>& runs);
  void take(const RunUpdate& update);
  /// Draws the curves of a run in front of the others; 0: as they are.
  void emphasise(RunId run);
  /// The page that compares the shown runs.
  QWidget* comparePage() const;
  QWidget* curvesPage() const;
  QWidget* completionsPage() const;
  ProbeView* probePage() const { return probe_; }
  CompletionsView* completionsView() const { return completions_; }
  /// The page with the results of runs of this kind; null where those are the curves.
  QWidget* pageFor(RunKind kind) const;
  /// The settings of a run that is shown; null until they have been read.
  const RunSpec* settingsOf(RunId run) const;
  /// Opens a window with the data that a run of these settings would learn from.
  void showDataOf(const RunSpec& spec, QWidget* form);
  /// Device, threads, precision and speed of the run that trains, as far as it is shown.
  StatusValues machine() const { return machine_; }

 signals:
  void noteChanged(RunId run, const QString& note, const QString& before);
  void tagsChanged(RunId run, const QStringList& tags);
  void runRequested(RunId run);
  void forkRequested(RunId run, qint64 step);
  /// Pictures are to be completed by the model of a checkpoint; step -1: the best.
  void completeRequested(RunId run, qint64 step);
  /// Opens the form with the best rate of the search.
  void startWinnerRequested(RunId search);
  /// Opens the form with the same search at these rates.
  void searchRequested(RunId search, const QString& rates);
  /// Shows the curves of these runs over each other.
  void overlayRequested(const std::vector<RunId>& runs);
  /// The person has chosen the new place of a run's images.
  void dataPathChosen(RunId run, const QString& path, const QString& before);
  void done(const QString& sentence);
  void failed(const QString& sentence);

 private:
  /// The data of a shown run.
  struct Known {
    RunDetails details;
    RunSpec spec;
    bool isUnreadable = false;  ///< the spec is of a later version, which has been said
    std::vector<SampleSetInfo> sampleSets;
    std::map<std::string, std::vector<Point>> points;  ///< of the series that results are read from
    std::vector<ProbeResult> probes;
    std::vector<LowDataResult> lowData;
    std::vector<CodebookUse> codebookUse;
    std::vector<LogRow> log;
    double imagesPerSecond = 0;
  };

  void connectViews();
  void connectInspector();
  void setRunsOfCharts();
  ChartRun charted(const RunSummary& summary) const;
  void takePoints(Known& run, const RunUpdate& update);
  void showResults();
  void overlayTrials();
  void loadPaperCurves();
  void showPrepared(const Known& run);
  void showPrimary();
  void showDetails(const Known& run);
  void showSampleSteps();
  void showCompare();
  void showResultCurves(const Known& run);
  void readSheet(const std::vector<RunId>& runs, std::map<RunId, int64_t>& told,
                 std::function<void(const ComparedPictures&)> show);
  void sayWhyNothing(const Known& run);
  void readSamples(qint64 step);
  void followSpeed(const Known& known);
  void setStep(qint64 step);

  StoreThread& slowReader_;
  Settings& settings_;
  CurvesView* curves_;
  ProbeView* probe_;
  CompletionsView* completions_;
  DataPage* data_;
  CompareView* compare_;
  ResultsView* results_;
  Inspector* inspector_;
  std::vector<RunId> shown_;
  RunId primary_;
  std::map<RunId, Known> known_;
  std::vector<RunSummary> summaries_;
  std::vector<ChartRun> charted_;
  std::map<RunId, int64_t> comparedSteps_, resultSteps_;  ///< of the completions on Compare and Results, by run
  QTimer absent_;                                         ///< nothing is known of the primary run since it was chosen
  StatusValues machine_;
  SpeedLog speeds_{settings_};
};

}  // namespace scanline
