#include "widgets/pages/curves_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/pages/chart_board.h"
#include "widgets/pages/curve_keys.h"
#include "widgets/pages/curves_values.h"
#include "widgets/pages/series_charts.h"
#include "widgets/plot/chart_legend.h"

// The page and its data; curves_lines.cpp has the looks of the lines and their axis, curves_toolbar.cpp the toolbar.

namespace scanline {

namespace {

constexpr int kHoldMs = 150;
constexpr int kSeedDelayMs = 200;  // means of live runs are made anew at most so often
constexpr std::array kLosses{Curve::TrainLoss, Curve::ValidationLoss, Curve::TestLoss};
constexpr std::array kKeys{"loss", "learningRate", "gradientNorm", "imagesPerSecond"};  // for the arrangement

std::optional<Curve> curveOf(std::string_view name) {
  if (name == series::kTrainLoss) return Curve::TrainLoss;
  if (name == series::kValidationLoss) return Curve::ValidationLoss;
  if (name == series::kTestLoss) return Curve::TestLoss;
  if (name == series::kLearningRate) return Curve::LearningRate;
  if (name == series::kGradientNorm) return Curve::GradientNorm;
  if (name == series::kImagesPerSecond) return Curve::ImagesPerSecond;
  return {};
}

Chart::Key keyOf(int64_t run, Curve curve) {
  return curveKey(run, curve == Curve::ValidationLoss ? kValidationLine
                       : curve == Curve::TestLoss     ? kTestLine
                                                      : kTrainLine);
}

bool hasPoints(const Chart& chart) {
  return std::ranges::any_of(chart.lines(), [](const auto& line) { return !line.second.series.empty(); });
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

CurvesView::CurvesView(QWidget* parent)
    : QWidget(parent), board_(new ChartBoard(this)), legend_(new ChartLegend(this)), values_(new CurvesValues(this)) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  makeCharts();
  legend_->setSwitches(true);
  legend_->setObjectName(QStringLiteral("runs"));
  connectLegend();
  values_->hide();
  auto* scroll = new QScrollArea(this);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(board_);
  board_->setBackgroundRole(QPalette::Base);
  auto* split = new QSplitter(Qt::Vertical, this);
  split->setChildrenCollapsible(false);
  split->addWidget(scroll);
  split->addWidget(values_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 1);
  auto* names = new QHBoxLayout;
  names->setContentsMargins(12, 0, 12, 0);
  names->addWidget(legend_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 8, 0, 4);
  column->setSpacing(8);
  column->addWidget(makeToolbar());
  column->addLayout(names);
  column->addWidget(split, 1);
  seedTimer_.setSingleShot(true);
  seedTimer_.setInterval(kSeedDelayMs);
  connect(&seedTimer_, &QTimer::timeout, this, &CurvesView::updateSeeds);
  hold_.setSingleShot(true);
  connect(&hold_, &QTimer::timeout, this, &CurvesView::release);
  arrange();
  applyLooks();
  updateLegend();
  updateButtons();
}

void CurvesView::makeCharts() {
  const QString step = tr("step"), later = tr("The chosen runs have no values of this yet.");
  charts_ = {new Chart({.title = tr("Loss, nats per pixel"),
                        .xTitle = step,
                        .empty = tr("Choose a run in the table to see its curves."),
                        .y = TickText::Nats},
                       board_),
             new Chart({.title = tr("Learning rate"), .xTitle = step, .empty = later, .y = TickText::Rate}, board_),
             new Chart({.title = tr("Gradient norm"), .xTitle = step, .empty = later}, board_),
             new Chart({.title = tr("Images per second"), .xTitle = step, .empty = later}, board_)};
  looks_ = new ChartLegend(this);
  charts_[kLossChart]->setHeaderWidget(looks_);
  further_ = new SeriesCharts(board_, this);
  further_->setStyleOfRun([this](int64_t run, LineStyle& style) { styleLine(run, style); });
  board_->setLine(further_);
  for (Chart* chart : charts_) {
    connectChart(*chart);
    connect(chart, &Chart::lineClicked, this, [this](qint64 key) { emit runClicked(runOfKey(key)); });
    connect(chart, &Chart::exported, this, &CurvesView::exported);
    connect(chart, &Chart::failed, this, &CurvesView::failed);
  }
  connect(further_, &SeriesCharts::chartMade, this, [this](Chart* chart) {
    if (SeriesCharts::isBySteps(*chart)) {
      connectChart(*chart);
      if (charts_[kLossChart]->view().x) chart->setView({charts_[kLossChart]->view().x, {}});
    }
    connect(chart, &Chart::lineClicked, this, [this](qint64 key) { emit runClicked(runOfKey(key)); });
    connect(chart, &Chart::exported, this, &CurvesView::exported);
    connect(chart, &Chart::failed, this, &CurvesView::failed);
  });
  connect(further_, &SeriesCharts::shownChanged, this, [this] {
    arrange();
    applyLooks();
    applyAxis();
    seedTimer_.start();
  });
  connect(board_, &ChartBoard::arrangementChanged, this, &CurvesView::settingsChanged);
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
  connect(&chart, &Chart::clicked, this, [this, &chart](double x) {
    if (const auto step = stepAt(chart, x)) emit stepClicked(*step);
  });
}

void CurvesView::connectLegend() {
  connect(legend_, &ChartLegend::entryClicked, this, &CurvesView::runClicked);
  connect(legend_, &ChartLegend::entryHovered, this, [this](qint64 run) { emphasise(RunId{run}); });
  connect(legend_, &ChartLegend::entrySwitched, this, [this](qint64 run) {
    if (hidden_.erase(run) == 0) hidden_.insert(run);
    restyle();
    updateLegend();
  });
  connect(legend_, &ChartLegend::entryIsolated, this, [this](qint64 run) {
    std::set<int64_t> others;
    for (const ChartRun& each : runs_)
      if (each.id != run) others.insert(each.id);
    // A second double click brings all of them back.
    hidden_ = std::ranges::includes(hidden_, others) ? std::set<int64_t>{} : others;
    restyle();
    updateLegend();
  });
}

void CurvesView::showCursor(std::optional<double> x, const Chart* at) {
  const auto pinned = !x && pinned_ ? xOfStep(*pinned_) : std::nullopt;
  for (Chart* chart : shownCharts()) {
    const bool table = x && chart == at;
    chart->setCursor(pinned ? pinned : x, table);
  }
  updateValues();
}

bool CurvesView::shows(int64_t run) const {
  return std::ranges::find(runs_, run, &ChartRun::id) != runs_.end();
}

void CurvesView::setRuns(std::vector<ChartRun> runs) {
  const bool others = !runs_.empty() && !runs.empty() &&
                      std::ranges::none_of(runs, [this](const ChartRun& run) { return shows(run.id); });
  if (others && isVisible()) hold();
  for (const auto& old : runs_) {
    if (std::ranges::find(runs, old.id, &ChartRun::id) != runs.end()) continue;
    hidden_.erase(old.id);
    for (Chart* chart : charts_)
      for (const Curve curve : kLosses) chart->removeLine(keyOf(old.id, curve));
  }
  runs_ = std::move(runs);
  groups_ = seedGroups(runs_);
  seeds_->setVisible(!groups_.empty());
  restyle();
  further_->setRuns(runs_);
  values_->setRuns(runs_);
  charts_[kLossChart]->setEmptyText(runs_.empty() ? tr("Choose a run in the table to see its curves.")
                                                  : tr("The loss of every training step appears here."));
  updateLegend();
  updateTitle();
  updateAxisEntries();
  applyAxis();
  updateSeeds();
  arrange();
}

void CurvesView::updateTitle() {
  const auto unit = runs_.empty() ? ChartRun::Loss::NatsPerPixel : runs_.front().loss;
  const bool mixed = std::any_of(runs_.begin(), runs_.end(), [&](const ChartRun& run) { return run.loss != unit; });
  QString title = tr("Loss");
  if (!mixed) switch (unit) {
      case ChartRun::Loss::NatsPerPixel:
        title = tr("Loss, nats per pixel");
        break;
      case ChartRun::Loss::NatsPerMasked:
        title = tr("Loss, nats per masked pixel");
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
  charts_[kLossChart]->setTitle(title);
}

std::vector<Chart*> CurvesView::shownCharts() const {
  std::vector<Chart*> charts(charts_.begin(), charts_.end());
  for (Chart* chart : further_->charts())
    if (SeriesCharts::isBySteps(*chart)) charts.push_back(chart);
  return charts;
}

/// Walking through a list shows one run after the other. Without their points, which come a moment later, most charts
/// would go and come again each time.
void CurvesView::hold() {
  further_->setHeld(true);
  hold_.start(kHoldMs);
}

/// Once all that came together is here.
void CurvesView::endHold() {
  if (hold_.isActive()) hold_.start(0);
}

void CurvesView::release() {
  further_->setHeld(false);
  arrange();
}

/// Charts without values for these runs give their room to the others; without any run, one chart says so.
void CurvesView::arrange() {
  if (hold_.isActive()) return;
  std::vector<ChartBoard::Item> items;
  const bool anyFurther = !further_->isEmpty();
  for (size_t at = 0; at < kCharts; ++at) {
    const bool shown = runs_.empty() ? at == kLossChart : !anyFurther || hasPoints(*charts_[at]);
    if (shown)
      items.push_back({.chart = charts_[at], .key = QString::fromLatin1(kKeys[at]), .isMain = at == kLossChart});
  }
  for (Chart* chart : further_->charts())
    items.push_back({.chart = chart, .key = further_->keyOf(*chart), .isFurther = further_->isOther(*chart)});
  board_->setItems(std::move(items));
  board_->setLineShown(further_->hasOthers());
}

void CurvesView::append(int64_t run, Curve curve, std::span<const Point> points) {
  if (!shows(run) || points.empty()) return;
  endHold();
  Chart* chart = charts_[chartOf(curve)];
  if (curve == Curve::TestLoss) setTestLine(*std::ranges::find(runs_, run, &ChartRun::id));
  const Chart::Key key = keyOf(run, curve);
  const bool isFirst = chart->lines().at(key).series.empty();
  chart->append(key, points);
  if (isFirst && axis() != CurveAxis::Step) applyAxis();
  if (isFirst) arrange();
  if (seedsAreJoined() && !seedTimer_.isActive()) seedTimer_.start();
}

void CurvesView::append(int64_t run, const std::string& series, std::span<const Point> points) {
  if (const auto curve = curveOf(series)) return append(run, *curve, points);
  if (shows(run)) endHold();
  further_->append(run, series, points);
}

void CurvesView::expect(int64_t run, const std::string& series, size_t points) {
  if (const auto curve = curveOf(series)) charts_[chartOf(*curve)]->expect(keyOf(run, *curve), points);
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

void CurvesView::emphasise(RunId run) {
  const auto wanted = shows(run.value) && runs_.size() > 1 ? std::optional(run.value) : std::nullopt;
  if (std::exchange(pointedAt_, wanted) == wanted) return;
  restyle();
}

}  // namespace scanline
