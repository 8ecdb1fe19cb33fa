// The contents of the pages of the chosen runs.
#include <algorithm>

#include "app/data_page.h"
#include "app/run_pages.h"
#include "app/run_results.h"
#include "core/base/error.h"
#include "widgets/lists/inspector.h"
#include "widgets/pages/compare_view.h"
#include "widgets/pages/completions_view.h"
#include "widgets/pages/low_data_view.h"
#include "widgets/pages/probe_view.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

const std::vector<Point>& pointsOf(const std::map<std::string, std::vector<Point>>& points, std::string_view name) {
  static const std::vector<Point> kNone;
  const auto at = points.find(std::string(name));
  return at == points.end() ? kNone : at->second;
}

}  // namespace

/// Fills the views that show one run from its known data; the feed brings the rest if it is newly shown.
void RunPages::showPrimary() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) {
    completions_->clear();
    data_->clear();
    primary_.value == 0 ? inspector_->clear() : absent_.start();
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
  sayWhyNothing(run);
  data_->setRun(primary_, run.spec, run.details.prepared);
  if (run.details.prepared.palette.empty()) return;
  completions_->setRun(QString::fromStdString(run.details.summary.name), Palette(run.details.prepared.palette),
                       run.spec.kind == RunKind::Vqvae);
  completions_->setValidation(pointsOf(run.points, series::kValidationLoss));
  completions_->setCodebookUse(run.codebookUse);
  showSampleSteps();
}

/// When the first probe and the first pictures come, or why none do.
void RunPages::sayWhyNothing(const Known& run) {
  const RunKind kind = run.details.summary.kind;
  const bool probes = kind == RunKind::Pretrain || isOneLook(kind);
  const bool imported = run.details.summary.steps == 0 && kind == RunKind::Pretrain;
  // A run that trains looks at its untrained model first, unless it looks at its end alone.
  const int64_t end = run.details.summary.steps;
  probe_->setFirstProbeStep(probes && !imported ? std::optional(run.spec.probe.every > 0 || isOneLook(kind) ? 0 : end)
                                                : std::nullopt);
  if (kind == RunKind::Curves)
    completions_->setNoPictures(tr("This run has curves alone: no model came with them that could draw pictures."),
                                false);
  else if (kind == RunKind::Search)
    completions_->setNoPictures(tr("A search draws no pictures. Its trials do; choose one in the table."), false);
  else if (isOneLook(kind))
    completions_->setNoPictures(
        tr("A run of this kind looks at a model and draws nothing. The run that it comes from has the pictures."),
        false);
  else if (run.spec.kind != RunKind::Vqvae && run.spec.model.objective == Objective::Bert)
    completions_->setNoPictures(
        tr("A BERT model predicts masked pixels from all others. It cannot draw a picture pixel by pixel, so there are no completions."),
        false);
  else if (imported)
    completions_->setNoPictures(
        tr("This model was imported and has no pictures of its own. “Complete pictures…” lets it draw some."), true);
  else
    completions_->setExpectedStep(run.spec.sample.every > 0 ? 0 : end);
}

void RunPages::showSampleSteps() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) return;
  std::vector<qint64> steps;
  for (const SampleSetInfo& set : known->second.sampleSets) steps.push_back(set.step);
  completions_->setSteps(std::move(steps));
}

void RunPages::showResults() {
  const auto known = known_.find(primary_);
  if (known == known_.end()) {
    results_->setEmptyText(tr("Choose a run in the table to see its results."));
    return results_->setResults({}, {}, {}, ResultsView::Part::None);
  }
  const Known& run = known->second;
  const RunSummary& summary = run.details.summary;
  const bool isSearch = summary.kind == RunKind::Search, isLowData = run.spec.kind == RunKind::LowData;
  if (isSearch) {
    results_->search()->setSearch(searchTrials(run.points), searchLossName(run.spec), summary.colour);
    results_->search()->setFinished(summary.state == RunState::Finished);
  }
  results_->setEmptyText(
      summary.kind == RunKind::Curves ? tr("This run has curves alone. They are on the Curves page.")
      : summary.steps == 0 && summary.kind == RunKind::Pretrain
          ? tr("This model was imported, and nothing was measured on it yet. Start a probe from its checkpoint.")
          : tr("The first numbers come with the first validation or probe."));
  results_->lowData()->setReferenceApplies(run.spec.data.name == "cifar10");
  showResultCurves(run);
  QStringList facts;
  if (!summary.dataset.empty()) facts << QString::fromStdString(summary.dataset);
  if (const QString size = text::modelSize(summary); !size.isEmpty()) facts << size;
  facts << text::kindName(summary.kind);
  results_->setResults(
      QString::fromStdString(summary.name), facts.join(QStringLiteral(" · ")),
      isSearch ? std::vector<ResultRow>{} : resultRows({run.details, run.spec, run.points, run.probes, run.lowData}),
      isSearch    ? ResultsView::Part::Search
      : isLowData ? ResultsView::Part::LowData
                  : ResultsView::Part::None);
}

