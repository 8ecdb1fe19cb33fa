#include "app/run_pages.h"

#include <QDesktopServices>
#include <QFileInfo>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "app/data_page.h"
#include "app/run_results.h"
#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/spec/spec_text.h"
#include "widgets/forms/estimates.h"
#include "widgets/lists/inspector.h"
#include "widgets/pages/compare_view.h"
#include "widgets/pages/completions_view.h"
#include "widgets/pages/curves_view.h"
#include "widgets/pages/low_data_view.h"
#include "widgets/pages/paper_curves.h"
#include "widgets/pages/probe_view.h"

namespace scanline {

namespace {

/// Series that results are read from; of the others, only the charts keep the points.
bool isKept(std::string_view name) {
  return name.starts_with("validation/") || name.starts_with("test/") || name.starts_with("vqvae/") ||
         name.starts_with("search/") || name == series::kClassifierLoss;
}

const std::vector<Point>& pointsOf(const std::map<std::string, std::vector<Point>>& points, std::string_view name) {
  static const std::vector<Point> kNone;
  const auto at = points.find(std::string(name));
  return at == points.end() ? kNone : at->second;
}

std::string environmentValue(const RunPrepared& prepared, std::string_view key) {
  for (const auto& [name, value] : prepared.environment)
    if (name == key) return value;
  return {};
}

}  // namespace

RunPages::RunPages(StoreThread& slowReader, Settings& settings, QWidget* parent)
    : QObject(parent),
      slowReader_(slowReader),
      settings_(settings),
      curves_(new CurvesView(parent)),
      probe_(new ProbeView(parent)),
      completions_(new CompletionsView(parent)),
      data_(new DataPage(slowReader, parent)),
      compare_(new CompareView(parent)),
      results_(new ResultsView(parent)),
      inspector_(new Inspector(parent)) {
  curves_->setSmoothing(settings_.smoothing());
  connectViews();
  loadPaperCurves();
}

void RunPages::loadPaperCurves() {
  try {
    constexpr int64_t kClassesOfCifar10 = 10;
    const QString file = QString::fromStdString(bundledFile("paper_curves.csv"));
    probe_->setReferences(readPaperCurves(file));
    results_->lowData()->setReference(readPaperLowData(file), kClassesOfCifar10);
  } catch (const Error&) {
    // Without its file the page offers no reference line; everything else works.
  }
}

std::vector<std::pair<QWidget*, QString>> RunPages::pages() const {
  return {{curves_, tr("Curves")},     {probe_, tr("Probe")},     {completions_, tr("Completions")},
          {data_->view(), tr("Data")}, {compare_, tr("Compare")}, {results_, tr("Results")}};
}

QWidget* RunPages::inspector() const {
  return inspector_;
}
QWidget* RunPages::comparePage() const {
  return compare_;
}
QWidget* RunPages::curvesPage() const {
  return curves_;
}
void RunPages::connectViews() {
  connect(curves_, &CurvesView::settingsChanged, this, [this] { settings_.setSmoothing(curves_->smoothing()); });
  connect(curves_, &CurvesView::stepClicked, this, &RunPages::setStep);
  connect(curves_, &CurvesView::runClicked, this, [this](qint64 run) { emit runRequested({run}); });
  connect(curves_, &CurvesView::failed, this, &RunPages::failed);
  connect(probe_, &ProbeView::stepChosen, this, &RunPages::setStep);
  connect(probe_, &ProbeView::failed, this, &RunPages::failed);
  connect(completions_, &CompletionsView::stepChosen, this, &RunPages::setStep);
  connect(completions_, &CompletionsView::sampleSetNeeded, this, &RunPages::readSamples);
  connect(completions_, &CompletionsView::completeRequested, this, [this] { emit completeRequested(primary_, -1); });
  connect(completions_, &CompletionsView::failed, this, &RunPages::failed);
  connect(data_, &DataPage::failed, this, &RunPages::failed);
  connect(results_->lowData(), &LowDataView::runClicked, this, [this](qint64 run) { emit runRequested({run}); });
  connect(results_->lowData(), &LowDataView::failed, this, &RunPages::failed);
  connect(results_->search(), &SearchView::startWinnerRequested, this, [this] { emit startWinnerRequested(primary_); });
  connect(results_->search(), &SearchView::overlayRequested, this, &RunPages::overlayTrials);
  connect(results_->search(), &SearchView::failed, this, &RunPages::failed);
  connectInspector();
}

void RunPages::connectInspector() {
  connect(inspector_, &Inspector::noteChanged, this, &RunPages::noteChanged);
  connect(inspector_, &Inspector::tagsChanged, this, &RunPages::tagsChanged);
  connect(inspector_, &Inspector::parentActivated, this, &RunPages::runRequested);
  connect(inspector_, &Inspector::forkRequested, this, &RunPages::forkRequested);
  connect(inspector_, &Inspector::completeRequested, this, &RunPages::completeRequested);
  const auto openFolder = [](const QString& folder) { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); };
  connect(inspector_, &Inspector::showFileRequested, this,
          [openFolder](const QString& file) { openFolder(QFileInfo(file).absolutePath()); });
  connect(inspector_, &Inspector::openFolderRequested, this, [this, openFolder](RunId run) {
    if (const auto known = known_.find(run); known != known_.end())
      openFolder(QString::fromStdString(known->second.details.folder));
  });
}

