#include "app/run_views.h"

#include <QDesktopServices>
#include <QFileInfo>
#include <QUrl>
#include <algorithm>

#include "core/base/error.h"
#include "core/spec/spec_text.h"
#include "app/data_page.h"
#include "core/data/dataset.h"
#include "widgets/charts/curves_view.h"
#include "widgets/charts/paper_curves.h"
#include "widgets/charts/probe_view.h"
#include "widgets/forms/compare_view.h"
#include "widgets/forms/estimates.h"
#include "widgets/images/completions_view.h"
#include "widgets/lists/inspector.h"

namespace scanline {

namespace {

constexpr std::array kCurves{
    std::pair{series::kTrainLoss, Curve::TrainLoss},
    std::pair{series::kValidationLoss, Curve::ValidationLoss},
    std::pair{series::kLearningRate, Curve::LearningRate},
    std::pair{series::kGradientNorm, Curve::GradientNorm},
    std::pair{series::kImagesPerSecond, Curve::ImagesPerSecond},
};

bool isActive(RunState state) {
  return state == RunState::Running || state == RunState::Preparing || state == RunState::Paused || state == RunState::Stopping;
}

std::string environmentValue(const RunPrepared& prepared, std::string_view key) {
  for (const auto& [name, value] : prepared.environment)
    if (name == key) return value;
  return {};
}

}  // namespace

RunViews::RunViews(StoreThread& slowReader, Settings& settings, QWidget* parent)
    : QObject(parent),
      slowReader_(slowReader),
      settings_(settings),
      curves_(new CurvesView(parent)),
      probe_(new ProbeView(parent)),
      completions_(new CompletionsView(parent)),
      data_(new DataPage(slowReader, parent)),
      compare_(new CompareView(parent)),
      inspector_(new Inspector(parent)) {
  curves_->setSmoothing(settings_.smoothing());
  connectViews();
  loadPaperCurves();
}

void RunViews::loadPaperCurves() {
  try {
    probe_->setReferences(readPaperCurves(QString::fromStdString(bundledFile("paper_curves.csv"))));
  } catch (const Error&) {
    // A reference line is a nicety: without its file the page merely does not offer one.
  }
}

std::vector<std::pair<QWidget*, QString>> RunViews::pages() const {
  return {{curves_, tr("Curves")}, {probe_, tr("Probe")}, {completions_, tr("Completions")},
          {data_->view(), tr("Data")}, {compare_, tr("Compare")}};
}

QWidget* RunViews::inspector() const { return inspector_; }
QWidget* RunViews::comparePage() const { return compare_; }

void RunViews::connectViews() {
  connect(curves_, &CurvesView::settingsChanged, this, [this] { settings_.setSmoothing(curves_->smoothing()); });
  connect(curves_, &CurvesView::stepClicked, this, &RunViews::setStep);
  connect(curves_, &CurvesView::runClicked, this, [this](qint64 run) { emit runRequested({run}); });
  connect(curves_, &CurvesView::failed, this, &RunViews::failed);
  connect(probe_, &ProbeView::stepChosen, this, &RunViews::setStep);
  connect(probe_, &ProbeView::failed, this, &RunViews::failed);
  connect(completions_, &CompletionsView::stepChosen, this, &RunViews::setStep);
  connect(completions_, &CompletionsView::sampleSetNeeded, this, &RunViews::readSamples);
  connect(completions_, &CompletionsView::failed, this, &RunViews::failed);
  connect(inspector_, &Inspector::noteChanged, this, &RunViews::noteChanged);
  connect(inspector_, &Inspector::tagsChanged, this, &RunViews::tagsChanged);
  connect(inspector_, &Inspector::parentActivated, this, &RunViews::runRequested);
  connect(inspector_, &Inspector::forkRequested, this, &RunViews::forkRequested);
  const auto openFolder = [](const QString& folder) { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); };
  connect(inspector_, &Inspector::showFileRequested, this,
          [openFolder](const QString& file) { openFolder(QFileInfo(file).absolutePath()); });
  connect(inspector_, &Inspector::openFolderRequested, this, [this, openFolder](RunId run) {
    if (const auto known = known_.find(run); known != known_.end())
      openFolder(QString::fromStdString(known->second.details.folder));
  });
}

void RunViews::setShown(const std::vector<RunId>& shown, RunId primary, const std::vector<RunSummary>& runs) {
  for (const RunId run : shown_)
    if (std::find(shown.begin(), shown.end(), run) == shown.end()) known_.erase(run);
  shown_ = shown;
  // The primary run stands in front in every view.
  if (const auto place = std::find(shown_.begin(), shown_.end(), primary); place != shown_.end())
    std::rotate(shown_.begin(), place, place + 1);
  summaries_ = runs;
  const bool changed = primary != std::exchange(primary_, primary);
  setRunsOfCharts();
  if (changed) showPrimary();
  showCompare();
}

void RunViews::setRunsOfCharts() {
  std::vector<ChartRun> charted;
  for (const RunId run : shown_) {
    const auto place = std::find_if(summaries_.begin(), summaries_.end(), [run](const RunSummary& r) { return r.id == run; });
    if (place != summaries_.end()) charted.push_back({run.value, QString::fromStdString(place->name), place->colour});
  }
  if (charted == charted_) return;
  charted_ = charted;
  curves_->setRuns(charted);
  probe_->setRuns(std::move(charted));
}