void RunPages::overlayTrials() {
  slowReader_.post(
      this, [search = primary_](RunStore& store) { return store.children(search); },
      [this](const std::vector<RunId>& trials) { emit overlayRequested(trials); },
      [this](const QString& sentence) { emit failed(sentence); });
}

/// The curve, the newest probe and the newest pictures of the card.
void RunPages::showResultCurves(const Known& run) {
  if (!results_->isVisible()) return;  // it asks when it is shown
  ResultCurves curves{.losses = {},
                      .lossTitle = run.details.summary.kind == RunKind::Curves
                                       ? tr("Validation loss")
                                       : tr("Validation loss, %1").arg(text::lossUnit(run.spec)),
                      .byLayer = {},
                      .colour = run.details.summary.colour};
  for (const Point& point : pointsOf(run.points, series::kValidationLoss))
    curves.losses.emplace_back(static_cast<double>(point.step), point.value);
  for (const ProbeResult& probe : run.probes)
    if (probe.step == run.probes.back().step)
      curves.byLayer.emplace_back(static_cast<double>(probe.layer), probe.accuracy);
  std::ranges::sort(curves.byLayer, {}, &QPointF::x);
  results_->setCurves(curves);
  readSheet({primary_}, resultSteps_, [this](const ComparedPictures& sheet) { results_->setPictures(sheet.pictures); });
}

void RunPages::showCompare() {
  if (!compare_->isVisible()) return;  // it asks when it is shown
  std::vector<ComparedRun> compared;
  for (const RunId run : shown_) {
    const auto known = known_.find(run);
    if (known == known_.end()) continue;
    const Known& each = known->second;
    ComparedRun facts{.summary = each.details.summary,
                      .spec = each.spec,
                      .known = each.details.known,
                      .imagesPerSecond = each.imagesPerSecond,
                      .losses = {},
                      .accuracies = {}};
    for (const Point& point : pointsOf(each.points, series::kValidationLoss))
      facts.losses.emplace_back(static_cast<double>(point.step), point.value);
    for (const ProbeResult& probe : each.probes) {
      const auto step = static_cast<double>(probe.step);
      if (facts.accuracies.empty() || facts.accuracies.back().x() != step)
        facts.accuracies.emplace_back(step, probe.accuracy);
      else
        facts.accuracies.back().setY(std::max(facts.accuracies.back().y(), probe.accuracy));
    }
    compared.push_back(std::move(facts));
  }
  compare_->setRuns(std::move(compared));
  readSheet(shown_, comparedSteps_, [this](const ComparedPictures& sheet) { compare_->setSamples(sheet); });
}

/// The newest completions of these runs, a row each, if others than those told last are the newest now. `told`: their
/// steps.
void RunPages::readSheet(const std::vector<RunId>& runs, std::map<RunId, int64_t>& told,
                         std::function<void(const ComparedPictures&)> show) {
  constexpr size_t kMostRuns = 12;
  std::map<RunId, int64_t> wanted;
  std::vector<RunId> order;
  std::vector<ComparedSamples> samples;
  for (const RunId run : runs) {
    const auto at = known_.find(run);
    if (at == known_.end() || order.size() == kMostRuns) continue;
    const Known& known = at->second;
    if (known.details.prepared.palette.empty() || known.spec.kind == RunKind::Vqvae) continue;
    for (const SampleSetInfo& set : known.sampleSets)
      if (set.given > 0 && set.perPrompt > 0) wanted[run] = set.step;
    if (!wanted.contains(run)) continue;
    order.push_back(run);
    samples.push_back(
        {QString::fromStdString(known.details.summary.name), {}, Palette(known.details.prepared.palette)});
  }
  if (wanted == told) return;
  told = wanted;
  slowReader_.post(
      this,
      [order, wanted, samples](RunStore& store) mutable {
        for (size_t i = 0; i < order.size(); ++i)
          samples[i].set = store.samples(order[i], wanted.at(order[i]), true).value_or(SampleSet{});
        return comparedPictures(samples);
      },
      [wanted, &told, show = std::move(show)](const ComparedPictures& pictures) {
        if (wanted == told) show(pictures);
      },
      [this](const QString& sentence) { emit failed(sentence); });
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

}  // namespace scanline