void RunPages::setShown(const std::vector<RunId>& shown, RunId primary, const std::vector<RunSummary>& runs) {
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
  showResults();
}

void RunPages::setRunsOfCharts() {
  std::vector<ChartRun> charted;
  for (const RunId run : shown_) {
    const auto place =
        std::find_if(summaries_.begin(), summaries_.end(), [run](const RunSummary& r) { return r.id == run; });
    if (place != summaries_.end()) charted.push_back(this->charted(*place));
  }
  if (charted == charted_) return;
  charted_ = charted;
  curves_->setRuns(charted);
  results_->lowData()->setRuns(charted);
  probe_->setRuns(std::move(charted));
}

ChartRun RunPages::charted(const RunSummary& summary) const {
  ChartRun run{.id = summary.id.value, .name = QString::fromStdString(summary.name), .colour = summary.colour};
  const auto known = known_.find(summary.id);
  if (isImportedCurves(summary))
    run.loss = ChartRun::Loss::Unknown;
  else if (known != known_.end())
    run.loss = lossOf(known->second.spec);
  return run;
}

void RunPages::setSummaries(const std::vector<RunSummary>& runs) {
  summaries_ = runs;
  setRunsOfCharts();
}

/// Fills the views that show one run from its known data; the feed brings the rest if it is newly shown.
void RunPages::showPrimary() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) {
    completions_->clear();
    inspector_->clear();
    data_->clear();
    return;
  }
  const Known& run = known->second;
  showDetails(run);
  inspector_->appendLog(run.log);
  completions_->clear();
  showPrepared(run);
}

void RunPages::showDetails(const Known& run) {
  const auto parent = std::ranges::find(summaries_, run.details.summary.parent.value_or(RunId{}), &RunSummary::id);
  inspector_->setDetails(run.details, parent == summaries_.end() ? QString() : QString::fromStdString(parent->name));
}

/// Classes, depth and colours, which are known once the data of the primary run is ready.
void RunPages::showPrepared(const Known& run) {
  QStringList classes;
  for (const std::string& name : run.details.prepared.classNames) classes << QString::fromStdString(name);
  probe_->setClassNames(classes);
  probe_->setLayers(run.spec.model.layers);
  probe_->setFirstProbeStep(0);
  completions_->setExpectedStep(0);  // every run shows its untrained model first
  data_->setRun(primary_, run.spec, run.details.prepared);
  if (run.details.prepared.palette.empty()) return;
  completions_->setRun(QString::fromStdString(run.details.summary.name), Palette(run.details.prepared.palette),
                       run.spec.kind == RunKind::Vqvae);
  completions_->setValidation(pointsOf(run.points, series::kValidationLoss));
  completions_->setCodebookUse(run.codebookUse);
  showSampleSteps();
}

void RunPages::showSampleSteps() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) return;
  std::vector<qint64> steps;
  for (const SampleSetInfo& set : known->second.sampleSets) steps.push_back(set.step);
  completions_->setSteps(std::move(steps));
}

void RunPages::take(const RunUpdate& update) {
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
  const bool wasUnreadable = std::exchange(run.isUnreadable, false);
  try {
    run.spec = specOf(update.details);
  } catch (const Error& error) {  // a spec of a later version: the run is shown without its settings
    run.isUnreadable = true;
    if (!wasUnreadable) emit failed(QString::fromUtf8(error.what()));
  }
  setRunsOfCharts();  // the unit of its losses may be known only now
  takePoints(run, update);
  if (!update.probes.empty()) {
    probe_->appendProbes(update.run.value, update.probes);
    std::erase_if(run.probes, [&](const ProbeResult& probe) { return probe.step >= update.probes.front().step; });
    run.probes.insert(run.probes.end(), update.probes.begin(), update.probes.end());
  }
  run.lowData = update.lowData;
  results_->lowData()->setResults(update.run.value, update.lowData);
  run.codebookUse.insert(run.codebookUse.end(), update.codebookUse.begin(), update.codebookUse.end());
  run.log.insert(run.log.end(), update.log.begin(), update.log.end());
  if (!update.sampleSets.empty()) run.sampleSets = update.sampleSets;
  followSpeed(run);
  if (update.run == primary_) {
    const bool hasPalette = !run.details.prepared.palette.empty();
    if (isNew || update.reset) {
      showPrimary();
    } else {
      if (hasPalette && !hadPalette) showPrepared(run);
      showDetails(run);
      inspector_->appendLog(update.log);
      completions_->setValidation(pointsOf(run.points, series::kValidationLoss));
      if (!update.codebookUse.empty()) completions_->setCodebookUse(run.codebookUse);
      if (!update.sampleSets.empty()) showSampleSteps();
    }
  }
  showCompare();
  showResults();
}