void RunViews::setSummaries(const std::vector<RunSummary>& runs) {
  summaries_ = runs;
  setRunsOfCharts();
}

/// Fills the views that show one run from what is known of it; the feed brings the rest if it is newly shown.
void RunViews::showPrimary() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) {
    completions_->clear();
    inspector_->clear();
    data_->clear();
    return;
  }
  const Known& run = known->second;
  inspector_->setDetails(run.details);
  inspector_->appendLog(run.log);
  completions_->clear();
  showPrepared(run);
}

/// What is known once the data of the primary run is ready: classes, depth, colours.
void RunViews::showPrepared(const Known& run) {
  QStringList classes;
  for (const std::string& name : run.details.prepared.classNames) classes << QString::fromStdString(name);
  probe_->setClassNames(classes);
  probe_->setLayers(run.spec.model.layers);
  probe_->setFirstProbeStep(0);
  completions_->setExpectedStep(0);  // every run shows its untrained model first
  data_->setRun(primary_, run.spec, run.details.prepared);
  if (run.details.prepared.palette.empty()) return;
  completions_->setRun(QString::fromStdString(run.details.summary.name), Palette(run.details.prepared.palette));
  completions_->setValidation(run.validation);
  showSampleSteps();
}

void RunViews::showSampleSteps() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) return;
  std::vector<qint64> steps;
  for (const SampleSetInfo& set : known->second.sampleSets)
    if (steps.empty() || steps.back() != set.step) steps.push_back(set.step);
  completions_->setSteps(std::move(steps));
}

void RunViews::take(const RunUpdate& update) {
  if (std::find(shown_.begin(), shown_.end(), update.run) == shown_.end()) return;
  const bool isNew = !known_.contains(update.run);
  Known& run = known_[update.run];
  if (update.reset) {
    run = Known{};
    curves_->clear(update.run.value);
    probe_->setProbes(update.run.value, {});
  }
  const bool hadPalette = !run.details.prepared.palette.empty();
  run.details = update.details;
  try {
    run.spec = fromToml(update.details.specToml, update.details.summary.name);
  } catch (const Error& error) {  // a spec of a later version: the run is shown, without what only its spec knows
    emit failed(QString::fromUtf8(error.what()));
  }
  for (const auto& [name, curve] : kCurves)
    if (const auto points = update.points.find(std::string(name)); points != update.points.end()) {
      curves_->append(update.run.value, curve, points->second);
      if (curve == Curve::ValidationLoss) run.validation.insert(run.validation.end(), points->second.begin(), points->second.end());
      if (curve == Curve::ImagesPerSecond) run.imagesPerSecond = points->second.back().value;
    }
  if (!update.probes.empty()) probe_->appendProbes(update.run.value, update.probes);
  run.log.insert(run.log.end(), update.log.begin(), update.log.end());
  if (!update.sampleSets.empty()) run.sampleSets = update.sampleSets;
  followSpeed(run);
  if (update.run == primary_) {
    const bool hasPalette = !run.details.prepared.palette.empty();
    if (isNew || update.reset) {
      showPrimary();
    } else {
      if (hasPalette && !hadPalette) showPrepared(run);
      inspector_->setDetails(run.details);
      inspector_->appendLog(update.log);
      completions_->setValidation(run.validation);
      if (!update.sampleSets.empty()) showSampleSteps();
    }
  }
  showCompare();
}

void RunViews::showCompare() {
  std::vector<ComparedRun> compared;
  for (const RunId run : shown_)
    if (const auto known = known_.find(run); known != known_.end())
      compared.push_back({known->second.details.summary, known->second.spec, known->second.imagesPerSecond});
  compare_->setRuns(std::move(compared));
}

void RunViews::readSamples(qint64 step) {
  slowReader_.post(
      this,
      [run = primary_, step](RunStore& store) {
        return std::pair{store.samples(run, step, true).value_or(SampleSet{}), store.samples(run, step, false).value_or(SampleSet{})};
      },
      [this, run = primary_, step](const std::pair<SampleSet, SampleSet>& sets) {
        if (run != primary_) return;
        try {
          completions_->setSamples(step, sets.first, sets.second);
        } catch (const Error& error) {
          emit failed(QString::fromUtf8(error.what()));
        }
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

/// The status strip's words about the machine, and the speed that estimates for new runs start from.
void RunViews::followSpeed(const Known& run) {
  if (!isActive(run.details.summary.state)) return;
  const RunPrepared& prepared = run.details.prepared;
  machine_.device = QString::fromStdString(environmentValue(prepared, "Device"));
  machine_.precision = QString::fromStdString(environmentValue(prepared, "Precision"));
  machine_.threads = QString::fromStdString(environmentValue(prepared, "Threads")).toInt();
  machine_.imagesPerSecond = run.imagesPerSecond;
  if (run.imagesPerSecond > 0 && prepared.parameters > 0)
    settings_.setThroughput(flopsPerStep(run.spec.model, prepared.parameters, prepared.positions, 1) * run.imagesPerSecond / 1e9);
}

/// One step for all views: what a person chooses in one is shown in the others.
void RunViews::setStep(qint64 step) {
  curves_->setStepCursor(step);
  if (sender() != probe_) probe_->setStep(step);
  if (sender() != completions_) completions_->setStep(step);
}

}  // namespace scanline
