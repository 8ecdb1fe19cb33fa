#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>

#include "widgets/images/image_grid.h"
#include "widgets/pages/class_legend.h"
#include "widgets/pages/feature_map.h"
#include "widgets/pages/features_view.h"
#include "widgets/pages/neighbours_panel.h"
#include "widgets/parts/elided_label.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/plot/chart.h"
#include "widgets/studio/panel_tabs.h"
#include "widgets/studio/question_panel.h"

// The parts of the page and where they stand.

namespace scanline {

namespace {
constexpr int kMargin = 12, kSpacing = 8, kSmallest = 56;  // px; of listed pictures
enum Colours { kByClass, kByError };
}  // namespace

FeaturesView::FeaturesView(QWidget* parent)
    : QWidget(parent),
      pages_(new QStackedWidget),
      map_(new FeatureMap),
      tabs_(new PanelTabs(tr("About the chosen picture"))),
      neighbours_(new NeighboursPanel),
      list_(new ImageGrid),
      byLayer_(new Chart({.title = tr("Of the same class, %"),
                          .xTitle = tr("layer"),
                          .empty = {},
                          .x = TickText::Layers,
                          .y = TickText::Percent})),
      probability_(new Chart({.title = tr("Probability of its class, %"),
                              .xTitle = tr("layer"),
                              .empty = {},
                              .x = TickText::Layers,
                              .y = TickText::Percent})),
      colour_(new SegmentedControl(tr("Colours of the points"))) {
  setObjectName(QStringLiteral("features"));
  noModel_ = noteLabel();
  noModel_->setObjectName(QStringLiteral("noFeatures"));
  noModel_->setAlignment(Qt::AlignCenter);
  noModel_->setContentsMargins(48, 48, 48, 48);
  pages_->addWidget(noModel_);
  auto* body = new QWidget;
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(kMargin, kSpacing, 0, kMargin);  // the panels have margins of their own
  column->setSpacing(kSpacing);
  column->addWidget(makeHead());
  problem_ = noteLabel();
  problem_->setObjectName(QStringLiteral("featuresProblem"));
  problem_->setForegroundRole(QPalette::BrightText);
  problem_->hide();
  column->addWidget(problem_);
  data_ = new QPushButton(tr("Choose pictures…"));
  data_->setObjectName(QStringLiteral("chooseData"));
  data_->setToolTip(tr("A folder of pictures, with or without class folders, or of a data set that is known"));
  connect(data_, &QPushButton::clicked, this, &FeaturesView::dataRequested);
  column->addWidget(data_, 0, Qt::AlignLeft);
  column->addWidget(makeLayerRow());
  auto* columns = new QSplitter(Qt::Horizontal);
  columns->setChildrenCollapsible(false);
  columns->setHandleWidth(1);
  columns->addWidget(makeLeft());
  columns->addWidget(makeRight());
  columns->setStretchFactor(0, 3);
  columns->setStretchFactor(1, 2);
  columns->setSizes({600, 360});
  column->addWidget(columns, 1);
  pages_->addWidget(body);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(pages_);
  setProblem({});
  setNoModel(tr("Choose a run to see the features of its model."));
}

QWidget* FeaturesView::makeHead() {
  runName_ = new ElidedLabel;
  runName_->setFont(headingFont(font()));
  runName_->setMinimumWidth(48);  // long names give way
  checkpoint_ = new QComboBox;
  checkpoint_->setObjectName(QStringLiteral("featuresCheckpoint"));
  checkpoint_->setAccessibleName(tr("Checkpoint"));
  checkpoint_->setToolTip(tr("The model as it was at this step"));
  checkpoint_->setMinimumWidth(120);
  checkpoint_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  needFocusForWheel(checkpoint_);
  connect(checkpoint_, &QComboBox::activated, this,
          [this] { emit checkpointChosen(checkpoint_->currentData().toLongLong()); });
  busy_ = new QLabel;
  busy_->setObjectName(QStringLiteral("featuresBusy"));
  busy_->setForegroundRole(QPalette::PlaceholderText);
  progress_ = new QProgressBar;
  progress_->setAccessibleName(tr("Progress of the map"));
  progress_->setTextVisible(false);
  progress_->setFixedSize(120, 8);
  end_ = new QPushButton(tr("Enough"));
  end_->setObjectName(QStringLiteral("enough"));
  end_->setToolTip(tr("Makes the map of the pictures that are done; they are drawn at random."));
  connect(end_, &QPushButton::clicked, this, &FeaturesView::endRequested);
  auto* head = new QWidget;
  auto* row = new QHBoxLayout(head);
  row->setContentsMargins(0, 0, kMargin, 0);
  row->setSpacing(kMargin);
  for (QWidget* part : std::initializer_list<QWidget*>{runName_, checkpoint_, busy_, progress_, end_})
    row->addWidget(part);
  row->addStretch(1);
  row->addWidget(makeOtherModel());
  for (QWidget* part : std::initializer_list<QWidget*>{busy_, progress_, end_}) part->hide();
  return head;
}

QWidget* FeaturesView::makeOtherModel() {
  auto* other = new QToolButton;
  other->setObjectName(QStringLiteral("otherModel"));
  other->setText(tr("Other model"));
  other->setToolTip(tr("A model that is no run of this workspace. Choosing a run in the list leaves it again."));
  other->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(other);
  menu->addAction(tr("Checkpoint or weights…"), this, &FeaturesView::modelFileRequested);
  menu->addAction(tr("Folder of another program…"), this, &FeaturesView::modelFolderRequested);
  other->setMenu(menu);
  return other;
}

QWidget* FeaturesView::makeLayerRow() {
  layer_ = new QSlider(Qt::Horizontal);
  layer_->setObjectName(QStringLiteral("layer"));
  layer_->setAccessibleName(tr("Layer"));
  layer_->setToolTip(tr("Layer 0 is the model's input; its head follows the last one."));
  layer_->setTickPosition(QSlider::TicksBelow);
  layer_->setPageStep(1);
  layer_->setMaximumWidth(420);
  needFocusForWheel(layer_);
  layerWords_ = new QLabel;
  layerWords_->setObjectName(QStringLiteral("layerWords"));
  auto* label = new QLabel(tr("&Layer"));
  label->setBuddy(layer_);
  connect(layer_, &QSlider::valueChanged, this, [this](int layer) {
    showLayer();
    if (!pictures_) return;
    emit layerChosen(layer);
    ask();
  });
  layerRow_ = new QWidget;
  auto* row = new QHBoxLayout(layerRow_);
  row->setContentsMargins(0, 0, kMargin, 0);
  row->setSpacing(kMargin);
  row->addWidget(label);
  row->addWidget(layer_, 1);
  row->addWidget(layerWords_);
  row->addStretch(1);
  return layerRow_;
}

QWidget* FeaturesView::makeLeft() {
  map_->setObjectName(QStringLiteral("featureMap"));
  map_->setToolTip(tr("Drag to list pictures, with Shift in a line drawn by hand; turn the wheel to zoom."));
  connect(map_, &FeatureMap::chosen, this, &FeaturesView::choose);
  connect(map_, &FeatureMap::opened, this, &FeaturesView::openRequested);
  connect(map_, &FeatureMap::listChosen, this, &FeaturesView::showListed);
  legend_ = new ClassLegend;
  legend_->setObjectName(QStringLiteral("classes"));
  connect(legend_, &ClassLegend::classChosen, map_, &FeatureMap::setShownClass);
  note_ = noteLabel();
  note_->setObjectName(QStringLiteral("featuresNote"));
  auto* left = new QWidget;
  auto* column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, kMargin, 0);
  column->setSpacing(kSpacing);
  column->addWidget(map_, 1);
  column->addWidget(makeColours());
  column->addWidget(legend_);
  column->addWidget(note_);
  return left;
}