void RunPages::takePoints(Known& run, const RunUpdate& update) {
  for (const auto& [name, points] : update.points) {
    curves_->append(update.run.value, name, points);
    if (name == series::kImagesPerSecond) run.imagesPerSecond = points.back().value;
    if (!isKept(name)) continue;
    auto& kept = run.points[name];
    kept.insert(kept.end(), points.begin(), points.end());
  }
}

void RunPages::showResults() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) {
    results_->setEmptyText(tr("Choose a run in the table to see its results."));
    return results_->setResults({}, {}, ResultsView::Part::None);
  }
  const Known& run = known->second;
  const RunSummary& summary = run.details.summary;
  const bool isSearch = summary.kind == RunKind::Search, isLowData = run.spec.kind == RunKind::LowData;
  if (isSearch) {
    results_->search()->setSearch(searchTrials(run.points), searchLossName(run.spec), summary.colour);
    results_->search()->setFinished(summary.state == RunState::Finished);
  }
  results_->setEmptyText(tr("The first numbers come with the first validation or probe."));
  results_->setResults(
      QString::fromStdString(summary.name),
      isSearch ? std::vector<ResultRow>{} : resultRows({run.details, run.spec, run.points, run.probes, run.lowData}),
      isSearch    ? ResultsView::Part::Search
      : isLowData ? ResultsView::Part::LowData
                  : ResultsView::Part::None);
}

void RunPages::overlayTrials() {
  std::vector<RunId> trials;
  for (const RunSummary& run : summaries_)
    if (run.parent == primary_ && !run.trashed) trials.push_back(run.id);
  emit overlayRequested(trials);
}

void RunPages::showDataOf(const RunSpec& spec) {
  auto* window = new QWidget(qobject_cast<QWidget*>(parent()), Qt::Window);
  window->setAttribute(Qt::WA_DeleteOnClose);
  window->setWindowTitle(tr("Data: %1").arg(QString::fromStdString(spec.data.name)));
  auto* page = new DataPage(slowReader_, window);
  connect(page, &DataPage::failed, this, &RunPages::failed);
  auto* layout = new QVBoxLayout(window);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(page->view());
  page->setSpec(spec);
  window->resize(1000, 640);
  window->show();
}

void RunPages::showCompare() {
  std::vector<ComparedRun> compared;
  for (const RunId run : shown_)
    if (const auto known = known_.find(run); known != known_.end())
      compared.push_back({known->second.details.summary, known->second.spec, known->second.imagesPerSecond});
  compare_->setRuns(std::move(compared));
}

void RunPages::readSamples(qint64 step) {
  slowReader_.post(
      this,
      [run = primary_, step](RunStore& store) {
        return std::pair{store.samples(run, step, true).value_or(SampleSet{}),
                         store.samples(run, step, false).value_or(SampleSet{})};
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
void RunPages::followSpeed(const Known& run) {
  if (!isActive(run.details.summary.state)) return;
  const RunPrepared& prepared = run.details.prepared;
  machine_.device = QString::fromStdString(environmentValue(prepared, "Device"));
  machine_.precision = QString::fromStdString(environmentValue(prepared, "Precision"));
  machine_.threads = QString::fromStdString(environmentValue(prepared, "Threads")).toInt();
  machine_.imagesPerSecond = run.imagesPerSecond;
  if (run.imagesPerSecond > 0 && prepared.parameters > 0)
    settings_.setThroughput(flopsPerStep(run.spec.model, prepared.parameters, prepared.positions, 1) *
                            run.imagesPerSecond / 1e9);
}

/// One step for all views: a step chosen in one is shown in the others.
void RunPages::setStep(qint64 step) {
  curves_->setStepCursor(step);
  if (sender() != probe_) probe_->setStep(step);
  if (sender() != completions_) completions_->setStep(step);
}

}  // namespace scanline
