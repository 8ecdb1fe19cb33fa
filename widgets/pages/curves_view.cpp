#include "widgets/pages/curves_view.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/pages/series_charts.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/chart_legend.h"

namespace scanline {

namespace {

constexpr int kSmallChart = 200;     // narrower, and the numbers of its axis would touch
constexpr size_t kMostLabelled = 6;  // runs named at their curves' ends; more are named in the legend

// Lines by run; the last is drawn on top.
constexpr int64_t kLinesOfRun = 4;
Chart::Key keyOf(int64_t run, Curve curve) {
  return kLinesOfRun * run + (curve == Curve::ValidationLoss ? 1 : curve == Curve::TestLoss ? 2 : 0);
}
constexpr std::array kLosses{Curve::TrainLoss, Curve::ValidationLoss, Curve::TestLoss};

std::optional<Curve> curveOf(std::string_view name) {
  if (name == series::kTrainLoss) return Curve::TrainLoss;
  if (name == series::kValidationLoss) return Curve::ValidationLoss;
  if (name == series::kTestLoss) return Curve::TestLoss;
  if (name == series::kLearningRate) return Curve::LearningRate;
  if (name == series::kGradientNorm) return Curve::GradientNorm;
  if (name == series::kImagesPerSecond) return Curve::ImagesPerSecond;
  return {};
}

}  // namespace

size_t CurvesView::chartOf(Curve curve) {
  switch (curve) {
    case Curve::LearningRate:
      return kRateChart;
    case Curve::GradientNorm:
      return kNormChart;
    case Curve::ImagesPerSecond:
      return kSpeedChart;
    default:
      return kLossChart;
  }
}

CurvesView::CurvesView(QWidget* parent) : QWidget(parent) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  const QString step = tr("step"), later = tr("Appears with the first training step.");
  charts_ = {new Chart({.title = tr("Loss, nats per pixel"),
                        .xTitle = step,
                        .empty = tr("The loss of every training step appears here."),
                        .y = TickText::Nats},
                       this),
             new Chart({.title = tr("Learning rate"), .xTitle = step, .empty = later, .y = TickText::Rate}, this),
             new Chart({.title = tr("Gradient norm"), .xTitle = step, .empty = later}, this),
             new Chart({.title = tr("Images per second"), .xTitle = step, .empty = later}, this)};
  further_ = new SeriesCharts(this);
  legend_ = new ChartLegend(this);
  charts_[0]->setHeaderWidget(legend_);
  connect(legend_, &ChartLegend::entryClicked, this, &CurvesView::runClicked);
  for (Chart* chart : charts_) connectChart(*chart);

  connect(further_, &SeriesCharts::chartMade, this, [this](Chart* chart) {
    if (SeriesCharts::isBySteps(*chart)) {
      connectChart(*chart);
      if (charts_[kLossChart]->view().x) chart->setView({charts_[kLossChart]->view().x, {}});
    }
    connect(chart, &Chart::lineClicked, this, [this](qint64 key) { emit runClicked(SeriesCharts::runOf(key)); });
    connect(chart, &Chart::failed, this, &CurvesView::failed);
  });
  connect(further_, &SeriesCharts::shownChanged, this, [this] {
    arrange();
    applyLooks();
  });
  for (Chart* chart : charts_) {
    connect(chart, &Chart::lineClicked, this, [this](qint64 key) { emit runClicked(key / kLinesOfRun); });
    connect(chart, &Chart::failed, this, &CurvesView::failed);
  }

  charts_[0]->setMinimumHeight(240);
  below_ = new QGridLayout;
  below_->setSpacing(12);
  auto* body = new QWidget;
  for (Chart* chart : charts_) chart->setParent(body);
  for (size_t at = 1; at < kCharts; ++at) charts_[at]->setMinimumWidth(kSmallChart);
  auto* charts = new QVBoxLayout(body);
  charts->setContentsMargins(0, 0, 0, 0);
  charts->setSpacing(8);
  charts->addWidget(charts_[0], 5);
  charts->addLayout(below_, 3);
  charts->addWidget(further_, 3);
  column_ = charts;
  auto* scroll = new QScrollArea(this);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(body);
  body->setBackgroundRole(QPalette::Base);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 8, 0, 4);
  column->setSpacing(8);
  column->addWidget(makeToolbar());
  column->addWidget(scroll, 1);
  arrange();
  applyLooks();
  updateLegend();
  updateButtons();
}

