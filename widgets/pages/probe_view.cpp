#include "widgets/pages/probe_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QStackedWidget>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/pages/class_accuracy_table.h"
#include "widgets/pages/confusion_view.h"
#include "widgets/pages/step_ramp.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/chart_legend.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/step_slider.h"

// The contents; probe_view_page.cpp puts the parts in their places.

namespace scanline {

namespace {

constexpr size_t kFaintSteps = 12;  // other steps behind the chosen one, evenly picked
// Keys of the chart by layer: faint steps, reference, then runs, the front one above all.
constexpr Chart::Key kReferenceKey = 1000, kComparedKey = 1500, kRunKeys = 2000;

using ByLayer = std::map<int64_t, ProbeResult>;

const ProbeResult* best(const ByLayer& layers) {
  const auto at = std::max_element(layers.begin(), layers.end(),
                                   [](const auto& a, const auto& b) { return a.second.accuracy < b.second.accuracy; });
  return at == layers.end() ? nullptr : &at->second;
}

std::vector<QPointF> pointsOf(const ByLayer& layers) {
  std::vector<QPointF> points;
  for (const auto& [layer, probe] : layers) points.emplace_back(double(layer), probe.accuracy);
  return points;
}

void setPoints(Chart& chart, Chart::Key key, const LineStyle& style, const std::vector<QPointF>& points) {
  chart.setLine(key, style);
  chart.clear(key);
  chart.append(key, points);
}

}  // namespace

ProbeView::ProbeView(QWidget* parent)
    : QWidget(parent),
      words_(new QLabel(this)),
      detail_(new QLabel(this)),
      reference_(new QComboBox(this)),
      comparedBox_(new QComboBox(this)),
      legend_(new ChartLegend(this)),
      ramp_(new StepRamp(this)),
      withoutUntrained_(new QCheckBox(tr("without step 0"), this)),
      byLayer_(new Chart(
          {.title = tr("Accuracy by layer, %"), .xTitle = tr("layer"), .x = TickText::Layers, .y = TickText::Percent},
          this)),
      trace_(new Chart({.title = tr("Best layer's accuracy, %"), .xTitle = tr("step"), .y = TickText::Percent}, this)),
      heatMap_(new HeatMap(this)),
      side_(new QWidget(this)),
      confusion_(new ConfusionView),
      classes_(new ClassAccuracyTable),
      sideKind_(new SegmentedControl(tr("Confusion or classes"))),
      sideStack_(new QStackedWidget),
      bottom_(new QStackedWidget),
      classWords_(new QLabel),
      pictures_(new ProbePicturesPanel),
      slider_(new StepSlider(this)) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  buildPage();
  connectParts();
  setReferences({});
  refresh();
}

// --- values in ---

void ProbeView::setRuns(std::vector<ChartRun> runs) {
  std::map<int64_t, Probes> kept;
  for (const auto& run : runs) kept[run.id] = std::move(probes_[run.id]);
  probes_ = std::move(kept);
  for (Chart* chart : {byLayer_, trace_})
    for (size_t at = 0; at < std::max(runs_.size(), runs.size()); ++at) chart->removeLine(kRunKeys + Chart::Key(at));
  runs_ = std::move(runs);
  refresh();
}

void ProbeView::add(Probes& probes, std::vector<ProbeResult> results) {
  for (auto& result : results) {
    const int64_t step = result.step, layer = result.layer;
    probes[step].insert_or_assign(layer, std::move(result));
  }
}

void ProbeView::setProbes(int64_t run, std::vector<ProbeResult> probes) {
  const auto known = probes_.find(run);
  if (known == probes_.end()) return;
  known->second.clear();
  appendProbes(run, std::move(probes));
}

void ProbeView::appendProbes(int64_t run, std::vector<ProbeResult> probes) {
  const auto known = probes_.find(run);
  if (known == probes_.end()) return;
  add(known->second, std::move(probes));
  refresh();
}

void ProbeView::setClassNames(QStringList names) {
  if (names == classNames_) return;
  classNames_ = std::move(names);
  refreshConfusion();
  if (wanted_) closePictures();  // they are of another run
}

void ProbeView::setLayers(int64_t layers) {
  layers_ = layers;
  refresh();
}

void ProbeView::setFirstProbeStep(std::optional<int64_t> step) {
  firstStep_ = step;
  refreshEmptyTexts();
}

