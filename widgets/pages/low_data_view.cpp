#include "widgets/pages/low_data_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/statistics.h"
#include "widgets/parts/number_text.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/chart_legend.h"

namespace scanline {

namespace {

// Keys of the chart: the paper's line, then for each run its subsets and above them its mean.
constexpr Chart::Key kReferenceKey = 0, kRunKeys = 1000;
constexpr int64_t kLinesOfRun = 100;  // subsets drawn as dots, at most one fewer
constexpr int64_t kMeanKey = kLinesOfRun - 1;

}  // namespace

LowDataView::LowDataView(QWidget* parent)
    : QWidget(parent),
      chart_(new Chart({.title = tr("Accuracy by labels, %"),
                        .xTitle = tr("labels of each class"),
                        .empty = tr("Choose a low-data run in the table to see its results."),
                        .x = TickText::Steps,
                        .y = TickText::Percent},
                       this)),
      legend_(new ChartLegend(this)),
      paper_(new QCheckBox(tr("the paper's iGPT-L"), this)),
      caption_(new QLabel(this)) {
  chart_->setLogarithmic(true, false);
  paper_->setChecked(true);
  paper_->setToolTip(tr("Linear probes of iGPT-L at 32×32 on CIFAR-10, with 40, 250 and 4 000 labels in all"));
  auto* side = new QWidget(this);
  auto* row = new QHBoxLayout(side);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(16);
  row->addWidget(legend_);
  row->addWidget(paper_);
  chart_->setHeaderWidget(side);
  caption_->setWordWrap(true);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  caption_->setContentsMargins(12, 0, 12, 0);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(chart_, 1);
  column->addWidget(caption_);
  connect(paper_, &QCheckBox::toggled, this, &LowDataView::refresh);
  connect(legend_, &ChartLegend::entryClicked, this, &LowDataView::runClicked);
  connect(chart_, &Chart::failed, this, &LowDataView::failed);
  refresh();
}

void LowDataView::setRuns(std::vector<ChartRun> runs) {
  std::map<int64_t, std::vector<LowDataResult>> kept;
  for (const ChartRun& run : runs) kept[run.id] = std::move(results_[run.id]);
  results_ = std::move(kept);
  runs_ = std::move(runs);
  refresh();
}

void LowDataView::setResults(int64_t run, std::vector<LowDataResult> results) {
  const auto known = results_.find(run);
  if (known == results_.end()) return;
  known->second = std::move(results);
  refresh();
}

void LowDataView::setReference(std::vector<ReferencePoint> points, int64_t classes) {
  reference_ = std::move(points);
  classes_ = classes;
  refresh();
}

void LowDataView::setReferenceApplies(bool applies) {
  if (std::exchange(applies_, applies) != applies) refresh();
}

void LowDataView::refresh() {
  std::vector<Chart::Key> keys;
  for (const auto& [key, line] : chart_->lines()) keys.push_back(key);
  for (const Chart::Key key : keys) chart_->removeLine(key);
  const bool hasPaper = applies_ && !reference_.empty();
  paper_->setVisible(hasPaper);
  std::vector<ChartLegend::Entry> entries;
  bool any = false;
  for (size_t at = runs_.size(); at-- > 0;) {
    if (results_[runs_[at].id].empty()) continue;
    any = true;
    // The front run lies above the others.
    drawRun(runs_[at], int64_t(runs_.size() - 1 - at));
    entries.insert(entries.begin(),
                   {.id = runs_[at].id, .name = runs_[at].name, .colour = runs_[at].colour, .look = LineLook::Points});
  }
  if (any)
    entries.push_back(
        {.name = tr("subsets"), .colour = entries.size() == 1 ? entries.front().colour : -1, .look = LineLook::Dots});
  if (any && paper_->isChecked() && hasPaper) {
    std::vector<QPointF> points;
    std::vector<double> deviations;
    for (const ReferencePoint& point : reference_) {
      points.emplace_back(double(point.labels) / double(classes_), point.mean);
      deviations.push_back(point.deviation);
    }
    chart_->setLine(kReferenceKey, {.name = tr("iGPT-L"), .look = LineLook::Reference, .labelled = true});
    chart_->append(kReferenceKey, points);
    chart_->setDeviations(kReferenceKey, deviations);
  }
  legend_->setEntries(std::move(entries));
  chart_->setEmptyText(runs_.empty() ? tr("Choose a low-data run in the table to see its results.")
                                     : tr("The first result comes with the first probe."));
  QString words = tr("Points are means over the subsets, whiskers one standard deviation (n − 1).");
  if (any && paper_->isChecked() && hasPaper) {
    QStringList numbers;
    for (const ReferencePoint& point : reference_)
      numbers << tr("%1: %2").arg(text::steps(point.labels),
                                  QString::fromStdString(shareSpreadText(point.mean, point.deviation)));
    words += ' ' + tr("Dashed: iGPT-L, linear probe at 32×32 on CIFAR-10 (paper, section 4.5; labels in all: %1).")
                       .arg(numbers.join(QStringLiteral(", ")));
  }
  caption_->setText(words);
  caption_->setVisible(any);
}

void LowDataView::drawRun(const ChartRun& run, int64_t place) {
  const Chart::Key first = kRunKeys + kLinesOfRun * place;
  std::map<int64_t, std::vector<QPointF>> subsets;
  for (const LowDataResult& result : results_[run.id])
    if (result.subset < kMeanKey) subsets[result.subset].emplace_back(double(result.labelsPerClass), result.accuracy);
  for (auto& [subset, points] : subsets) {
    std::ranges::sort(points, {}, &QPointF::x);
    chart_->setLine(first + subset, {.name = run.name, .colour = run.colour, .look = LineLook::Dots});
    chart_->append(first + subset, points);
  }
  std::vector<QPointF> points;
  std::vector<double> deviations;
  for (const LowDataMean& mean : meansOf(results_[run.id])) {
    points.emplace_back(double(mean.labelsPerClass), mean.mean);
    deviations.push_back(mean.deviation);
  }
  chart_->setLine(first + kMeanKey, {.name = run.name, .colour = run.colour, .look = LineLook::Points});
  chart_->append(first + kMeanKey, points);
  chart_->setDeviations(first + kMeanKey, deviations);
}

}  // namespace scanline