void CurvesView::connectChart(Chart& chart) {
  // All charts look at the same steps; each has its own values. Their histories go in step, so one way back serves all.
  const auto others = [this, &chart](auto act) {
    for (Chart* other : shownCharts())
      if (other != &chart) act(*other);
    updateButtons();
  };
  connect(&chart, &Chart::viewChanged, this, [=, &chart](bool replace) {
    const bool reset = chart.view() == ChartView{};
    others([&](Chart& other) {
      other.setView(reset ? ChartView{} : ChartView{chart.view().x, other.view().y}, replace);
    });
  });
  connect(&chart, &Chart::wentBack, this, [=] { others([](Chart& other) { other.goBack(); }); });
  connect(&chart, &Chart::wentForward, this, [=] { others([](Chart& other) { other.goForward(); }); });
  connect(&chart, &Chart::cursorMoved, this, [this, &chart](std::optional<double> x) { showCursor(x, &chart); });
  connect(&chart, &Chart::clicked, this, [this](double x) { emit stepClicked(std::llround(x)); });
}

void CurvesView::showCursor(std::optional<double> x, const Chart* at) {
  const bool pinned = !x && pinned_;
  for (Chart* chart : shownCharts()) {
    const bool table = x && chart == at;
    chart->setCursor(pinned ? std::optional<double>(double(*pinned_)) : x, table);
  }
}

bool CurvesView::shows(int64_t run) const {
  return std::any_of(runs_.begin(), runs_.end(), [run](const ChartRun& shown) { return shown.id == run; });
}

void CurvesView::setRuns(std::vector<ChartRun> runs) {
  for (const auto& old : runs_) {
    const bool stays = std::any_of(runs.begin(), runs.end(), [&](const ChartRun& run) { return run.id == old.id; });
    for (Chart* chart : charts_) {
      if (stays) break;
      for (const Curve curve : kLosses) chart->removeLine(keyOf(old.id, curve));
    }
  }
  runs_ = std::move(runs);
  const bool labelled = runs_.size() > 1 && runs_.size() <= kMostLabelled;
  for (const auto& run : runs_) {
    const LineStyle curve{.name = run.name, .colour = run.colour};
    for (Chart* chart : charts_) chart->setLine(keyOf(run.id, Curve::TrainLoss), curve);
    charts_[0]->setLine(keyOf(run.id, Curve::TrainLoss),
                        {.name = run.name, .colour = run.colour, .labelled = labelled});
    charts_[0]->setLine(keyOf(run.id, Curve::ValidationLoss),
                        {.name = runs_.size() == 1 ? tr("validation") : tr("%1, validation").arg(run.name),
                         .colour = run.colour,
                         .look = LineLook::Points});
    if (charts_[0]->lines().contains(keyOf(run.id, Curve::TestLoss))) setTestLine(run);
  }
  further_->setRuns(runs_);
  charts_[0]->setEmptyText(runs_.empty() ? tr("Choose a run in the table to see its curves.")
                                         : tr("The loss of every training step appears here."));
  updateLegend();
  updateTitle();
  arrange();
}

/// A mark at the end, in the runs that have one.
void CurvesView::setTestLine(const ChartRun& run) {
  charts_[0]->setLine(keyOf(run.id, Curve::TestLoss),
                      {.name = runs_.size() == 1 ? tr("test") : tr("%1, test").arg(run.name),
                       .colour = run.colour,
                       .look = LineLook::Points,
                       .labelled = true});
}