/// A person who goes to the newest probe wants to see newer ones when they come.
void ProbeView::remember(qint64 step) {
  chosenStep_ = !slider_->steps().empty() && step >= slider_->steps().back() ? -1 : step;
}

void ProbeView::setStep(int64_t step) {
  remember(step);
  slider_->setCurrent(step);
  refresh();
}

void ProbeView::setReferences(std::vector<ReferenceCurve> curves) {
  references_ = std::move(curves);
  reference_->clear();
  reference_->addItem(tr("no curve of the paper"));
  for (const auto& curve : references_) reference_->addItem(curve.name);
  reference_->setVisible(!references_.empty());
}

int64_t ProbeView::step() const {
  return slider_->current();
}

const ProbeView::Probes* ProbeView::front() const {
  return runs_.empty() ? nullptr : &probes_.at(runs_.front().id);
}

int64_t ProbeView::shownLayers() const {
  int64_t last = layers_;
  if (const auto* probes = front())
    for (const auto& [step, layers] : *probes)
      if (!layers.empty()) last = std::max(last, layers.rbegin()->first);
  return last;
}

// --- choosing ---

void ProbeView::chooseStep(qint64 step) {
  remember(step);
  refresh();
  emit stepChosen(step);
}

void ProbeView::chooseCell(qint64 layer, qint64 step) {
  if (step < 0) return;
  const bool moved = step != this->step();
  layer_ = layer;
  remember(step);
  slider_->setCurrent(step);
  refresh();
  if (moved) emit stepChosen(step);
}

void ProbeView::closeConfusion() {
  layer_.reset();
  refresh();
  heatMap_->setFocus();
}

// --- showing ---

void ProbeView::refresh() {
  refreshSteps();
  refreshCompared();
  refreshHeatMap();
  refreshLayers();
  refreshTrace();
  refreshWords();
  refreshConfusion();
  refreshEmptyTexts();
}

void ProbeView::refreshSteps() {
  std::vector<qint64> steps;
  if (const auto* probes = front())
    for (const auto& [step, layers] : *probes) steps.push_back(step);
  slider_->setSteps(steps);
  if (!steps.empty()) slider_->setCurrent(chosenStep_ < 0 ? steps.back() : chosenStep_);
  withoutUntrained_->setVisible(steps.size() > 1 && steps.front() == 0);
}

/// The steps on the heat map. Beside trained layers an untrained model's take most of the colours.
std::vector<qint64> ProbeView::mappedSteps() const {
  std::vector<qint64> steps = slider_->steps();
  if (withoutUntrained_->isChecked() && steps.size() > 1 && steps.front() == 0) steps.erase(steps.begin());
  return steps;
}

void ProbeView::refreshHeatMap() {
  const auto steps = mappedSteps();
  const int64_t rows = steps.empty() ? 0 : shownLayers() + 1;
  std::vector<double> values(steps.size() * size_t(rows), std::nan(""));
  for (size_t column = 0; column < steps.size(); ++column)
    for (const auto& [layer, probe] : front()->at(steps[column]))
      values[column * size_t(rows) + size_t(layer)] = probe.accuracy;
  heatMap_->setValues(rows, steps, std::move(values));
  if (steps.empty()) return heatMap_->setCurrent({});
  const auto* top = best(front()->at(step()));
  heatMap_->setCurrent(HeatMap::Cell{layer_.value_or(top ? top->layer : 0), step()});
}

