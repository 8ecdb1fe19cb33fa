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
#include "core/run/environment.h"
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

/// For so long the inspector keeps the run before, which spares it going and coming again.
constexpr int kAbsentMs = 200;

/// Series that results are read from; of the others, only the charts keep the points.
bool isKept(std::string_view name) {
  return name.starts_with("validation/") || name.starts_with("test/") || name.starts_with("vqvae/") ||
         name.starts_with("search/") || name == series::kClassifierLoss;
}

/// The settings of a spec but for seed and name, in few letters.
QString seedGroupOf(const std::string& toml) {
  QByteArray kept;
  bool isTop = true;
  for (const QByteArray& line : QByteArray::fromStdString(toml).split('\n')) {
    isTop = isTop && !line.startsWith('[');
    if (!isTop || !(line.startsWith("seed") || line.startsWith("name"))) kept += line + '\n';
  }
  return QString::number(qHash(kept), 16);
}

/// The facts of a run that charts need besides its points.
void addFacts(ChartRun& run, const RunSpec& spec, const RunDetails& details) {
  run.loss = lossOf(spec);
  const RunPrepared& prepared = details.prepared;
  run.seedGroup = seedGroupOf(details.specToml);
  if (isOneLook(spec.kind)) return;
  run.imagesPerStep = double(spec.train.batchSize);
  run.imagesPerEpoch = double(prepared.trainImages);
  if (spec.kind != RunKind::Vqvae && prepared.parameters > 0)
    run.flopsPerStep = flopsPerStep(spec.model, prepared.parameters, prepared.positions, spec.train.batchSize);
}

}  // namespace

const RunSpec* RunPages::settingsOf(RunId run) const {
  const auto known = known_.find(run);
  return known == known_.end() || known->second.isUnreadable ? nullptr : &known->second.spec;
}

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
  absent_.setSingleShot(true);
  absent_.setInterval(kAbsentMs);
  connect(&absent_, &QTimer::timeout, this, [this] {
    if (!known_.contains(primary_)) inspector_->clear();
  });
  curves_->setSmoothing(settings_.smoothing());
  curves_->restoreState(settings_.curves());
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
void RunPages::emphasise(RunId run) {
  curves_->emphasise(run);
}

QWidget* RunPages::curvesPage() const {
  return curves_;
}
QWidget* RunPages::completionsPage() const {
  return completions_;
}
QWidget* RunPages::pageFor(RunKind kind) const {
  if (kind == RunKind::Probe) return probe_;
  return kind == RunKind::LowData || kind == RunKind::Search ? results_ : nullptr;
}

void RunPages::connectViews() {
  const auto remember = [this] {
    settings_.setSmoothing(curves_->smoothing());
    settings_.setCurves(curves_->state());
  };
  connect(curves_, &CurvesView::settingsChanged, this, remember);
  connect(curves_, &CurvesView::exported, this, remember);  // the folder of the last export
  connect(curves_, &CurvesView::exported, this,
          [this](const QString& file) { emit done(tr("Saved to %1.").arg(file)); });
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
  connect(data_, &DataPage::pathChosen, this, &RunPages::dataPathChosen);
  connect(results_, &ResultsView::shown, this, &RunPages::showResults);
  connect(results_, &ResultsView::failed, this, &RunPages::failed);
  connect(compare_, &CompareView::shown, this, &RunPages::showCompare);
  connect(compare_, &CompareView::runActivated, this, &RunPages::runRequested);
  connect(compare_, &CompareView::copied, this, &RunPages::done);
  connect(compare_, &CompareView::failed, this, &RunPages::failed);
  connect(results_->lowData(), &LowDataView::runClicked, this, [this](qint64 run) { emit runRequested({run}); });
  connect(results_->lowData(), &LowDataView::failed, this, &RunPages::failed);
  connect(results_->search(), &SearchView::startWinnerRequested, this, [this] { emit startWinnerRequested(primary_); });
  connect(results_->search(), &SearchView::searchRequested, this,
          [this](const QString& rates) { emit searchRequested(primary_, rates); });
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
    const auto known = known_.find(run);
    if (place != summaries_.end())
      charted.push_back(this->charted(*place));
    else if (known != known_.end())
      charted.push_back(this->charted(known->second.details.summary));
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
  if (summary.kind == RunKind::Curves)
    run.loss = ChartRun::Loss::Unknown;
  else if (known != known_.end())
    addFacts(run, known->second.spec, known->second.details);
  return run;
}

void RunPages::setSummaries(const std::vector<RunSummary>& runs) {
  summaries_ = runs;
  setRunsOfCharts();
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
      data_->setRun(primary_, run.spec, run.details.prepared);  // its images may lie elsewhere now
      completions_->setValidation(run.points[std::string(series::kValidationLoss)]);
      if (!update.codebookUse.empty()) completions_->setCodebookUse(run.codebookUse);
      if (!update.sampleSets.empty()) showSampleSteps();
    }
  }
  showCompare();
  showResults();
}

void RunPages::takePoints(Known& run, const RunUpdate& update) {
  for (const auto& [name, count] : update.expected) curves_->expect(update.run.value, name, static_cast<size_t>(count));
  for (const auto& [name, points] : update.points) {
    curves_->append(update.run.value, name, points);
    if (name == series::kImagesPerSecond) run.imagesPerSecond = points.back().value;
    if (!isKept(name)) continue;
    auto& kept = run.points[name];
    kept.insert(kept.end(), points.begin(), points.end());
  }
}

void RunPages::showDataOf(const RunSpec& spec, QWidget* form) {
  auto* window = new DataWindow(slowReader_, spec, form);
  connect(window, &DataWindow::failed, this, &RunPages::failed);
  window->show();
}

/// The status strip's words about the machine, and the speed that estimates for new runs start from.
void RunPages::followSpeed(const Known& run) {
  if (!isActive(run.details.summary.state)) return;
  const RunPrepared& prepared = run.details.prepared;
  machine_.device = QString::fromStdString(environmentValue(prepared, "Device"));
  machine_.precision = QString::fromStdString(environmentValue(prepared, "Precision"));
  machine_.threads = QString::fromStdString(environmentValue(prepared, "Threads")).toInt();
  machine_.imagesPerSecond = run.imagesPerSecond;
  speeds_.note(run.details.summary, run.spec, prepared, run.imagesPerSecond);
}

/// One step for all views: a step chosen in one is shown in the others.
void RunPages::setStep(qint64 step) {
  curves_->setStepCursor(step);
  if (sender() != probe_) probe_->setStep(step);
  if (sender() != completions_) completions_->setStep(step);
}

}  // namespace scanline
