// The toolbar of the Curves page, and the effect of its switches on the charts.
#include <QAbstractButton>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "widgets/pages/curves_view.h"
#include "widgets/pages/series_charts.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/plot/chart.h"

namespace scanline {

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
  auto* caption = new QLabel(tr("Smoothing"), bar);
  smoothing_ = new QSlider(Qt::Horizontal, bar);
  needFocusForWheel(smoothing_);
  smoothing_->setObjectName(QStringLiteral("smoothing"));
  smoothing_->setAccessibleName(tr("Smoothing"));
  smoothing_->setToolTip(tr("TensorBoard's exponential moving average over all points; 0 shows the raw curve alone"));
  smoothing_->setRange(0, 99);
  smoothing_->setValue(60);
  smoothing_->setFixedWidth(110);
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
    for (Chart* chart : shownCharts()) act(*chart);
    updateButtons();
  };
  connect(back_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.goBack(); }); });
  connect(forward_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.goForward(); }); });
  connect(reset_, &QAbstractButton::clicked, this, [=] { onAll([](Chart& chart) { chart.setView({}); }); });

  auto* smoothing = inGroup({caption, smoothing_, smoothingText_});
  auto* looks = new WrapRow(smoothing, inGroup({logX_, logY_, clip_}), WrapRow::Second::Close);
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

void CurvesView::applyLooks() {
  smoothingText_->setText(QString::number(smoothing(), 'f', 2));
  for (size_t at = 0; at < kCharts; ++at) {
    // A schedule has no noise; smoothed, it would lag behind itself.
    charts_[at]->setSmoothing(at == kRateChart ? 0 : smoothing());
    const bool valuesMayBeLog = at == kLossChart || at == kNormChart;
    charts_[at]->setLogarithmic(isLogX(), isLogY() && valuesMayBeLog);
    charts_[at]->setOutliersClipped(clip_->isChecked());
  }
  for (Chart* chart : further_->charts()) {
    chart->setSmoothing(smoothing());
    chart->setLogarithmic(isLogX() && SeriesCharts::isBySteps(*chart),
                          isLogY() && SeriesCharts::mayBeLogarithmic(*chart));
    chart->setOutliersClipped(clip_->isChecked());
  }
}

void CurvesView::updateButtons() {
  back_->setEnabled(charts_[0]->canGoBack());
  forward_->setEnabled(charts_[0]->canGoForward());
  reset_->setEnabled(
      std::any_of(charts_.begin(), charts_.end(), [](const Chart* c) { return c->view() != ChartView{}; }));
}

}  // namespace scanline