void ProbeView::refreshLayers() {
  for (size_t at = 0; at < kFaintSteps; ++at) byLayer_->removeLine(Chart::Key(at));
  byLayer_->removeLine(kReferenceKey);
  std::vector<ChartLegend::Entry> entries;
  if (const auto* probes = front()) {
    std::vector<qint64> others;
    for (const qint64 other : mappedSteps())
      if (other != step()) others.push_back(other);
    const size_t shown = std::min(kFaintSteps, others.size());
    for (size_t at = 0; at < shown; ++at) {
      const double place = rampPlace(shown > 1 ? double(at) / double(shown - 1) : 1);
      setPoints(*byLayer_, Chart::Key(at), {.colour = runs_.front().colour, .look = LineLook::Faint, .ramp = place},
                pointsOf(probes->at(others[at * others.size() / shown])));
    }
    ramp_->setVisible(shown > 1 && !layer_);  // beside a matrix there is no room for it
    if (shown > 1) ramp_->setSteps(others.front(), others[(shown - 1) * others.size() / shown], runs_.front().colour);
  } else {
    ramp_->hide();
  }
  byLayer_->removeLine(kComparedKey);
  if (compared_ && front() && compared_->run == runs_.front().id)
    if (const ByLayer* layers = upToStep(compared_->run, compared_->step))
      setPoints(*byLayer_, kComparedKey,
                {.name = tr("step %1").arg(text::steps(compared_->step)),
                 .colour = runs_.front().colour + 1,
                 .look = LineLook::Points,
                 .labelled = true},
                pointsOf(*layers));
  const int chosen = reference_->currentIndex() - 1;
  if (chosen >= 0 && front()) {
    const auto& curve = references_[size_t(chosen)];
    std::vector<QPointF> points;
    for (const auto& point : curve.points)
      points.emplace_back(point.x() / curve.layers * double(std::max<int64_t>(1, shownLayers())), point.y());
    setPoints(*byLayer_, kReferenceKey,
              {.name = curve.name.section(' ', 0, 0), .look = LineLook::Reference, .labelled = true}, points);
  }
  for (size_t at = runs_.size(); at-- > 0;) {
    // Each run at its own last probe up to the chosen step.
    const ByLayer* layers = upToStep(runs_[at].id, step());
    const auto key = kRunKeys + Chart::Key(runs_.size() - 1 - at);
    const LineStyle style{.name = runs_[at].name, .colour = runs_[at].colour, .look = LineLook::Points};
    setPoints(*byLayer_, key, style, layers ? pointsOf(*layers) : std::vector<QPointF>{});
    const QString name = runs_.size() > 1 || step() < 0 ? runs_[at].name : tr("step %1").arg(text::steps(step()));
    entries.insert(entries.begin(),
                   {.id = runs_[at].id, .name = name, .colour = runs_[at].colour, .look = LineLook::Points});
  }
  legend_->setEntries(std::move(entries));
  legend_->setVisible(!layer_);  // nor for this one: the curve below names the runs
}

void ProbeView::refreshTrace() {
  for (size_t at = 0; at < runs_.size(); ++at) {
    std::vector<QPointF> points;
    for (const auto& [step, layers] : probes_.at(runs_[at].id))
      if (const auto* top = best(layers)) points.emplace_back(double(step), top->accuracy);
    const LineStyle style{
        .name = runs_[at].name, .colour = runs_[at].colour, .look = LineLook::Points, .labelled = runs_.size() > 1};
    setPoints(*trace_, kRunKeys + Chart::Key(runs_.size() - 1 - at), style, points);
  }
  trace_->setCursor(step() >= 0 ? std::optional<double>(double(step())) : std::nullopt, false);
}

void ProbeView::refreshWords() {
  words_->clear();
  detail_->clear();
  if (step() < 0) return;
  const auto say = [&](const ProbeResult& probe) {
    return tr("layer %1 of %2: %3 at step %4")
        .arg(probe.layer)
        .arg(shownLayers())
        .arg(text::percent(probe.accuracy), text::steps(probe.step));
  };
  const ProbeResult* here = best(front()->at(step()));
  const ProbeResult* ever = nullptr;
  for (const auto& [step, layers] : *front())
    if (const auto* top = best(layers); top && (!ever || top->accuracy > ever->accuracy)) ever = top;
  if (!here) return;
  QString words = say(*here);
  words_->setText(words.replace(0, 1, words[0].toUpper()));
  QStringList facts;
  if (here->testAccuracy) facts << tr("%1 on test images").arg(text::percent(*here->testAccuracy));
  if (here->l2 > 0) facts << tr("L2 %1").arg(text::rate(here->l2));
  if (here->joined > 1) facts << tr("%1 layers joined").arg(here->joined);
  if (front()->size() > 1) facts << (ever == here ? tr("the best so far") : tr("best so far: %1").arg(say(*ever)));
  detail_->setText(facts.join(QStringLiteral(" · ")));
}

void ProbeView::refreshEmptyTexts() {
  QString sentence = tr("Choose a run in the table to see its probes.");
  if (!runs_.empty())
    sentence = firstStep_ ? tr("The first probe comes at step %1.").arg(text::steps(*firstStep_))
                          : tr("This run makes no probes.");
  byLayer_->setEmptyText(sentence);
  trace_->setEmptyText(sentence);
  heatMap_->setEmptyText(sentence);
}

}  // namespace scanline
