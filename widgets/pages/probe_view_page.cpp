#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/pages/class_accuracy_table.h"
#include "widgets/pages/confusion_view.h"
#include "widgets/pages/probe_view.h"
#include "widgets/pages/step_ramp.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/chart_legend.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/step_slider.h"

// The parts of the page, where they stand and how they are connected.

namespace scanline {

namespace {
enum SideKind { kMatrix, kClasses };
constexpr int kLeastChart = 200;  // px; beside the matrix, at the usual width of a window
}  // namespace

void ProbeView::buildPage() {
  words_->setFont(headingFont(font()));
  words_->setObjectName(QStringLiteral("words"));
  detail_->setForegroundRole(QPalette::PlaceholderText);
  reference_->setAccessibleName(tr("Curve of the paper"));
  reference_->setToolTip(tr("A published curve, stretched to this model's depth"));
  needFocusForWheel(reference_);
  reference_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  comparedBox_->setObjectName(QStringLiteral("compared"));
  comparedBox_->setAccessibleName(tr("Step or run to compare with"));
  comparedBox_->setToolTip(
      tr("Another step, or another run that is shown: its accuracy by layer, and the difference class by class"));
  comparedBox_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  needFocusForWheel(comparedBox_);
  slider_->setWhat(tr("Probe step"));
  slider_->setEmptyText(tr("no probe yet"));

  auto* top = new QHBoxLayout;
  top->setContentsMargins(12, 0, 12, 0);
  withoutUntrained_->setToolTip(
      tr("Leaves the untrained model out of the heat map, so that its colours show how trained layers differ"));
  top->addWidget(new WrapRow(new WrapRow(words_, detail_, WrapRow::Second::Close),
                             inGroup({withoutUntrained_, comparedBox_, reference_}), WrapRow::Second::AtEnd));
  auto* key = new QWidget(this);
  auto* row = new QHBoxLayout(key);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(12);
  legend_->setObjectName(QStringLiteral("runs"));
  row->addWidget(legend_);
  row->addWidget(ramp_);
  byLayer_->setHeaderWidget(key);

  makeSide();
  bottom_->addWidget(trace_);
  bottom_->addWidget(pictures_);

  byLayer_->setMinimumWidth(kLeastChart);
  heatMap_->setMinimumWidth(kLeastChart);
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
  column->addWidget(bottom_, 3);
  column->addLayout(bottom);
}

void ProbeView::makeSide() {
  sideKind_->setObjectName(QStringLiteral("sideKind"));
  sideKind_->add(kMatrix, tr("Matrix"), tr("Which classes are taken for which"));
  sideKind_->add(kClasses, tr("Classes"), tr("How many pictures of each class are recognised"));
  auto* errors = new QPushButton(tr("Surest errors"));
  errors->setObjectName(QStringLiteral("surestErrors"));
  errors->setToolTip(tr("The pictures that the probe takes for another class with the highest probability"));
  connect(errors, &QPushButton::clicked, this, [this] { askForPictures(-1, -1); });
  auto* close = new QToolButton;
  close->setText(QStringLiteral("×"));
  close->setObjectName(QStringLiteral("closeConfusion"));
  close->setAccessibleName(tr("Close the confusion matrix"));
  close->setToolTip(close->accessibleName());
  close->setAutoRaise(true);
  connect(close, &QToolButton::clicked, this, &ProbeView::closeConfusion);
  auto* head = new QHBoxLayout;
  head->setContentsMargins(12, 0, 12, 0);
  head->setSpacing(8);
  head->addWidget(sideKind_);
  head->addStretch(1);
  head->addWidget(errors);
  head->addWidget(close);
  classWords_->setObjectName(QStringLiteral("classWords"));
  classWords_->setWordWrap(true);
  classWords_->setForegroundRole(QPalette::PlaceholderText);
  auto* table = new QWidget;
  auto* rows = new QVBoxLayout(table);
  rows->setContentsMargins(12, 4, 12, 0);
  rows->addWidget(classWords_);
  rows->addWidget(classes_, 1);
  sideStack_->addWidget(confusion_);
  sideStack_->addWidget(table);
  connect(sideKind_, &SegmentedControl::chosen, sideStack_, &QStackedWidget::setCurrentIndex);
  auto* column = new QVBoxLayout(side_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addLayout(head);
  column->addWidget(sideStack_, 1);
  side_->hide();
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
  connect(confusion_, &ConfusionView::cellChosen, this, &ProbeView::askForPictures);
  connect(classes_, &ClassAccuracyTable::classChosen, this, [this](int label) { askForPictures(label, -1); });
  connect(pictures_, &ProbePicturesPanel::closeRequested, this, [this] {
    closePictures();
    (sideKind_->current() == kMatrix ? static_cast<QWidget*>(confusion_) : classes_)->setFocus();
  });
  connect(pictures_, &ProbePicturesPanel::failed, this, &ProbeView::failed);
  connect(comparedBox_, &QComboBox::activated, this, [this](int entry) {
    compared_ = entry > 0 ? std::optional(comparable_[size_t(entry - 1)]) : std::nullopt;
    refresh();
  });
}

}  // namespace scanline
