#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/pages/confusion_view.h"
#include "widgets/pages/probe_view.h"
#include "widgets/pages/step_ramp.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/chart_legend.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/step_slider.h"

// The parts of the page, where they stand and how they are connected.

namespace scanline {

void ProbeView::buildPage() {
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  words_->setFont(bold);
  words_->setObjectName(QStringLiteral("words"));
  detail_->setForegroundRole(QPalette::PlaceholderText);
  reference_->setAccessibleName(tr("Curve of the paper"));
  reference_->setToolTip(tr("A published curve, stretched to this model's depth"));
  needFocusForWheel(reference_);
  reference_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  slider_->setWhat(tr("Probe step"));
  slider_->setEmptyText(tr("no probe yet"));

  auto* top = new QHBoxLayout;
  top->setContentsMargins(12, 0, 12, 0);
  withoutUntrained_->setToolTip(
      tr("Leaves the untrained model out of the heat map, so that its colours show how trained layers differ"));
  top->addWidget(new WrapRow(new WrapRow(words_, detail_, WrapRow::Second::Close),
                             inGroup({withoutUntrained_, reference_}), WrapRow::Second::AtEnd));
  auto* key = new QWidget(this);
  auto* row = new QHBoxLayout(key);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(12);
  row->addWidget(legend_);
  row->addWidget(ramp_);
  byLayer_->setHeaderWidget(key);

  auto* close = new QToolButton(side_);
  close->setText(QStringLiteral("×"));
  close->setObjectName(QStringLiteral("closeConfusion"));
  close->setAccessibleName(tr("Close the confusion matrix"));
  close->setToolTip(close->accessibleName());
  close->setAutoRaise(true);
  connect(close, &QToolButton::clicked, this, &ProbeView::closeConfusion);
  auto* side = new QGridLayout(side_);
  side->setContentsMargins(0, 0, 0, 0);
  side->addWidget(confusion_, 0, 0);
  side->addWidget(close, 0, 0, Qt::AlignTop | Qt::AlignRight);
  side_->hide();

  auto* middle = new QHBoxLayout;
  middle->setSpacing(12);
  middle->addWidget(byLayer_, 5);
  middle->addWidget(heatMap_, 5);
  middle->addWidget(side_, 4);
  auto* bottom = new QHBoxLayout;
  bottom->setContentsMargins(12, 0, 12, 0);
  bottom->addWidget(slider_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 12, 0, 8);
  column->setSpacing(8);
  column->addLayout(top);
  column->addLayout(middle, 5);
  column->addWidget(trace_, 3);
  column->addLayout(bottom);
}

void ProbeView::connectParts() {
  connect(slider_, &StepSlider::stepChosen, this, &ProbeView::chooseStep);
  connect(heatMap_, &HeatMap::cellChosen, this, &ProbeView::chooseCell);
  connect(trace_, &Chart::clicked, this, [this](double x) {
    slider_->setCurrent(std::llround(x));
    chooseStep(slider_->current());
  });
  connect(byLayer_, &Chart::clicked, this, [this](double layer) { chooseCell(std::llround(layer), step()); });
  connect(legend_, &ChartLegend::entryClicked, this, &ProbeView::runClicked);
  connect(reference_, &QComboBox::currentIndexChanged, this, &ProbeView::refreshLayers);
  connect(withoutUntrained_, &QCheckBox::toggled, this, &ProbeView::refresh);
  // The trace shows the chosen step again when the mouse has left.
  connect(trace_, &Chart::cursorMoved, this, [this](std::optional<double> x) {
    if (!x && step() >= 0) trace_->setCursor(double(step()), false);
  });
  for (Chart* chart : {byLayer_, trace_}) connect(chart, &Chart::failed, this, &ProbeView::failed);
  connect(heatMap_, &HeatMap::failed, this, &ProbeView::failed);
  connect(confusion_, &ConfusionView::failed, this, &ProbeView::failed);
}

}  // namespace scanline
