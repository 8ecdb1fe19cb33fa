// The toolbar of the Curves page, the effect of its switches on the charts, and their saved state.
#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QDataStream>
#include <QHBoxLayout>
#include <QIODevice>
#include <QLabel>
#include <QSlider>
#include <QSplitter>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "widgets/pages/chart_board.h"
#include "widgets/pages/curves_values.h"
#include "widgets/pages/curves_view.h"
#include "widgets/pages/series_charts.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"

namespace scanline {

namespace {

constexpr double kDecades = 5;  // of the scales in steps that the slider walks through, from 1
constexpr qint32 kStateVersion = 1;

/// To two digits, so that the words tell all of it.
double rounded(double value) {
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(value)) - 1));
  return std::round(value / unit) * unit;
}

}  // namespace

QAbstractButton* CurvesView::makeToggle(const QString& text, const QString& help) {
  auto* button = new QCheckBox(text, this);
  button->setToolTip(help);
  button->setAccessibleName(help);
  connect(button, &QAbstractButton::toggled, this, &CurvesView::settingChanged);
  return button;
}

QComboBox* CurvesView::makeBox(QWidget* bar, const char* name, const QString& help, const QStringList& entries) {
  auto* box = new QComboBox(bar);
  box->setObjectName(QString::fromLatin1(name));
  box->setToolTip(help);
  box->setAccessibleName(help);
  box->addItems(entries);
  needFocusForWheel(box);
  return box;
}

void CurvesView::settingChanged() {
  applyLooks();
  emit settingsChanged();
}

QWidget* CurvesView::makeSmoothingGroup(QWidget* bar) {
  method_ = makeBox(bar, "method", tr("Method of smoothing; every method looks at all points, at any zoom"),
                    {tr("TensorBoard"), tr("by steps"), tr("Gaussian"), tr("median")});
  const QStringList helps{
      tr("Exponential moving average over points, as TensorBoard draws it"),
      tr("Exponential moving average over steps: as smooth with a point every step as with one in a hundred"),
      tr("Centred mean with bell-shaped weights: does not lag behind, and sees later steps"),
      tr("Centred median: spikes leave no trace")};
  for (int at = 0; at < int(helps.size()); ++at) method_->setItemData(at, helps[at], Qt::ToolTipRole);
  auto* caption = new QLabel(tr("Smoothing"), bar);
  smoothing_ = new QSlider(Qt::Horizontal, bar);
  needFocusForWheel(smoothing_);
  smoothing_->setObjectName(QStringLiteral("smoothing"));
  smoothing_->setAccessibleName(tr("Smoothing"));
  smoothing_->setToolTip(tr("How much the curves are smoothed; 0 shows the raw ones alone"));
  smoothing_->setRange(0, 99);
  smoothing_->setValue(60);
  smoothing_->setFixedWidth(110);
  caption->setBuddy(smoothing_);
  smoothingText_ = new QLabel(tr("%1 steps").arg(text::steps(88'000)), bar);
  smoothingText_->setMinimumWidth(smoothingText_->sizeHint().width());
  connect(smoothing_, &QSlider::valueChanged, this, &CurvesView::settingChanged);
  connect(method_, &QComboBox::currentIndexChanged, this, &CurvesView::settingChanged);
  return inGroup({caption, method_, smoothing_, smoothingText_});
}

QWidget* CurvesView::makeToolbar() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(12, 0, 12, 0);
  auto* smoothing = makeSmoothingGroup(bar);
  logX_ = makeToggle(tr("log x"), tr("Logarithmic x axis"));
  logX_->setObjectName(QStringLiteral("logX"));
  logY_ = makeToggle(tr("log y"), tr("Logarithmic loss and gradient norm"));
  logY_->setObjectName(QStringLiteral("logY"));
  clip_ = makeToggle(tr("clip outliers"), tr("Fit the axes to the values between the 5 % and 95 % quantiles"));
  clip_->setObjectName(QStringLiteral("clip"));
  table_ = makeToggle(tr("values"), tr("A table of all values at the crosshair"));
  table_->setObjectName(QStringLiteral("table"));
  QStringList axes;
  for (const CurveAxis axis : kCurveAxes) axes << axisEntry(axis);
  axis_ = makeBox(bar, "axis", tr("Horizontal axis of the curves"), axes);
  connect(axis_, &QComboBox::currentIndexChanged, this, &CurvesView::chooseAxis);
  auto* over = new QLabel(tr("over"), bar);
  over->setBuddy(axis_);
  seeds_ = makeBox(bar, "seeds", tr("Runs that differ in nothing but their seed"),
                   {tr("each seed"), tr("mean, least to greatest"), tr("mean ± deviation")});
  seeds_->hide();  // until there are such runs
  connect(seeds_, &QComboBox::currentIndexChanged, this, [this] {
    updateSeeds();
    emit settingsChanged();
  });

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
    for (Chart* chart : shownCharts()) act(*chart);
    updateButtons();
  };
  connect(back_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.goBack(); }); });
  connect(forward_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.goForward(); }); });
  connect(reset_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.setView({}); }); });

  auto* shape =
      new WrapRow(inGroup({over, axis_, seeds_}), inGroup({logX_, logY_, clip_, table_}), WrapRow::Second::Close);
  auto* looks = new WrapRow(smoothing, shape, WrapRow::Second::Close);
  row->addWidget(new WrapRow(looks, inGroup({back_, forward_, reset_}, 4), WrapRow::Second::AtEnd));
  return bar;
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

