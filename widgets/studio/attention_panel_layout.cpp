// The widgets of the attention panel.
#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>

#include "widgets/images/image_grid.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/attention_panel.h"
#include "widgets/studio/choice_strip.h"
#include "widgets/studio/scale_bar.h"
#include "widgets/studio/token_map.h"

namespace scanline {

AttentionPanel::AttentionPanel(QWidget* parent)
    : QuestionPanel(tr("Attention"), parent),
      page_(new SegmentedControl(tr("View"))),
      place_(partTitle({})),
      controls_(new QWidget),
      layerSlider_(new QSlider(Qt::Horizontal)),
      layerLabel_(new QLabel),
      kind_(new SegmentedControl(tr("Whose weights"))),
      heads_(new ChoiceStrip(tr("Head"), tr("Head %1"))),
      pixelPage_(nullptr),
      sheetPage_(nullptr),
      map_(new TokenMap(tr("Attention of the chosen pixel"))),
      bar_(new ScaleBar),
      sheetBar_(new ScaleBar),
      pointed_(noteLabel()),
      startLabel_(noteLabel()),
      sheetWords_(new QLabel),
      sheetNote_(noteLabel()),
      sheet_(new ImageGrid),
      oneScale_(new QCheckBox(tr("One scale for all"))) {
  build();
  connect(page_, &SegmentedControl::chosen, this, [this] {
    refresh();
    askForPatterns();
  });
  connect(kind_, &SegmentedControl::chosen, this, &AttentionPanel::refresh);
  connect(layerSlider_, &QSlider::valueChanged, this, &AttentionPanel::refresh);
  connect(heads_, &ChoiceStrip::chosen, this, &AttentionPanel::refresh);
  connect(map_, &TokenMap::hoveredChanged, this, [this](qint64 position) {
    showWords();
    emit positionHovered(position);
  });
  connect(map_, &TokenMap::positionChosen, this, [this](qint64 position) {
    setPosition(position);
    emit positionChosen(position);
  });
  connect(sheet_, &ImageGrid::currentChanged, this, [this](int index) {
    setChoice({AttentionChoice::Kind::Head, index / facts_.heads, index % facts_.heads});
  });
  connect(oneScale_, &QCheckBox::toggled, this, &AttentionPanel::refresh);
  connect(sheet_, &ImageGrid::failed, this, &AttentionPanel::failed);
  connect(map_, &TokenMap::failed, this, &AttentionPanel::failed);
  refresh();
}

void AttentionPanel::build() {
  page_->setObjectName(QStringLiteral("page"));
  page_->add(Pixel, tr("This pixel"), tr("Over the picture: the weights of one head, the mean, or the rollout"));
  page_->add(AllHeads, tr("All heads"), tr("The weights of this pixel in every layer and head, as small maps"));
  page_->add(Patterns, tr("Patterns"), tr("Each head's mean weights by distance, over all pixels of the picture"));
  place_->setObjectName(QStringLiteral("place"));
  pixelPage_ = makePixelPage();
  sheetPage_ = makeSheetPage();
  auto* column = content();
  column->addWidget(page_, 0, Qt::AlignLeft);
  column->addWidget(place_);
  column->addWidget(controls_);
  column->addWidget(pixelPage_);
  column->addWidget(sheetPage_);
}

QWidget* AttentionPanel::makePixelPage() {
  layerSlider_->setObjectName(QStringLiteral("layer"));
  layerSlider_->setAccessibleName(tr("Layer"));
  layerSlider_->setToolTip(tr("The layer, from the one above the pixels to the last one"));
  layerSlider_->setPageStep(4);
  needFocusForWheel(layerSlider_);
  layerLabel_->setObjectName(QStringLiteral("layerWords"));
  layerLabel_->setMinimumWidth(layerLabel_->fontMetrics().horizontalAdvance(tr("%1 of %2").arg(88).arg(88)));
  layerLabel_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  kind_->setObjectName(QStringLiteral("kind"));
  using Kind = AttentionChoice::Kind;
  kind_->add(static_cast<int>(Kind::Head), tr("Head"), tr("The weights of one head"));
  kind_->add(static_cast<int>(Kind::Mean), tr("Mean"), tr("The mean over the heads of the layer"));
  kind_->add(static_cast<int>(Kind::Rollout), tr("Rollout"),
             tr("Attention rollout: the means over heads, half of the identity added, multiplied up to this layer"));
  heads_->setObjectName(QStringLiteral("heads"));
  auto* layers = new QHBoxLayout;
  layers->addWidget(new QLabel(tr("Layer")));
  layers->addWidget(layerSlider_, 1);
  layers->addWidget(layerLabel_);
  auto* choices = new QVBoxLayout(controls_);
  choices->setContentsMargins(0, 0, 0, 0);
  choices->setSpacing(8);
  choices->addLayout(layers);
  choices->addWidget(kind_, 0, Qt::AlignLeft);
  choices->addWidget(heads_);

  map_->setObjectName(QStringLiteral("map"));
  map_->setWords([this](qint64 position) { return words(position); });
  bar_->setObjectName(QStringLiteral("scale"));
  pointed_->setObjectName(QStringLiteral("pointed"));
  startLabel_->setObjectName(QStringLiteral("start"));
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  for (QWidget* widget : {static_cast<QWidget*>(map_), static_cast<QWidget*>(bar_), static_cast<QWidget*>(pointed_),
                          static_cast<QWidget*>(startLabel_)})
    column->addWidget(widget);
  return page;
}

QWidget* AttentionPanel::makeSheetPage() {
  sheet_->setObjectName(QStringLiteral("sheet"));
  sheet_->setAccessibleName(tr("Maps of all layers and heads"));
  sheet_->setPicking(true);
  sheet_->setSmallest(16);
  sheetWords_->setObjectName(QStringLiteral("sheetWords"));
  sheetWords_->setWordWrap(true);
  sheetNote_->setObjectName(QStringLiteral("sheetNote"));
  sheetBar_->setObjectName(QStringLiteral("sheetScale"));
  oneScale_->setObjectName(QStringLiteral("oneScale"));
  oneScale_->setToolTip(tr("Otherwise the highest weight of each map has the brightest colour"));
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(sheet_);
  for (QWidget* widget : {static_cast<QWidget*>(sheetWords_), static_cast<QWidget*>(oneScale_),
                          static_cast<QWidget*>(sheetBar_), static_cast<QWidget*>(sheetNote_)})
    column->addWidget(widget);
  return page;
}

}  // namespace scanline
