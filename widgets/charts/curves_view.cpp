#include "widgets/charts/curves_view.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/charts/chart.h"
#include "widgets/charts/chart_legend.h"

namespace scanline {

namespace {

constexpr size_t kMostLabelled = 6;  // runs named at their curves' ends; more are named in the legend

// Lines by run: even keys are curves, odd ones validation points, which are drawn above.
Chart::Key keyOf(int64_t run, Curve curve) {
  return 2 * run + (curve == Curve::ValidationLoss ? 1 : 0);
}
int64_t runOf(Chart::Key key) {
  return key / 2;
}

size_t chartOf(Curve curve) {
  switch (curve) {
    case Curve::TrainLoss:
    case Curve::ValidationLoss:
      return 0;
    case Curve::LearningRate:
      return 1;
    case Curve::GradientNorm:
      return 2;
    case Curve::ImagesPerSecond:
      return 3;
  }
  return 0;
}

bool isLearningRate(size_t chart) {
  return chart == chartOf(Curve::LearningRate);
}

}  // namespace

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
  legend_ = new ChartLegend(this);
  charts_[0]->setHeaderWidget(legend_);
  connect(legend_, &ChartLegend::entryClicked, this, &CurvesView::runClicked);
  for (Chart* chart : charts_) connectChart(*chart);

  auto* below = new QHBoxLayout;
  below->setSpacing(12);
  for (size_t at = 1; at < kCharts; ++at) below->addWidget(charts_[at], 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 8, 0, 4);
  column->setSpacing(8);
  column->addWidget(makeToolbar());
  column->addWidget(charts_[0], 5);
  column->addLayout(below, 3);
  applyLooks();
  updateLegend();
  updateButtons();
}

QAbstractButton* CurvesView::makeToggle(const QString& text, const QString& help) {
  auto* button = new QCheckBox(text, this);
  button->setToolTip(help);
  button->setAccessibleName(help);
  connect(button, &QAbstractButton::toggled, this, [this] {
    applyLooks();
    emit settingsChanged();
  });
  return button;
}

QWidget* CurvesView::makeToolbar() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(12, 0, 12, 0);
  row->setSpacing(4);
  auto* caption = new QLabel(tr("Smoothing"), bar);
  smoothing_ = new QSlider(Qt::Horizontal, bar);
  smoothing_->setObjectName(QStringLiteral("smoothing"));
  smoothing_->setAccessibleName(tr("Smoothing"));
  smoothing_->setToolTip(tr("TensorBoard's exponential moving average over all points; 0 shows the raw curve alone"));
  smoothing_->setRange(0, 99);
  smoothing_->setValue(60);
  smoothing_->setFixedWidth(140);
  caption->setBuddy(smoothing_);
  smoothingText_ = new QLabel(QStringLiteral("0.60"), bar);
  smoothingText_->setMinimumWidth(smoothingText_->sizeHint().width() + 8);
  connect(smoothing_, &QSlider::valueChanged, this, [this] {
    applyLooks();
    emit settingsChanged();
  });
  logX_ = makeToggle(tr("log x"), tr("Logarithmic steps"));
  logX_->setObjectName(QStringLiteral("logX"));
  logY_ = makeToggle(tr("log y"), tr("Logarithmic loss and gradient norm"));
  logY_->setObjectName(QStringLiteral("logY"));
  clip_ = makeToggle(tr("clip outliers"), tr("Fit the axes to the values between the 5 % and 95 % quantiles"));
  clip_->setObjectName(QStringLiteral("clip"));

  const auto plain = [&](const QString& text, const QString& help, const char* name) {
    auto* button = new QToolButton(bar);
    button->setText(text);
    button->setToolTip(help);
    button->setAccessibleName(help);
    button->setObjectName(QString::fromLatin1(name));
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
  };
  back_ = plain(QStringLiteral("←"), tr("Previous view (Alt+Left)"), "back");
  forward_ = plain(QStringLiteral("→"), tr("Next view (Alt+Right)"), "forward");
  reset_ = plain(tr("reset zoom"), tr("Show everything (0, or a double click on a chart)"), "reset");
  const auto onAll = [this](auto act) {
    for (Chart* chart : charts_) act(*chart);
    updateButtons();
  };
  connect(back_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.goBack(); }); });
  connect(forward_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.goForward(); }); });
  connect(reset_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.setView({}); }); });

  row->addWidget(caption);
  row->addSpacing(4);
  row->addWidget(smoothing_);
  row->addWidget(smoothingText_);
  row->addSpacing(12);
  for (auto* button : {logX_, logY_, clip_}) {
    row->addSpacing(8);
    row->addWidget(button);
  }
  row->addStretch(1);
  for (auto* button : {back_, forward_, reset_}) row->addWidget(button);
  return bar;
}

