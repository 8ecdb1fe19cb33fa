#include "widgets/studio/memorised_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <utility>

#include "widgets/parts/wheel_focus.h"

namespace scanline {

MemorisedPanel::MemorisedPanel(QWidget* parent) : QuestionPanel(tr("Memorised?"), parent), layer_(new QComboBox) {
  content()->addWidget(
      noteLabel(tr("The training pictures nearest to the one on the canvas. A drawing that is much nearer to one of "
                   "them than pictures of the data are to one another was memorised.")));
  layer_->setObjectName(QStringLiteral("memorisedLayer"));
  layer_->setAccessibleName(tr("Layer"));
  layer_->setToolTip(tr("Whose features are compared; middle layers tell contents apart best"));
  needFocusForWheel(layer_);
  connect(layer_, &QComboBox::activated, this, [this] { emit layerChosen(layer()); });
  addPart(ByPixels, partTitle(tr("By pixels")), tr("Nearest by pixels"));
  auto* title = new QWidget;
  auto* row = new QHBoxLayout(title);
  row->setContentsMargins(0, 8, 0, 0);
  row->setSpacing(8);
  row->addWidget(partTitle(tr("By features of layer")));
  row->addWidget(layer_);
  row->addStretch(1);
  addPart(ByFeatures, title, tr("Nearest by features"));
  clear();
}

void MemorisedPanel::addPart(Kind kind, QWidget* title, const QString& name) {
  Part& part = parts_[kind];
  part.tiles = new PictureTiles(name);
  part.tiles->setObjectName(kind == ByPixels ? QStringLiteral("nearestByPixels") : QStringLiteral("nearestByFeatures"));
  part.tiles->setWidths(48, 72);
  part.tiles->setMostRows(3);
  part.tiles->setCaptionRoom(true);
  part.tiles->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
  part.words = noteLabel();
  part.words->setObjectName(kind == ByPixels ? QStringLiteral("pixelWords") : QStringLiteral("featureWords"));
  content()->addWidget(title);
  content()->addWidget(part.tiles);
  content()->addWidget(part.words);
  connect(part.tiles, &PictureTiles::chosen, this, [this, kind](int index) { emit chosen(kind, index); });
}

void MemorisedPanel::setLayers(int layers) {
  if (layer_->count() == layers + 1) return;
  const QSignalBlocker quiet(layer_);
  layer_->clear();
  for (int layer = 0; layer <= layers; ++layer) layer_->addItem(QString::number(layer));
  layer_->setCurrentIndex((layers + 1) / 2);
}

int MemorisedPanel::layer() const {
  return layer_->currentIndex();
}

void MemorisedPanel::clear() {
  for (const Kind kind : {ByPixels, ByFeatures}) setNearest(kind, {});
}

void MemorisedPanel::setNearest(Kind kind, std::vector<PictureTiles::Tile> tiles) {
  Part& part = parts_[kind];
  part.tiles->setVisible(!tiles.empty());
  part.tiles->setCurrent(-1);
  part.tiles->setTiles(std::move(tiles));
  part.words->hide();
}

void MemorisedPanel::setWords(Kind kind, const QString& sentence) {
  setNearest(kind, {});
  parts_[kind].words->setText(sentence);
  parts_[kind].words->setVisible(!sentence.isEmpty());
}

QString MemorisedPanel::words(Kind kind) const {
  const QLabel* label = parts_[kind].words;
  return label->isHidden() ? QString() : label->text();
}

}  // namespace scanline
