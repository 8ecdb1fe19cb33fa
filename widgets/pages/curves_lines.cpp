// The looks of the lines on the Curves page, and where they stand.
#include <QComboBox>
#include <algorithm>
#include <cmath>

#include "widgets/pages/curve_keys.h"
#include "widgets/pages/curves_values.h"
#include "widgets/pages/curves_view.h"
#include "widgets/pages/series_charts.h"
#include "widgets/plot/chart_legend.h"
#include "widgets/plot/chart_ticks.h"

namespace scanline {

namespace {

constexpr size_t kMostLabelled = 6;  // runs named at their curves' ends

}  // namespace

/// The chosen run is thick and on top; among many, or while one is pointed at, the others are pale.
void CurvesView::styleLine(int64_t run, LineStyle& style) const {
  style.hidden = hidden_.contains(run);
  if (runs_.size() < 2) return;
  const int64_t front = pointedAt_.value_or(runs_.front().id);
  const bool othersPale = pointedAt_ || runs_.size() > kMostLabelled;
  style.weight = run == front ? LineWeight::Strong : othersPale ? LineWeight::Pale : LineWeight::Normal;
  if (!seedsAreJoined()) return;
  for (const auto& group : groups_)
    style.hidden = style.hidden || std::ranges::any_of(group, [&](size_t at) { return runs_[at].id == run; });
}

void CurvesView::restyle() {
  const bool labelled = runs_.size() > 1 && runs_.size() <= kMostLabelled;
  for (const ChartRun& run : runs_) {
    LineStyle curve{.name = run.name, .colour = run.colour};
    styleLine(run.id, curve);
    for (Chart* chart : charts_) chart->setLine(curveKey(run.id, kTrainLine), curve);
    LineStyle training = curve;
    training.labelled = labelled;
    charts_[kLossChart]->setLine(curveKey(run.id, kTrainLine), training);
    LineStyle validation = curve;
    validation.name = runs_.size() == 1 ? tr("validation") : tr("%1, validation").arg(run.name);
    validation.look = LineLook::Points;
    validation.faintJoin = true;
    charts_[kLossChart]->setLine(curveKey(run.id, kValidationLine), validation);
    if (charts_[kLossChart]->lines().contains(curveKey(run.id, kTestLine))) setTestLine(run);
  }
  further_->restyle();
  for (Chart* chart : shownCharts())
    for (const auto& group : groups_) {
      const ChartRun& first = runs_[group.front()];
      for (int64_t line = 0; line < kLinesOfRun; ++line) {
        const auto known = chart->lines().find(kMeanKeys + curveKey(first.id, line));
        if (known == chart->lines().end()) continue;
        LineStyle style = known->second.style;
        style.hidden = hidden_.contains(first.id);
        chart->setLine(known->first, style);
      }
    }
}

/// A mark at the end, in the runs that have one.
void CurvesView::setTestLine(const ChartRun& run) {
  LineStyle style{.name = runs_.size() == 1 ? tr("test") : tr("%1, test").arg(run.name),
                  .colour = run.colour,
                  .look = LineLook::Points,
                  .labelled = true};
  styleLine(run.id, style);
  charts_[kLossChart]->setLine(curveKey(run.id, kTestLine), style);
}

void CurvesView::updateLegend() {
  std::vector<ChartLegend::Entry> runs, looks;
  const auto isFollower = [this](size_t at) {
    return seedsAreJoined() && std::ranges::any_of(groups_, [at](const auto& group) {
             return group.front() != at && std::ranges::find(group, at) != group.end();
           });
  };
  for (size_t at = 0; at < runs_.size(); ++at) {
    if (isFollower(at)) continue;
    const ChartRun& run = runs_[at];
    ChartLegend::Entry entry{.id = run.id, .name = run.name, .colour = run.colour};
    for (const auto& group : groups_)
      if (seedsAreJoined() && group.front() == at)
        entry.name = tr("%1, mean of %n seeds", nullptr, int(group.size())).arg(run.name);
    entry.hidden = hidden_.contains(run.id);
    entry.strong = runs_.size() > 1 && at == 0;
    runs.push_back(entry);
  }
  const int colour = runs_.size() == 1 ? runs_[0].colour : -1;
  if (!runs_.empty()) {
    looks.push_back({.name = tr("training"), .colour = colour});
    looks.push_back({.name = tr("validation"), .colour = colour, .look = LineLook::Points});
  }
  std::vector<ChartLegend::Entry> figure;
  for (const auto& entry : runs)
    if (!entry.hidden) figure.push_back(entry);
  figure.insert(figure.end(), looks.begin(), looks.end());
  charts_[kLossChart]->setLegend(std::move(figure));
  legend_->setVisible(runs_.size() > 1);
  legend_->setEntries(std::move(runs));
  looks_->setEntries(std::move(looks));
}

// --- the axis ---

CurveAxis CurvesView::axis() const {
  return kCurveAxes[size_t(std::max(0, axis_->currentIndex()))];
}

/// Unix time of the first point of a run, over all its series; 0: not known.
double CurvesView::startOf(int64_t run) const {
  double start = 0;
  for (const Chart* chart : shownCharts())
    for (const auto& [key, line] : chart->lines()) {
      if (isMeanKey(key) || runOfKey(key) != run || line.series.empty()) continue;
      if (const auto time = line.series.timeMs(0); time && (start == 0 || *time < start)) start = *time;
    }
  return start;
}

void CurvesView::applyAxis() {
  const bool isRelative = axis() == CurveAxis::Relative;
  for (const ChartRun& run : runs_) {
    const XMapping mapping = mappingOf(axis(), run, isRelative ? startOf(run.id) : 0);
    for (Chart* chart : shownCharts())
      for (int64_t line = 0; line < kLinesOfRun; ++line) {
        chart->setMapping(curveKey(run.id, line), mapping);
        chart->setMapping(kMeanKeys + curveKey(run.id, line), mapping);
      }
  }
  for (Chart* chart : shownCharts()) chart->setXAxis(axisName(axis()), axisText(axis()));
}

/// By the person. The zoom ends: its bounds have another meaning on another axis.
void CurvesView::chooseAxis() {
  applyAxis();
  updateSeeds();
  applyLooks();
  for (Chart* chart : shownCharts()) chart->setView({});
  showCursor({}, nullptr);
  updateButtons();
  emit settingsChanged();
}

/// Axes that no shown run has the numbers for cannot be chosen anew.
void CurvesView::updateAxisEntries() {
  for (size_t at = 0; at < kCurveAxes.size(); ++at) {
    const bool known = runs_.empty() || isTime(kCurveAxes[at]) || std::ranges::any_of(runs_, [&](const ChartRun& run) {
                         return mappingOf(kCurveAxes[at], run, 0).by != XMapping::By::Nowhere;
                       });
    axis_->setItemData(int(at), known ? QVariant() : QVariant(0), Qt::UserRole - 1);  // the item's flags
    axis_->setItemData(int(at), known ? QString() : tr("Not known of these runs"), Qt::ToolTipRole);
  }
}

std::optional<double> CurvesView::xOfStep(int64_t step) const {
  if (axis() == CurveAxis::Step) return double(step);
  for (const ChartRun& run : runs_)
    for (const Chart* chart : shownCharts()) {
      const auto line = chart->lines().find(curveKey(run.id, kTrainLine));
      if (line == chart->lines().end() || line->second.series.empty() || !line->second.isShown()) continue;
      return line->second.series.x(*line->second.series.nearestGiven(double(step)));
    }
  return {};
}

std::optional<int64_t> CurvesView::stepAt(const Chart& chart, double x) const {
  if (axis() == CurveAxis::Step) return std::llround(x);
  for (const ChartRun& run : runs_)
    for (int64_t line = 0; line < kLinesOfRun; ++line) {
      const auto known = chart.lines().find(curveKey(run.id, line));
      if (known == chart.lines().end() || !known->second.isShown() || known->second.series.empty()) continue;
      return std::llround(known->second.series.givenX(*known->second.series.nearest(x)));
    }
  return {};
}

// --- seeds ---

SeedView CurvesView::seedView() const {
  return SeedView(std::max(0, seeds_->currentIndex()));
}

/// Over time, runs of one seed and another have nothing in common.
bool CurvesView::seedsAreJoined() const {
  return seedView() != SeedView::Each && !groups_.empty() && !isTime(axis());
}

void CurvesView::updateSeeds() {
  for (Chart* chart : shownCharts()) {
    std::vector<Chart::Key> means;
    for (const auto& [key, line] : chart->lines())
      if (isMeanKey(key)) means.push_back(key);
    for (const Chart::Key key : means) chart->removeLine(key);
    if (seedsAreJoined()) addMeans(*chart);
  }
  if (seedsAreJoined()) applyAxis();
  restyle();
  updateLegend();
}

void CurvesView::addMeans(Chart& chart) {
  for (const auto& group : groups_)
    for (int64_t line = 0; line < kLinesOfRun; ++line) {
      std::vector<const ChartSeries*> members;
      LineStyle style;
      for (const size_t at : group) {
        const auto known = chart.lines().find(curveKey(runs_[at].id, line));
        if (known == chart.lines().end() || known->second.series.empty()) continue;
        if (members.empty()) style = known->second.style;
        members.push_back(&known->second.series);
      }
      if (members.empty()) continue;
      const MeanCurve curve = meanCurve(members, seedView());
      const ChartRun& first = runs_[group.front()];
      style.name = tr("%1, mean of %n seeds", nullptr, int(members.size())).arg(style.name);
      style.hidden = hidden_.contains(first.id);
      style.weight = LineWeight::Normal;
      const Chart::Key key = kMeanKeys + curveKey(first.id, line);
      chart.setLine(key, style);
      chart.append(key, std::span<const QPointF>(curve.mean));
      chart.setBand(key, curve.low, curve.high);
    }
}

// --- the table of values ---

QString CurvesView::seriesName(const Chart& chart, int64_t key) const {
  if (&chart != charts_[kLossChart]) return chart.title();
  const int64_t line = key % kLinesOfRun;
  return line == kValidationLine ? tr("Validation loss") : line == kTestLine ? tr("Test loss") : tr("Training loss");
}

void CurvesView::updateValues() {
  if (values_->isHidden()) return;
  std::vector<CurvesValues::Row> rows;
  const auto x = charts_[kLossChart]->cursor();
  for (const Chart* chart : shownCharts()) {
    if (!x || chart->isHidden()) continue;
    for (const auto& [key, line] : chart->lines()) {
      const ChartSeries& series = line.series;
      const auto run = std::ranges::find(runs_, runOfKey(key), &ChartRun::id);
      if (!line.isShown() || series.empty() || run == runs_.end()) continue;
      const size_t at = *series.nearest(*x), last = series.size() - 1;
      // A curve that has not begun, or ended before, has no value here; sparse ones are shown at their own place.
      const bool isOutside = *x < series.x(0) || *x > series.x(last);
      if (isOutside && line.style.look != LineLook::Points) continue;
      rows.push_back({run->id, isMeanKey(key) ? line.style.name : run->name, seriesName(*chart, key), series.x(at),
                      series.shown()[at], series.raw()[at], chart->yText()});
    }
  }
  const QString place = x ? tr("%1 %2").arg(axisEntry(axis()), valueText(axisText(axis()), *x)) : QString();
  values_->setRows(std::move(rows), place, axisEntry(axis()), axisText(axis()));
}

}  // namespace scanline