void CurvesView::connectChart(Chart& chart) {
  // All charts look at the same steps; each has its own values. Their histories go in step, so one way back serves all.
  const auto others = [this, &chart](auto act) {
    for (Chart* other : charts_)
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
  connect(&chart, &Chart::cursorMoved, this, [this, &chart](std::optional<double> x) {
    showCursor(x, &chart);
    if (x)
      emit stepHovered(std::llround(*x));
    else
      emit hoverEnded();
  });
  connect(&chart, &Chart::clicked, this, [this](double x) { emit stepClicked(std::llround(x)); });
  connect(&chart, &Chart::lineClicked, this, [this](qint64 key) { emit runClicked(runOf(key)); });
  connect(&chart, &Chart::failed, this, &CurvesView::failed);
}

void CurvesView::showCursor(std::optional<double> x, const Chart* at) {
  const bool pinned = !x && pinned_;
  for (Chart* chart : charts_) {
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
      chart->removeLine(keyOf(old.id, Curve::TrainLoss));
      chart->removeLine(keyOf(old.id, Curve::ValidationLoss));
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
  }
  charts_[0]->setEmptyText(runs_.empty() ? tr("Choose a run in the table to see its curves.")
                                         : tr("The loss of every training step appears here."));
  updateLegend();
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
  charts_[chartOf(curve)]->append(keyOf(run, curve), drawn);
}

void CurvesView::truncateAfter(int64_t run, int64_t step) {
  for (Chart* chart : charts_)
    for (const Curve curve : {Curve::TrainLoss, Curve::ValidationLoss})
      chart->truncateAfter(keyOf(run, curve), double(step));
}

void CurvesView::clear(int64_t run) {
  for (Chart* chart : charts_)
    for (const Curve curve : {Curve::TrainLoss, Curve::ValidationLoss}) chart->clear(keyOf(run, curve));
}

void CurvesView::setStepCursor(std::optional<int64_t> step) {
  pinned_ = step;
  showCursor({}, nullptr);
}

double CurvesView::smoothing() const {
  return smoothing_->value() / 100.0;
}
void CurvesView::setSmoothing(double weight) {
  smoothing_->setValue(int(std::lround(weight * 100)));
}
bool CurvesView::isLogX() const {
  return logX_->isChecked();
}
bool CurvesView::isLogY() const {
  return logY_->isChecked();
}
void CurvesView::setLogarithmic(bool x, bool y) {
  logX_->setChecked(x);
  logY_->setChecked(y);
}

void CurvesView::applyLooks() {
  smoothingText_->setText(QString::number(smoothing(), 'f', 2));
  for (size_t at = 0; at < kCharts; ++at) {
    // A schedule has no noise; smoothed, it would lag behind itself.
    charts_[at]->setSmoothing(isLearningRate(at) ? 0 : smoothing());
    const bool valuesMayBeLog = at == chartOf(Curve::TrainLoss) || at == chartOf(Curve::GradientNorm);
    charts_[at]->setLogarithmic(isLogX(), isLogY() && valuesMayBeLog);
    charts_[at]->setOutliersClipped(clip_->isChecked());
  }
}

void CurvesView::updateButtons() {
  back_->setEnabled(charts_[0]->canGoBack());
  forward_->setEnabled(charts_[0]->canGoForward());
  reset_->setEnabled(
      std::any_of(charts_.begin(), charts_.end(), [](const Chart* c) { return c->view() != ChartView{}; }));
}

}  // namespace scanline