void CurvesView::updateTitle() {
  const auto unit = runs_.empty() ? ChartRun::Loss::NatsPerPixel : runs_.front().loss;
  const bool mixed = std::any_of(runs_.begin(), runs_.end(), [&](const ChartRun& run) { return run.loss != unit; });
  QString title = tr("Loss");
  if (!mixed) switch (unit) {
      case ChartRun::Loss::NatsPerPixel:
        title = tr("Loss, nats per pixel");
        break;
      case ChartRun::Loss::NatsPerCode:
        title = tr("Loss, nats per code");
        break;
      case ChartRun::Loss::NatsPerImage:
        title = tr("Loss, nats per image");
        break;
      case ChartRun::Loss::Nats:
        title = tr("Loss, nats");
        break;
      case ChartRun::Loss::SquaredError:
        title = tr("Loss, squared error and commitment");
        break;
      case ChartRun::Loss::Unknown:
        break;
    }
  charts_[0]->setTitle(title);
}

std::vector<Chart*> CurvesView::shownCharts() const {
  std::vector<Chart*> charts(charts_.begin(), charts_.end());
  for (Chart* chart : further_->charts())
    if (SeriesCharts::isBySteps(*chart)) charts.push_back(chart);
  return charts;
}

/// Charts that these runs have nothing for give their room to those that have something.
/// The small charts beside each other, or below where they would get too narrow.
void CurvesView::placeBelow() {
  while (QLayoutItem* item = below_->takeAt(0)) delete item;
  const int columns = std::clamp(width() / (kSmallChart + 12), 1, int(kCharts) - 1);
  int at = 0;
  for (size_t chart = 1; chart < kCharts; ++chart) {
    if (charts_[chart]->isHidden()) continue;
    below_->addWidget(charts_[chart], at / columns, at % columns);
    ++at;
  }
  for (int column = 0; column < int(kCharts) - 1; ++column)
    below_->setColumnStretch(column, column < std::min(at, columns) ? 1 : 0);
}

void CurvesView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  placeBelow();
}

void CurvesView::arrange() {
  const auto hasPoints = [](const Chart* chart) {
    return std::any_of(chart->lines().begin(), chart->lines().end(),
                       [](const auto& line) { return !line.second.series.empty(); });
  };
  const bool anyFurther = !further_->isEmpty();
  for (Chart* chart : charts_) chart->setVisible(!anyFurther || hasPoints(chart));
  further_->setVisible(anyFurther);
  // A layout gives room even to a row that is hidden, as long as it has a stretch.
  const bool anyBelow =
      std::any_of(charts_.begin() + 1, charts_.end(), [](const Chart* chart) { return !chart->isHidden(); });
  column_->setStretch(0, charts_[kLossChart]->isHidden() ? 0 : 5);
  column_->setStretch(1, anyBelow ? 3 : 0);
  placeBelow();
}

void CurvesView::updateLegend() {
  std::vector<ChartLegend::Entry> entries;
  if (runs_.size() > kMostLabelled)
    for (const auto& run : runs_) entries.push_back({.id = run.id, .name = run.name, .colour = run.colour});
  const int colour = runs_.size() == 1 ? runs_[0].colour : -1;
  if (!runs_.empty()) {
    entries.push_back({.name = tr("training"), .colour = colour});
    entries.push_back({.name = tr("validation"), .colour = colour, .look = LineLook::Points});
  }
  legend_->setEntries(std::move(entries));
}

void CurvesView::append(int64_t run, Curve curve, std::span<const Point> points) {
  if (!shows(run) || points.empty()) return;
  std::vector<QPointF> drawn;
  drawn.reserve(points.size());
  for (const auto& point : points) drawn.emplace_back(double(point.step), point.value);
  Chart* chart = charts_[chartOf(curve)];
  if (curve == Curve::TestLoss) setTestLine(*std::ranges::find(runs_, run, &ChartRun::id));
  chart->append(keyOf(run, curve), drawn);
  if (chart->isHidden()) arrange();
}

void CurvesView::append(int64_t run, const std::string& series, std::span<const Point> points) {
  if (const auto curve = curveOf(series)) return append(run, *curve, points);
  further_->append(run, series, points);
}

void CurvesView::clear(int64_t run) {
  for (Chart* chart : charts_)
    for (const Curve curve : kLosses) chart->clear(keyOf(run, curve));
  further_->clear(run);
}

void CurvesView::setStepCursor(std::optional<int64_t> step) {
  pinned_ = step;
  showCursor({}, nullptr);
}

}  // namespace scanline