Smoothing CurvesView::wantedSmoothing() const {
  const auto method = Smoothing::Method(std::max(0, method_->currentIndex()));
  if (method == Smoothing::Method::Exponential || smoothing_->value() == 0) return {method, smoothing()};
  return {method, rounded(std::pow(10, kDecades * smoothing()))};
}

void CurvesView::applyLooks() {
  const Smoothing wanted = wantedSmoothing();
  const bool byPoints = wanted.method == Smoothing::Method::Exponential;
  smoothingText_->setText(!wanted.isOn() ? tr("none")
                          : byPoints     ? QString::number(wanted.amount, 'f', 2)
                                         : tr("%1 steps").arg(text::steps(std::llround(wanted.amount))));
  const bool logX = isLogX() && axis() != CurveAxis::Wall;
  logX_->setEnabled(axis() != CurveAxis::Wall);
  for (size_t at = 0; at < kCharts; ++at) {
    // A schedule has no noise; smoothed, it would lag behind itself.
    charts_[at]->setSmoothing(at == kRateChart ? Smoothing{} : wanted);
    const bool valuesMayBeLog = at == kLossChart || at == kNormChart;
    charts_[at]->setLogarithmic(logX, isLogY() && valuesMayBeLog);
    charts_[at]->setOutliersClipped(clip_->isChecked());
  }
  for (Chart* chart : further_->charts()) {
    chart->setSmoothing(wanted);
    chart->setLogarithmic(logX && SeriesCharts::isBySteps(*chart), isLogY() && SeriesCharts::mayBeLogarithmic(*chart));
    chart->setOutliersClipped(clip_->isChecked());
  }
  const bool wasHidden = values_->isHidden();
  values_->setVisible(table_->isChecked());
  if (!wasHidden || !table_->isChecked()) return;
  if (auto* split = qobject_cast<QSplitter*>(values_->parentWidget()))
    split->setSizes({split->height() * 7 / 10, split->height() * 3 / 10});
  updateValues();
}

void CurvesView::updateButtons() {
  back_->setEnabled(charts_[0]->canGoBack());
  forward_->setEnabled(charts_[0]->canGoForward());
  reset_->setEnabled(
      std::any_of(charts_.begin(), charts_.end(), [](const Chart* c) { return c->view() != ChartView{}; }));
}

QByteArray CurvesView::state() const {
  QByteArray bytes;
  QDataStream out(&bytes, QIODevice::WriteOnly);
  out.setVersion(QDataStream::Qt_6_4);
  out << kStateVersion << qint32(method_->currentIndex()) << qint32(axis_->currentIndex())
      << qint32(seeds_->currentIndex()) << table_->isChecked() << board_->keysInOrder() << board_->pinned()
      << figureSettings().saved();
  return bytes;
}

void CurvesView::restoreState(const QByteArray& state) {
  QDataStream in(state);
  in.setVersion(QDataStream::Qt_6_4);
  qint32 version = 0, method = 0, axis = 0, seeds = 0;
  bool table = false;
  QStringList order, pinned;
  QByteArray figures;
  in >> version >> method >> axis >> seeds >> table >> order >> pinned >> figures;
  if (in.status() != QDataStream::Ok || version != kStateVersion) return;
  const QSignalBlocker quiet(this);
  const auto choose = [](QComboBox* box, int index) {
    if (index >= 0 && index < box->count()) box->setCurrentIndex(index);
  };
  choose(method_, method);
  choose(axis_, axis);
  choose(seeds_, seeds);
  table_->setChecked(table);
  board_->setArrangement(order, pinned);
  figureSettings().restore(figures);
}

}  // namespace scanline