bool FeaturesView::isByError() const {
  return colour_->current() == kByError;
}

/// The choice of colours, and the progress of the probes that "Error" needs.
QWidget* FeaturesView::makeColours() {
  colour_->setObjectName(QStringLiteral("mapColours"));
  colour_->add(kByClass, tr("Class"), tr("Points are coloured by their class"));
  colour_->add(kByError, tr("Error"),
               tr("Points are coloured by whether a linear probe of this layer recognises the picture"));
  connect(colour_, &SegmentedControl::chosen, this, [this] {
    wantAnswers();
    showColours();
  });
  fittingWords_ = noteLabel();
  fittingWords_->setObjectName(QStringLiteral("fittingWords"));
  fittingWords_->setWordWrap(false);
  fittingWords_->setMinimumWidth(48);
  fitting_ = new QProgressBar;
  fitting_->setAccessibleName(tr("Progress of fitting the probes"));
  fitting_->setTextVisible(false);
  fitting_->setFixedSize(120, 8);
  stopFitting_ = new QPushButton(tr("Stop"));
  stopFitting_->setObjectName(QStringLiteral("stopFitting"));
  connect(stopFitting_, &QPushButton::clicked, this, [this] {
    emit predictionsUnwanted();
    setAnswersProblem(tr("Stopped. Choose “Error” or “By layer” to begin again."));
    colour_->setCurrent(kByClass);
  });
  colours_ = new QWidget;
  auto* row = new QHBoxLayout(colours_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(kSpacing);
  row->addWidget(new QLabel(tr("Colour by")));
  row->addWidget(colour_);
  row->addWidget(fittingWords_, 1);
  row->addWidget(fitting_);
  row->addWidget(stopFitting_);
  fitting_->hide();
  stopFitting_->hide();
  return colours_;
}

/// Two charts of the chosen picture, layer by layer.
QWidget* FeaturesView::makeLayers() {
  probabilityWords_ = noteLabel();
  probabilityWords_->setObjectName(QStringLiteral("probabilityWords"));
  probability_->setObjectName(QStringLiteral("probabilityByLayer"));
  layersWords_ = noteLabel();
  layersWords_->setObjectName(QStringLiteral("layersWords"));
  byLayer_->setObjectName(QStringLiteral("byLayer"));
  auto* part = new QWidget;
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(kMargin, kMargin, kMargin, 0);
  column->setSpacing(kSpacing);
  column->addWidget(probabilityWords_);
  column->addWidget(probability_, 1);
  column->addWidget(layersWords_);
  column->addWidget(byLayer_, 1);
  return part;
}

QWidget* FeaturesView::makeChosen() {
  picture_ = new QLabel;
  constexpr int kChosen = 96;  // px
  picture_->setFixedSize(kChosen, kChosen);
  picture_->setAlignment(Qt::AlignCenter);
  name_ = partTitle({});
  name_->setObjectName(QStringLiteral("chosenName"));
  name_->setWordWrap(true);
  class_ = noteLabel();
  open_ = new QPushButton(tr("Open in the studio"));
  open_->setObjectName(QStringLiteral("openInStudio"));
  connect(open_, &QPushButton::clicked, this, [this] { emit openRequested(map_->current()); });
  auto* words = new QVBoxLayout;
  words->setSpacing(4);
  words->addWidget(name_);
  words->addWidget(class_);
  words->addStretch(1);
  words->addWidget(open_, 0, Qt::AlignLeft);
  auto* chosen = new QWidget;
  auto* row = new QHBoxLayout(chosen);
  row->setContentsMargins(kMargin, 0, kMargin, 0);
  row->setSpacing(kMargin);
  row->addWidget(picture_);
  row->addLayout(words, 1);
  return chosen;
}

QWidget* FeaturesView::makeRight() {
  list_->setObjectName(QStringLiteral("listed"));
  list_->setAccessibleName(tr("Listed pictures"));
  list_->setSmallest(kSmallest);
  list_->setPicking(true);
  connect(list_, &ImageGrid::currentChanged, this, [this](int at) {
    if (at < 0 || at >= std::ssize(listed_)) return;
    map_->setCurrent(listed_[static_cast<size_t>(at)]);
    choose(map_->current());
  });
  connect(list_, &ImageGrid::failed, this, &FeaturesView::failed);
  connect(neighbours_, &NeighboursPanel::failed, this, &FeaturesView::failed);
  connect(neighbours_, &NeighboursPanel::changed, this, &FeaturesView::ask);
  connect(neighbours_, &NeighboursPanel::stopRequested, this, [this] {
    emit neighboursUnwanted();
    neighbours_->setStopped();
  });
  for (Chart* chart : {byLayer_, probability_}) connect(chart, &Chart::failed, this, &FeaturesView::failed);
  const auto padded = [](QLabel* words, QWidget* content) {
    auto* part = new QWidget;
    auto* column = new QVBoxLayout(part);
    column->setContentsMargins(kMargin, kMargin, kMargin, 0);
    column->setSpacing(kSpacing);
    column->addWidget(words);
    column->addWidget(content, 1);
    return part;
  };
  listWords_ = noteLabel();
  listWords_->setObjectName(QStringLiteral("listWords"));
  listPart_ = padded(listWords_, list_);
  layersPart_ = makeLayers();
  tabs_->add(neighbours_, tr("Neighbours"));
  tabs_->add(listPart_, tr("Listed"));
  tabs_->add(layersPart_, tr("By layer"));
  connect(tabs_, &PanelTabs::changed, this, &FeaturesView::ask);
  right_ = new QWidget;
  right_->setMinimumWidth(272);
  auto* column = new QVBoxLayout(right_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(kSpacing);
  column->addWidget(makeChosen());
  column->addWidget(tabs_, 1);
  return right_;
}

}  // namespace scanline
