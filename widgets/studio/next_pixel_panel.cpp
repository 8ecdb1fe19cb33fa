#include "widgets/studio/next_pixel_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/parts/icon_button.h"
#include "widgets/parts/number_text.h"
#include "widgets/studio/fact_list.h"
#include "widgets/studio/probability_bars.h"
#include "widgets/studio/token_map.h"

namespace scanline {

namespace {
enum Fact { kTrue, kRank, kNats, kEntropy };
}

NextPixelPanel::NextPixelPanel(QWidget* parent)
    : QuestionPanel(tr("Next pixel"), parent),
      place_(partTitle({})),
      logarithmic_(new QCheckBox(tr("Logarithmic"))),
      bars_(new ProbabilityBars),
      list_(new FactList),
      pointed_(noteLabel()),
      note_(noteLabel()) {
  build();
  connect(logarithmic_, &QCheckBox::toggled, bars_, &ProbabilityBars::setLogarithmic);
  connect(bars_, &ProbabilityBars::tokenChosen, this, &NextPixelPanel::tokenChosen);
  connect(bars_, &ProbabilityBars::pointed, this, &NextPixelPanel::showPointed);
  connect(bars_, &ProbabilityBars::walkRequested, this, &NextPixelPanel::walk);
  bars_->setNames([this](Token token) { return nameOf(token); });
  showPointed({});
  refresh();
}

void NextPixelPanel::build() {
  auto* back = new IconButton(QStringLiteral("back"), tr("The pixel before it in raster order (Left)"), nullptr);
  auto* forward = new IconButton(QStringLiteral("forward"), tr("The pixel after it in raster order (Right)"), nullptr);
  back->setObjectName(QStringLiteral("previousPixel"));
  forward->setObjectName(QStringLiteral("nextPixel"));
  connect(back, &QToolButton::clicked, this, [this] { walk(Qt::Key_Left, {}); });
  connect(forward, &QToolButton::clicked, this, [this] { walk(Qt::Key_Right, {}); });
  back_ = back;
  forward_ = forward;
  place_->setObjectName(QStringLiteral("place"));
  logarithmic_->setObjectName(QStringLiteral("logarithmic"));
  logarithmic_->setToolTip(tr("A logarithmic axis shows colours that are rare"));
  bars_->setObjectName(QStringLiteral("bars"));
  pointed_->setObjectName(QStringLiteral("pointed"));
  note_->setObjectName(QStringLiteral("note"));
  list_->add(QStringLiteral("truth"), tr("In the picture"),
             tr("The token that the picture has here, and its probability"));
  list_->add(QStringLiteral("rank"), tr("Its rank"), tr("Its place among all by probability; 1 = the most probable"));
  list_->add(QStringLiteral("nats"), tr("Its nats"), tr("−log of its probability"));
  list_->add(QStringLiteral("entropy"), tr("Entropy"),
             tr("Of the distribution; e to its power is the number of equally probable tokens of the same entropy"));

  auto* head = new QHBoxLayout;
  head->setSpacing(4);
  head->addWidget(place_, 1);
  head->addWidget(back_);
  head->addWidget(forward_);
  auto* column = content();
  column->addLayout(head);
  column->addWidget(list_);
  column->addWidget(bars_);
  column->addWidget(pointed_);
  column->addWidget(logarithmic_);
  column->addWidget(note_);
}

// --- values in ---

void NextPixelPanel::setModel(const ModelFacts& facts) {
  facts_ = facts;
  probabilities_.clear();
  refresh();
}

void NextPixelPanel::setCodePatches(std::vector<QImage> patches) {
  patches_ = std::move(patches);
  refresh();
}

void NextPixelPanel::setPicture(const StudioPicture& picture) {
  if (picture.tokens != picture_.tokens || picture.across != picture_.across) probabilities_.clear();
  picture_ = picture;
  if (position_ >= picture_.count()) position_ = -1;
  refresh();
}

void NextPixelPanel::setPosition(qint64 position) {
  position_ = position < picture_.count() ? position : -1;
  if (position_ < 0) probabilities_.clear();
  refresh();
}

void NextPixelPanel::setDistribution(qint64 position, const std::vector<float>& probabilities) {
  if (position != position_ || position < 0) return;
  setAnswered();
  probabilities_ = probabilities;
  answered_ = position;
  if (facts_.paletteSize > 0 && static_cast<int64_t>(probabilities.size()) != facts_.paletteSize) {
    probabilities_.clear();
    setProblem(tr("The answer has another number of colours than the model. Open the model again."));
  }
  refresh();
}

// --- words ---

QString NextPixelPanel::nameOf(Token token) const {
  if (picture_.isCodes()) return tr("code %1").arg(token);
  const QColor colour = picture_.colourOf(token);
  return tr("colour %1, RGB %2, %3, %4").arg(token).arg(colour.red()).arg(colour.green()).arg(colour.blue());
}

QImage NextPixelPanel::swatchOf(Token token) const {
  if (picture_.isCodes() && token < patches_.size()) return patches_[token];
  QColor colour = picture_.colourOf(token);
  if (picture_.isCodes()) {
    if (!facts_.palette || token >= facts_.palette->size()) return {};
    const auto rgb = facts_.palette->rgb(token);
    colour = QColor(rgb[0], rgb[1], rgb[2]);
  }
  QImage one(1, 1, QImage::Format_RGB32);
  one.fill(colour);
  return one;
}

void NextPixelPanel::refresh() {
  const bool any = !probabilities_.empty();
  std::optional<Token> truth;
  if (any) truth = picture_.tokens[static_cast<size_t>(answered_)];
  if (picture_.isCodes() && patches_.empty() && !facts_.palette)
    bars_->setSwatches({});
  else
    bars_->setSwatches([this](Token token) { return swatchOf(token); });
  bars_->setEmptyText(picture_.isEmpty() ? tr("Put a picture onto the canvas, and choose one of its pixels.")
                                         : tr("Choose a pixel to see the model's prediction of it."));
  bars_->setValues(probabilities_, truth);
  list_->setVisible(any);
  logarithmic_->setVisible(any);
  pointed_->setVisible(any);
  for (QWidget* button : {back_, forward_}) button->setVisible(!picture_.isEmpty());
  back_->setEnabled(position_ != 0);
  forward_->setEnabled(position_ + 1 < picture_.count());
  note_->setText(facts_.objective == Objective::Bert
                     ? tr("This pixel was hidden from the model; it saw the others.")
                     : tr("The model saw the pixels before this one in raster order, and nothing after it."));
  note_->setVisible(any);
  showPlace();
  if (!any) return;
  const auto found = std::ranges::find_if(bars_->bars(), [](const auto& bar) { return bar.isTrue; });
  if (found == bars_->bars().end()) {
    for (const Fact fact : {kTrue, kRank, kNats}) list_->setValue(fact, {});
  } else {
    list_->setValue(kTrue, tr("%1 · %2").arg(nameOf(found->token), shareText(found->probability)));
    list_->setValue(kRank, tr("%1 of %2").arg(found->rank + 1).arg(probabilities_.size()));
    list_->setValue(kNats, text::nats(-std::log(found->probability)));
  }
  const double entropy = entropyOf(probabilities_);
  list_->setValue(kEntropy,
                  tr("%1 nats, as %2 even choices").arg(text::nats(entropy), text::number(std::exp(entropy), 3)));
}

void NextPixelPanel::showPlace() {
  if (picture_.isEmpty()) return place_->setText(tr("No picture"));
  if (position_ < 0) return place_->setText(tr("No pixel chosen"));
  place_->setText(tr("%1 (%2 of %3)").arg(placeWords(picture_, position_)).arg(position_ + 1).arg(picture_.count()));
}

void NextPixelPanel::showPointed(const QString& words) {
  pointed_->setText(words.isEmpty() ? tr("Left and Right walk along the raster, Up and Down over the bars.") : words);
}

// --- input ---

void NextPixelPanel::walk(int key, Qt::KeyboardModifiers modifiers) {
  const qint64 to = walkedTo(position_, key, modifiers, picture_.across, picture_.down);
  if (to < 0 || to == position_) return;
  setPosition(to);
  emit positionChosen(to);
}

}  // namespace scanline
